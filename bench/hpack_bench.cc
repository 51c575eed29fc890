// HPACK beside libnghttp2 in one binary: ns a field line, and the inputs that are meant to hurt.
//
// `hpack_bench --benchmark_enable_random_interleaving=true --benchmark_repetitions=9` compares the
// two; absolute times mean nothing, the ratio of neighbouring rows does. `hpack_bench --count ROW
// TIMES` runs one row so often and prints what it processed: the difference between two counts of
// instructions is that of the work alone.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/hpack_lists.h"
#include "regauge/hpack/decoder.h"
#include "regauge/hpack/encoder.h"
#include "regauge/hpack/huffman.h"
#include "regauge/hpack/integer.h"
#include "tests/oracle/nghttp2_hpack.h"

namespace {

using regauge::bench::Sections;
using regauge::wire::Bytes;
namespace hpack = regauge::hpack;
namespace http = regauge::http;
namespace oracle = regauge::oracle;

using Block = std::vector<std::uint8_t>;

// What one run of a row went through.
struct Done {
  std::size_t lines = 0;
  std::size_t wire_bytes = 0;
  std::size_t list_bytes = 0;
};

struct Row {
  std::string name;
  std::function<Done()> run;
};

// The blocks of one direction of a connection, and what a decoder must know before.
struct Input {
  std::string name;
  std::vector<Block> blocks;
  std::uint32_t table_limit = 4096;
};

Done decode_own(const Input& input) {
  hpack::Decoder decoder(1U << 20U);
  decoder.set_table_limit(input.table_limit);
  hpack::FieldArena arena;
  Done done;
  for (const Block& block : input.blocks) {
    arena.reset();
    const auto decoded = decoder.decode(Bytes(block), arena);
    if (!decoded) std::abort();
    done.lines += decoded->line_count;
    done.wire_bytes += block.size();
    done.list_bytes += decoded->list_bytes - 32U * std::uint64_t{decoded->line_count};
    benchmark::DoNotOptimize(decoded->lines.data());
  }
  return done;
}

Done decode_nghttp2(const Input& input) {
  nghttp2_hd_inflater* inflater = nullptr;
  nghttp2_hd_inflate_new(&inflater);
  nghttp2_hd_inflate_change_table_size(inflater, input.table_limit);
  Done done;
  for (const Block& block : input.blocks) {
    Bytes rest(block);
    for (;;) {
      nghttp2_nv line{};
      int flags = 0;
      const ssize_t taken =
          nghttp2_hd_inflate_hd2(inflater, &line, &flags, rest.data(), rest.size(), 1);
      if (taken < 0) std::abort();
      rest = rest.subspan(static_cast<std::size_t>(taken));
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
        ++done.lines;
        done.list_bytes += line.namelen + line.valuelen;
      }
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    }
    nghttp2_hd_inflate_end_headers(inflater);
    done.wire_bytes += block.size();
  }
  nghttp2_hd_inflate_del(inflater);
  return done;
}

// Field sections as each library wants them, made once.
struct Output {
  std::string name;
  Sections sections;
  std::uint32_t table_limit = 4096;
  std::vector<std::vector<http::FieldLine>> own{};
  std::vector<std::vector<nghttp2_nv>> theirs{};

  void prepare() {
    for (auto& section : sections) {
      own.emplace_back();
      theirs.emplace_back();
      for (auto& line : section) {
        own.back().push_back(http::field_line(line.name, line.value));
        theirs.back().push_back({reinterpret_cast<std::uint8_t*>(line.name.data()),
                                 reinterpret_cast<std::uint8_t*>(line.value.data()),
                                 line.name.size(), line.value.size(),
                                 NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE});
      }
    }
  }
  void count(Done& done, std::size_t section, std::size_t wire_bytes) const {
    done.lines += sections[section].size();
    done.wire_bytes += wire_bytes;
    for (const auto& line : sections[section]) {
      done.list_bytes += line.name.size() + line.value.size();
    }
  }
};

