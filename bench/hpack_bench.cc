// HPACK beside libnghttp2 in one binary: connections of a browser, an API client and a gRPC client,
// Huffman strings, and the inputs that are meant to hurt.
//
//   hpack_bench [--benchmark_…]         Google Benchmark; the ratio of neighbouring rows counts
//   hpack_bench --instructions [FILE]   under valgrind, for bench/hpack_instructions: counts each
//                                       row, and the connections in FILE
//   hpack_bench --count ROW TIMES       runs one row so often
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <valgrind/callgrind.h>

#include "bench/hpack_lists.h"
#include "bench/hpack_stories.h"
#include "bench/hpack_worst.h"
#include "regauge/hpack/decoder.h"
#include "regauge/hpack/encoder.h"
#include "tests/oracle/nghttp2_hpack.h"

namespace {

using regauge::bench::DecoderInput;
using regauge::bench::EncoderInput;
using regauge::bench::Sections;
using regauge::hpack::BlockBytes;
namespace bench = regauge::bench;
namespace hpack = regauge::hpack;
namespace http = regauge::http;
namespace wire = regauge::wire;

// What one run of a row goes through.
struct Octets {
  std::size_t lines = 0;
  std::size_t wire = 0;
  std::size_t text = 0;  // of names and values
  std::size_t blocks = 0;

  Octets& operator+=(const Octets& other) {
    lines += other.lines;
    wire += other.wire;
    text += other.text;
    blocks += other.blocks;
    return *this;
  }
};

struct Row {
  std::string name;
  std::function<Octets()> run;
};

// Says whether a run goes on where the last one ended, or begins a connection.
enum class Life : std::uint8_t { kept, fresh };

// --- decoders ------------------------------------------------------------------------------------

class OwnDecoder {
 public:
  explicit OwnDecoder(const DecoderInput& input) : limits_(input.limits) {
    decoder_.set_table_limit(input.table_limit);
  }
  Octets decode(const std::vector<BlockBytes>& blocks) {
    Octets done;
    for (const BlockBytes& block : blocks) {
      arena_.reset();
      const auto decoded = decoder_.decode(block.view(), arena_, limits_);
      if (!decoded) std::abort();
      done.lines += decoded->line_count;
      done.wire += block.view().size();
      ++done.blocks;
      benchmark::DoNotOptimize(decoded->lines.data());
    }
    return done;
  }
  [[nodiscard]] std::uint64_t emitted() const { return decoder_.work().bytes_emitted; }

 private:
  hpack::Decoder decoder_{1U << 20U};
  hpack::FieldArena arena_;
  hpack::ListLimits limits_;
};

class PeerDecoder {
 public:
  explicit PeerDecoder(const DecoderInput& input) {
    nghttp2_hd_inflate_new(&inflater_);
    nghttp2_hd_inflate_change_table_size(inflater_, input.table_limit);
  }
  PeerDecoder(const PeerDecoder&) = delete;
  PeerDecoder& operator=(const PeerDecoder&) = delete;
  ~PeerDecoder() { nghttp2_hd_inflate_del(inflater_); }

  Octets decode(const std::vector<BlockBytes>& blocks) {
    Octets done;
    for (const BlockBytes& block : blocks) {
      wire::Bytes rest = block.view();
      for (;;) {
        nghttp2_nv line{};
        int flags = 0;
        const ssize_t taken =
            nghttp2_hd_inflate_hd2(inflater_, &line, &flags, rest.data(), rest.size(), 1);
        if (taken < 0) std::abort();
        rest = rest.subspan(static_cast<std::size_t>(taken));
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
          ++done.lines;
          emitted_ += line.namelen + line.valuelen;
        }
        if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
      }
      nghttp2_hd_inflate_end_headers(inflater_);
      done.wire += block.view().size();
      ++done.blocks;
    }
    return done;
  }
  [[nodiscard]] std::uint64_t emitted() const { return emitted_; }

 private:
  nghttp2_hd_inflater* inflater_ = nullptr;
  std::uint64_t emitted_ = 0;
};

