// A server connection beside libnghttp2's session in one binary: 100 requests of a browser, 17
// lines each, come in one read and are answered with a head of four lines. Compare neighbouring
// rows; `allocs_a_request` counts allocations in steady state. `h2/rapid-reset` is a connection
// that opens and resets 200,000 streams, 100 a read (a request there is a pair).
#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <nghttp2/nghttp2.h>

#include "bench/hpack_lists.h"
#include "regauge/h2/connection.h"

namespace {

std::size_t allocations = 0;

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t octets) {
  ++allocations;
  if (void* memory = std::malloc(octets == 0 ? 1 : octets)) return memory;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

namespace h2 = regauge::h2;
namespace hpack = regauge::hpack;
namespace http = regauge::http;
namespace wire = regauge::wire;

constexpr std::size_t kRequests = 100;
constexpr std::size_t kBatches = 64;
constexpr std::string_view kLength = "0";

struct AnswerLine {
  std::string_view name;
  std::string_view value;
};
constexpr std::array<AnswerLine, 3> kAnswer{{{"server", "bench"},
                                             {"content-type", "text/html; charset=utf-8"},
                                             {"cache-control", "max-age=3600"}}};

using Octets = std::vector<std::uint8_t>;

// The preface with SETTINGS, then batches of requests on ascending streams with one HPACK state.
std::vector<Octets> make_batches() {
  std::vector<Octets> batches;
  hpack::Encoder encoder(hpack::HashKey{1, 2});
  std::uint32_t stream = 1;
  for (std::size_t i = 0; i < kBatches; ++i) {
    Octets& batch = batches.emplace_back(1U << 18U);
    wire::Writer writer{wire::MutableBytes(batch)};
    if (i == 0) {
      writer.bytes(wire::as_bytes(h2::kClientPreface));
      h2::write_frame_header({0, h2::FrameType::settings, 0, http::kConnectionStream}, writer);
      h2::write_frame_header({0, h2::FrameType::settings, 1, http::kConnectionStream}, writer);
    }
    for (const auto& section : regauge::bench::browser_requests(kRequests)) {
      std::vector<http::FieldLine> lines;
      for (const auto& line : section) lines.push_back(http::field_line(line.name, line.value));
      Octets block(hpack::Encoder::encoded_bytes_max(lines));
      wire::Writer to{wire::MutableBytes(block)};
      encoder.encode(lines, to);
      h2::write_frame_header({static_cast<std::uint32_t>(to.size()), h2::FrameType::headers, 5,
                              http::StreamId{stream}},
                             writer);
      writer.bytes(to.written());
      stream += 2;
    }
    batch.resize(writer.size());
  }
  return batches;
}

const std::vector<Octets>& batches() {
  static const std::vector<Octets> made = make_batches();
  return made;
}

// --- our own -------------------------------------------------------------------------------------

class OwnServer {
 public:
  OwnServer() {
    for (const AnswerLine& line : kAnswer)
      lines_.push_back(http::field_line(line.name, line.value));
    for (const Octets& batch : batches()) reads_.push_back(wire::Slice::copy_of(batch));
  }
  std::size_t serve(std::size_t number) {
    tick_.ms += 1'000;
    const http::Batch batch =
        connection_.receive({&reads_[number], 1}, tick_, {1U << 20U, kRequests + 8});
    std::size_t answered = 0;
    for (const http::Event& event : batch.events) {
      if (event.kind != http::EventKind::head) continue;
      http::ResponseHead head;
      head.status = http::Status{200};
      head.fields = lines_;
      head.content = {http::Framing::length, 0};
      answered += connection_.submit_head(event.stream, head, http::EndStream::yes) ? 1U : 0U;
      connection_.release(event.stream);
    }
    std::array<wire::Piece, 16> pieces{};
    while (const std::size_t filled = connection_.gather(pieces, 65536)) {
      std::size_t written = 0;
      for (std::size_t i = 0; i < filled; ++i) written += pieces.at(i).size;
      connection_.wrote(written);
    }
    return answered;
  }

 private:
  static inline const h2::Options kOptions{};
  h2::Connection connection_{kOptions};
  http::Tick tick_{1'000};
  std::vector<http::FieldLine> lines_;
  std::vector<wire::Slice> reads_;
};

// --- libnghttp2 ----------------------------------------------------------------------------------

nghttp2_nv line_of(std::string_view name, std::string_view value) {
  // The interface takes octets that may be written, but copies them.
  const auto octets = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {octets(name), octets(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

class PeerServer {
 public:
  PeerServer() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t,
                      const std::uint8_t*, std::size_t, std::uint8_t, void*) { return 0; });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
          if (frame->hd.type == NGHTTP2_HEADERS) {
            static_cast<PeerServer*>(self)->answer(frame->hd.stream_id);
          }
          return 0;
        });
    static nghttp2_mem counted{
        nullptr, [](std::size_t octets, void*) { return ++allocations, std::malloc(octets); },
        [](void* memory, void*) { std::free(memory); },
        [](std::size_t count, std::size_t octets, void*) {
          return ++allocations, std::calloc(count, octets);
        },
        [](void* memory, std::size_t octets, void*) {
          return ++allocations, std::realloc(memory, octets);
        }};
    nghttp2_session_server_new3(&session_, callbacks, this, nullptr, &counted);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  PeerServer(const PeerServer&) = delete;
  PeerServer& operator=(const PeerServer&) = delete;
  ~PeerServer() { nghttp2_session_del(session_); }

  std::size_t serve(std::size_t number) {
    answered_ = 0;
    const Octets& batch = batches()[number];
    if (nghttp2_session_mem_recv(session_, batch.data(), batch.size()) < 0) return 0;
    const std::uint8_t* octets = nullptr;
    while (nghttp2_session_mem_send(session_, &octets) > 0) {
    }
    return answered_;
  }

 private:
  void answer(std::int32_t stream) {
    std::array lines{line_of(":status", "200"), line_of(kAnswer[0].name, kAnswer[0].value),
                     line_of(kAnswer[1].name, kAnswer[1].value),
                     line_of(kAnswer[2].name, kAnswer[2].value),
                     line_of("content-length", kLength)};
    nghttp2_submit_response(session_, stream, lines.data(), lines.size(), nullptr);
    ++answered_;
  }

  nghttp2_session* session_ = nullptr;
  std::size_t answered_ = 0;
};

// The first two batches of a connection warm it up and are not timed.
template <typename Server>
void receive_and_answer(benchmark::State& state) {
  std::unique_ptr<Server> server;
  std::size_t number = kBatches;
  std::size_t requests = 0;
  std::size_t counted = 0;
  for (auto _ : state) {
    if (number == kBatches) {
      state.PauseTiming();
      server = std::make_unique<Server>();
      for (number = 0; number < 2; ++number) {
        if (server->serve(number) != kRequests) std::abort();
      }
      state.ResumeTiming();
    }
    const std::size_t before = allocations;
    const std::size_t answered = server->serve(number++);
    counted += allocations - before;
    requests += answered;
    if (answered != kRequests) std::abort();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(requests));
  state.counters["allocs_a_request"] = static_cast<double>(counted) / static_cast<double>(requests);
}

// --- Rapid reset ---------------------------------------------------------------------------------

constexpr std::size_t kPairs = 200'000;
constexpr std::size_t kPairsARead = 100;
constexpr std::size_t kPairReads = kPairs / kPairsARead;
constexpr std::array<std::uint8_t, 10> kPairBlock{0x82, 0x87, 0x84, 0x01, 0x06,
                                                  'a',  '.',  't',  'e',  's'};

// The preface with SETTINGS, then reads of pairs on ascending streams.
const std::vector<Octets>& pair_reads() {
  static const std::vector<Octets> made = [] {
    std::vector<Octets> reads;
    std::uint32_t stream = 1;
    for (std::size_t i = 0; i <= kPairReads; ++i) {
      Octets& read = reads.emplace_back(kPairsARead * 64);
      wire::Writer writer{wire::MutableBytes(read)};
      if (i == 0) {
        writer.bytes(wire::as_bytes(h2::kClientPreface));
        h2::write_frame_header({0, h2::FrameType::settings, 0, http::kConnectionStream}, writer);
        h2::write_frame_header({0, h2::FrameType::settings, 1, http::kConnectionStream}, writer);
      }
      for (std::size_t n = 0; i > 0 && n < kPairsARead; ++n, stream += 2) {
        h2::write_frame_header(
            {kPairBlock.size() + 1, h2::FrameType::headers, 5, http::StreamId{stream}}, writer);
        writer.bytes(kPairBlock);
        writer.u8('t');
        h2::write_frame_header({4, h2::FrameType::rst_stream, 0, http::StreamId{stream}}, writer);
        writer.u32(static_cast<std::uint32_t>(http::ErrorCode::cancel));
      }
      read.resize(writer.size());
    }
    return reads;
  }();
  return made;
}

// Our server under attack. A read a second, so that the account lasts.
std::size_t own_pairs() {
  static const std::vector<wire::Slice> reads = [] {
    std::vector<wire::Slice> slices;
    for (const Octets& read : pair_reads()) slices.push_back(wire::Slice::copy_of(read));
    return slices;
  }();
  const h2::Options options;
  h2::Connection connection(options);
  std::size_t cancelled = 0;
  http::Tick tick{1'000};
  for (const wire::Slice& read : reads) {
    const http::Batch batch = connection.receive({&read, 1}, tick, {});
    for (const http::Event& event : batch.events) {
      if (event.kind == http::EventKind::head) std::abort();
      cancelled += event.kind == http::EventKind::cancelled ? event.count : 0;
    }
    tick.ms += 1'000;
  }
  return cancelled;
}

// That of the peer, without its limit of rate.
std::size_t peer_pairs() {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  std::size_t closed = 0;
  nghttp2_session_callbacks_set_on_stream_close_callback(
      callbacks, [](nghttp2_session*, std::int32_t, std::uint32_t, void* count) {
        ++*static_cast<std::size_t*>(count);
        return 0;
      });
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_stream_reset_rate_limit(option, 2 * kPairs, kPairs);
  nghttp2_session* session = nullptr;
  nghttp2_session_server_new2(&session, callbacks, &closed, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0);
  for (const Octets& read : pair_reads()) {
    if (nghttp2_session_mem_recv(session, read.data(), read.size()) < 0) std::abort();
    const std::uint8_t* octets = nullptr;
    while (nghttp2_session_mem_send(session, &octets) > 0) {
    }
  }
  nghttp2_session_del(session);
  return closed;
}

template <std::size_t (*attack)()>
void rapid_reset(benchmark::State& state) {
  static_cast<void>(pair_reads());
  std::size_t pairs = 0;
  for (auto _ : state) {
    const std::size_t now = attack();
    if (now != kPairs) std::abort();
    pairs += now;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(pairs));
}

}  // namespace

BENCHMARK(rapid_reset<own_pairs>)->Name("h2/rapid-reset/regauge")->Unit(benchmark::kMillisecond);
BENCHMARK(rapid_reset<peer_pairs>)->Name("h2/rapid-reset/nghttp2")->Unit(benchmark::kMillisecond);
BENCHMARK(receive_and_answer<OwnServer>)->Name("h2/browser/regauge");
BENCHMARK(receive_and_answer<PeerServer>)->Name("h2/browser/nghttp2");
BENCHMARK_MAIN();