Done encode_own(const Output& output, std::vector<Block>* blocks = nullptr) {
  hpack::Encoder encoder(hpack::HashKey{0x243f6a8885a308d3U, 0x13198a2e03707344U});
  encoder.set_table_limit(output.table_limit);
  Block room(1U << 17U);
  Done done;
  for (std::size_t i = 0; i < output.own.size(); ++i) {
    regauge::wire::Writer writer{regauge::wire::MutableBytes(room)};
    encoder.encode(output.own[i], writer);
    benchmark::DoNotOptimize(room.data());
    output.count(done, i, writer.size());
    if (blocks != nullptr) blocks->emplace_back(writer.written().begin(), writer.written().end());
  }
  return done;
}

Done encode_nghttp2(const Output& output, std::vector<Block>* blocks = nullptr) {
  nghttp2_hd_deflater* deflater = nullptr;
  nghttp2_hd_deflate_new(&deflater, output.table_limit);
  nghttp2_hd_deflate_change_table_size(deflater, output.table_limit);
  Block room(1U << 17U);
  Done done;
  for (std::size_t i = 0; i < output.theirs.size(); ++i) {
    const ssize_t size = nghttp2_hd_deflate_hd(deflater, room.data(), room.size(),
                                               output.theirs[i].data(), output.theirs[i].size());
    if (size < 0) std::abort();
    output.count(done, i, static_cast<std::size_t>(size));
    if (blocks != nullptr) blocks->emplace_back(room.begin(), room.begin() + size);
  }
  nghttp2_hd_deflate_del(deflater);
  return done;
}

// Builds blocks from representations.
class Builder {
 public:
  Builder& integer(std::uint8_t pattern, unsigned prefix_bits, std::uint32_t value) {
    Block room(8);
    regauge::wire::Writer writer{regauge::wire::MutableBytes(room)};
    hpack::write_integer(writer, pattern, prefix_bits, value);
    block_.insert(block_.end(), room.begin(), room.begin() + static_cast<long>(writer.size()));
    return *this;
  }
  Builder& indexed(std::uint32_t index) { return integer(0x80, 7, index); }
  Builder& insert(std::uint32_t name_index, std::string_view value) {
    return integer(0x40, 6, name_index).string(value);
  }
  Builder& insert(std::string_view name, std::string_view value) {
    return integer(0x40, 6, 0).string(name).string(value);
  }
  Builder& string(std::string_view text) {
    integer(0, 7, static_cast<std::uint32_t>(text.size()));
    block_.insert(block_.end(), text.begin(), text.end());
    return *this;
  }
  Builder& huffman(std::string_view text) {
    Block coded(hpack::huffman_encoded_bytes(regauge::wire::as_bytes(text)));
    static_cast<void>(hpack::huffman_encode(regauge::wire::as_bytes(text), coded));
    integer(0x80, 7, static_cast<std::uint32_t>(coded.size()));
    block_.insert(block_.end(), coded.begin(), coded.end());
    return *this;
  }
  template <typename Append>
  Builder& repeat(std::size_t count, Append append) {
    for (std::size_t i = 0; i < count; ++i) append(*this);
    return *this;
  }
  Block take() { return std::move(block_); }

 private:
  Block block_;
};

Input strings(std::string name, std::string_view text, std::size_t count) {
  Input input{std::move(name), {}};
  for (int i = 0; i < 20; ++i) {
    input.blocks.push_back(
        Builder().repeat(count, [&](Builder& to) { to.integer(0, 4, 16).huffman(text); }).take());
  }
  return input;
}

std::string repeated(std::string_view text, std::size_t bytes) {
  std::string whole;
  while (whole.size() < bytes) whole += text;
  return whole;
}