template <typename Decoder>
Row decoder_row(std::string name, std::shared_ptr<const DecoderInput> input, Life life) {
  std::shared_ptr<Decoder> kept;
  return {std::move(name), [input, life, kept]() mutable {
            if (life == Life::fresh || kept == nullptr) {
              kept = std::make_shared<Decoder>(*input);
              kept->decode(input->first);
            }
            const std::uint64_t before = kept->emitted();
            Octets done = kept->decode(input->blocks);
            done.text = kept->emitted() - before;
            return done;
          }};
}

// --- encoders ------------------------------------------------------------------------------------

// Field sections as each library wants them.
struct Lists {
  explicit Lists(const EncoderInput& input) : sections(input.sections), limit(input.table_limit) {
    for (auto& section : sections) {
      own.emplace_back();
      theirs.emplace_back();
      for (auto& line : section) {
        own.back().push_back(http::field_line(line.name, line.value));
        theirs.back().push_back({reinterpret_cast<std::uint8_t*>(line.name.data()),
                                 reinterpret_cast<std::uint8_t*>(line.value.data()),
                                 line.name.size(), line.value.size(),
                                 NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE});
        done += {1, 0, line.name.size() + line.value.size(), 0};
      }
      ++done.blocks;
    }
  }

  Sections sections;
  std::uint32_t limit;
  std::vector<std::vector<http::FieldLine>> own;
  std::vector<std::vector<nghttp2_nv>> theirs;
  Octets done;  // without those on the wire
};

std::vector<std::uint8_t>& room() {
  static std::vector<std::uint8_t> octets(1U << 18U);
  return octets;
}

class OwnEncoder {
 public:
  explicit OwnEncoder(const Lists& lists) { encoder_.set_table_limit(lists.limit); }
  template <typename See>
  void encode(const Lists& lists, See see) {
    for (const auto& section : lists.own) {
      wire::Writer writer{wire::MutableBytes(room())};
      encoder_.encode(section, writer);
      see(writer.written());
    }
  }

 private:
  hpack::Encoder encoder_{bench::kWorstKey, 65536};
};

class PeerEncoder {
 public:
  explicit PeerEncoder(const Lists& lists) {
    nghttp2_hd_deflate_new(&deflater_, lists.limit);
    nghttp2_hd_deflate_change_table_size(deflater_, lists.limit);
  }
  PeerEncoder(const PeerEncoder&) = delete;
  PeerEncoder& operator=(const PeerEncoder&) = delete;
  ~PeerEncoder() { nghttp2_hd_deflate_del(deflater_); }

  template <typename See>
  void encode(const Lists& lists, See see) {
    for (const auto& section : lists.theirs) {
      const ssize_t size = nghttp2_hd_deflate_hd(deflater_, room().data(), room().size(),
                                                 section.data(), section.size());
      if (size < 0) std::abort();
      see(wire::Bytes(room()).first(static_cast<std::size_t>(size)));
    }
  }

 private:
  nghttp2_hd_deflater* deflater_ = nullptr;
};

template <typename Encoder>
Row encoder_row(std::string name, std::shared_ptr<const Lists> lists, Life life) {
  std::shared_ptr<Encoder> kept;
  return {std::move(name), [lists, life, kept]() mutable {
            if (life == Life::fresh || kept == nullptr) kept = std::make_shared<Encoder>(*lists);
            Octets done = lists->done;
            kept->encode(*lists, [&](wire::Bytes block) {
              benchmark::DoNotOptimize(block.data());
              done.wire += block.size();
            });
            return done;
          }};
}

// --- rows ----------------------------------------------------------------------------------------

void add(std::vector<Row>& rows, const std::string& kind, DecoderInput input, Life life) {
  const std::string name = kind + "/" + input.name;
  const auto shared = std::make_shared<const DecoderInput>(std::move(input));
  rows.push_back(decoder_row<OwnDecoder>(name + "/regauge", shared, life));
  rows.push_back(decoder_row<PeerDecoder>(name + "/nghttp2", shared, life));
}

void add(std::vector<Row>& rows, const std::string& kind, const EncoderInput& input, Life life) {
  const std::string name = kind + "/" + input.name;
  const auto lists = std::make_shared<const Lists>(input);
  rows.push_back(encoder_row<OwnEncoder>(name + "/regauge", lists, life));
  rows.push_back(encoder_row<PeerEncoder>(name + "/nghttp2", lists, life));
}