// The hand-made inputs that are meant to hurt a decoder. Lists stay within the limits of a block
// where the row asks for output, else the limit is passed on purpose.
std::vector<Input> hostile_inputs() {
  const auto fill = [](std::uint32_t limit, std::string_view name, std::string_view value) {
    return Builder().integer(0x20, 5, limit).insert(name, value).take();
  };
  const auto references = [](std::string name, std::uint32_t limit, Block first,
                             std::uint32_t index, std::size_t count) {
    Input input{std::move(name), {std::move(first)}, limit};
    for (int i = 0; i < 50; ++i) {
      input.blocks.push_back(
          Builder().repeat(count, [&](Builder& to) { to.indexed(index); }).take());
    }
    return input;
  };
  const auto inserts = [](std::string name, std::uint32_t limit, Block first, auto append) {
    Input input{std::move(name), {std::move(first)}, limit};
    for (int i = 0; i < 50; ++i) input.blocks.push_back(Builder().repeat(200, append).take());
    return input;
  };
  std::vector<Input> inputs;
  inputs.push_back(references("index-static", 4096, {}, 2, 250));
  inputs.push_back(references("index-small", 4096, fill(4096, "n", "v"), 62, 250));
  inputs.push_back(references("index-4k", 4096, fill(4096, "n", std::string(4000, 'v')), 62, 15));
  inputs.push_back(
      references("index-4k-over", 4096, fill(4096, "n", std::string(4000, 'v')), 62, 10000));
  inputs.push_back(
      references("index-60k", 65536, fill(65536, "n", std::string(60000, 'v')), 62, 1));
  inputs.push_back(
      references("index-60k-over", 65536, fill(65536, "n", std::string(60000, 'v')), 62, 10000));
  for (const std::uint32_t limit : {4096U, 65536U}) {
    const std::string table = limit == 4096 ? "-4k-table" : "-64k-table";
    Builder full;
    full.integer(0x20, 5, limit);
    full.repeat(2100, [](Builder& to) { to.insert(4, ""); });
    const Block filled = full.take();
    inputs.push_back(
        inserts("insert-evict" + table, limit, filled, [](Builder& to) { to.insert(4, ""); }));
    inputs.push_back(
        inserts("insert-empty" + table, limit, filled, [](Builder& to) { to.insert("", ""); }));
    const std::string long_name(limit == 4096 ? 2000 : 30000, 'n');
    inputs.push_back(inserts("insert-long-name" + table, limit, fill(limit, long_name, ""),
                             [](Builder& to) { to.insert(62, ""); }));
    inputs.push_back(inserts("insert-48-name" + table, limit, fill(limit, std::string(48, 'n'), ""),
                             [](Builder& to) { to.insert(62, ""); }));
  }
  Input churn{"fill-then-zero", {}, 4096};
  for (int i = 0; i < 100; ++i) {
    churn.blocks.push_back(Builder()
                               .integer(0x20, 5, 0)
                               .integer(0x20, 5, 4096)
                               .repeat(100, [](Builder& to) { to.insert(4, ""); })
                               .take());
  }
  inputs.push_back(churn);
  Input updates{"size-update-churn", {}, 4096};
  for (int i = 0; i < 100; ++i) {
    updates.blocks.push_back(
        Builder()
            .repeat(50, [](Builder& to) { to.integer(0x20, 5, 0).integer(0x20, 5, 4096); })
            .take());
  }
  inputs.push_back(updates);
  inputs.push_back(strings("huffman-one-symbol", "a", 250));
  inputs.push_back(strings("huffman-30-bit-short", "\n", 250));
  return inputs;
}

Input encoded(std::string_view name, const Sections& sections) {
  Output output{std::string(name), sections};
  output.prepare();
  Input input{std::string(name), {}};
  encode_nghttp2(output, &input.blocks);
  return input;
}