// What nghttp2 makes of the lists, so that no decoder reads its own encoder's blocks.
DecoderInput encoded(const EncoderInput& input) {
  const Lists lists(input);
  DecoderInput made{input.name};
  PeerEncoder(lists).encode(
      lists, [&](wire::Bytes block) { made.blocks.push_back(BlockBytes().append(block)); });
  return made;
}

void add_huffman(std::vector<Row>& rows, std::string name, std::string_view text, int strings) {
  DecoderInput input{std::move(name)};
  for (int i = 0; i < 20; ++i) {
    BlockBytes& block = input.blocks.emplace_back();
    for (int k = 0; k < strings; ++k) {
      block.literal(hpack::Literal::without_indexing, 16, text, hpack::Coding::huffman);
    }
  }
  add(rows, "huffman", std::move(input), Life::kept);
}

std::vector<Row> rows(std::string_view stories) {
  std::vector<Row> rows;
  for (auto& [name, sections] : bench::connections()) {
    const EncoderInput input{std::string(name), std::move(sections)};
    add(rows, "decode", encoded(input), Life::fresh);
    add(rows, "encode", input, Life::fresh);
  }
  const std::vector<std::pair<std::string, std::string_view>> texts{
      {"text", "https://www.example.com/static/image-0123.webp?size=large "},
      {"5-bit", "aceiost012"},
      {"8-bit", "&*,;XZ"},
      {"30-bit", "\n\r\x16"}};
  for (const auto& [name, text] : texts) {
    std::string whole;
    while (whole.size() < 4000) whole += text;
    add_huffman(rows, name, whole, 4);
    add_huffman(rows, name + "-16", std::string_view(whole).substr(0, 16), 200);
  }
  for (DecoderInput& input : bench::worst_decoder_inputs()) {
    add(rows, "decode-worst", std::move(input), Life::kept);
  }
  for (const EncoderInput& input : bench::worst_encoder_inputs()) {
    add(rows, "encode-worst", input, Life::kept);
  }
  for (auto& story : bench::stories_of(stories)) {
    add(rows, "decode-story", std::move(story.blocks), Life::fresh);
    add(rows, "encode-story", story.lists, Life::fresh);
  }
  return rows;
}

void report(benchmark::State& state, const Row& row) {
  Octets done;
  for (auto _ : state) done = row.run();
  const auto rate = [&](std::size_t count) {
    return benchmark::Counter(static_cast<double>(count) * static_cast<double>(state.iterations()),
                              benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  };
  state.counters["per_line"] = rate(done.lines);
  state.counters["per_wire_byte"] = rate(done.wire);
  state.counters["wire_bytes"] = static_cast<double>(done.wire);
}

void print(const std::string& name, const Octets& done) {
  std::printf("%s %zu %zu %zu %zu\n", name.c_str(), done.lines, done.wire, done.text, done.blocks);
}

// Prints lines and octets of each row; valgrind writes a dump of that name beside it.
int instructions(std::string_view stories) {
  for (const Row& row : rows(stories)) {
    row.run();
    CALLGRIND_ZERO_STATS;
    const Octets done = row.run();
    CALLGRIND_DUMP_STATS_AT(row.name.c_str());
    print(row.name, done);
  }
  return 0;
}

int count(std::string_view name, int times) {
  for (const Row& row : rows({})) {
    if (row.name != name) continue;
    Octets sum;
    for (int i = 0; i < times; ++i) sum += row.run();
    print(row.name, sum);
    return 0;
  }
  std::fprintf(stderr, "no such row\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (argc <= 3 && mode == "--instructions") return instructions(argc == 3 ? argv[2] : "");
  if (argc == 4 && mode == "--count") return count(argv[2], std::atoi(argv[3]));
  const std::vector<Row> all = rows({});
  benchmark::Initialize(&argc, argv);
  for (const Row& row : all) {
    benchmark::RegisterBenchmark(row.name.c_str(),
                                 [&row](benchmark::State& state) { report(state, row); });
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