// One name with ever new values, and names that are ever new: what a peer can make an encoder do.
std::vector<Output> hostile_outputs() {
  std::vector<Output> outputs;
  for (const std::uint32_t limit : {0U, 4096U, 65536U}) {
    const std::string table = "-" + std::to_string(limit / 1024) + "k";
    Output values{"one-name-new-values" + table, {}, limit};
    Output names{"new-names" + table, {}, limit};
    Output prefixes{"common-prefix-values" + table, {}, limit};
    Output hits{"all-hits" + table, {}, limit};
    for (int i = 0; i < 200; ++i) {
      for (Output* output : {&values, &names, &prefixes, &hits}) output->sections.emplace_back();
      for (int k = 0; k < 40; ++k) {
        const std::string number = std::to_string(i * 40 + k);
        values.sections.back().push_back({"x-value", number});
        names.sections.back().push_back({"x-name-" + number, "v"});
        prefixes.sections.back().push_back({"x-value", std::string(57, 'p') + number});
        hits.sections.back().push_back({"x-name-" + std::to_string(k), "value"});
      }
    }
    for (Output* output : {&values, &names, &prefixes, &hits}) outputs.push_back(*output);
  }
  return outputs;
}

std::vector<Row> rows() {
  std::vector<Row> rows;
  const auto add_input = [&](std::string_view kind, const Input& input) {
    const std::string name = std::string(kind) + "/" + input.name;
    rows.push_back({name + "/regauge", [input] { return decode_own(input); }});
    rows.push_back({name + "/nghttp2", [input] { return decode_nghttp2(input); }});
  };
  const auto add_output = [&](std::string_view kind, Output output) {
    const std::string name = std::string(kind) + "/" + output.name;
    const auto shared = std::make_shared<Output>(std::move(output));
    shared->prepare();
    rows.push_back({name + "/regauge", [shared] { return encode_own(*shared); }});
    rows.push_back({name + "/nghttp2", [shared] { return encode_nghttp2(*shared); }});
  };
  for (const auto& [name, sections] : regauge::bench::connections()) {
    add_input("decode", encoded(name, sections));
    add_output("encode", {std::string(name), sections});
  }
  const std::string text =
      repeated("https://www.example.com/static/image-0123.webp?size=large ", 4000);
  add_input("huffman", strings("text", text, 4));
  add_input("huffman", strings("text-16", text.substr(0, 16), 200));
  add_input("huffman", strings("5-bit", repeated("aceiost012", 4000), 4));
  add_input("huffman", strings("8-bit", repeated("&*,;XZ", 4000), 4));
  add_input("huffman", strings("30-bit", repeated("\n\r\x16", 4000), 4));
  for (const Input& input : hostile_inputs()) add_input("decode-hostile", input);
  for (Output& output : hostile_outputs()) add_output("encode-hostile", std::move(output));
  return rows;
}

void report(benchmark::State& state, const Row& row) {
  Done done;
  for (auto _ : state) done = row.run();
  const auto rate = [&](std::size_t count) {
    return benchmark::Counter(static_cast<double>(count) * static_cast<double>(state.iterations()),
                              benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  };
  state.counters["per_line"] = rate(done.lines);
  state.counters["per_wire_byte"] = rate(done.wire_bytes);
  state.counters["wire_bytes"] = static_cast<double>(done.wire_bytes);
}

int count(const std::vector<Row>& all, std::string_view name, int times) {
  for (const Row& row : all) {
    if (row.name != name) continue;
    Done sum;
    for (int i = 0; i < times; ++i) {
      const Done done = row.run();
      sum.lines += done.lines;
      sum.wire_bytes += done.wire_bytes;
      sum.list_bytes += done.list_bytes;
    }
    std::printf("%zu lines %zu wire octets %zu list octets\n", sum.lines, sum.wire_bytes,
                sum.list_bytes);
    return 0;
  }
  for (const Row& row : all) std::printf("%s\n", row.name.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<Row> all = rows();
  if (argc > 1 && std::string_view(argv[1]) == "--count") {
    return count(all, argc > 2 ? argv[2] : "", argc > 3 ? std::atoi(argv[3]) : 5);
  }
  benchmark::Initialize(&argc, argv);
  for (const Row& row : all) {
    benchmark::RegisterBenchmark(row.name.c_str(),
                                 [&row](benchmark::State& state) { report(state, row); });
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
