// h2_server: whatever frames a client sends, the server connection does what a plain state machine
// says, and what it writes has no fault in the eyes of libnghttp2's client.
//
// Input: the frames behind the client preface. Batches, and what the application does with each
// stream, follow from a hash of the input. Claims: streams surface as the batch law says; content,
// resets, windows, acknowledgments and the error of the connection are the model's; the order of
// events; the law of work; and what a silent application sees does not depend on the cut, but for
// streams that died (batch law).
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h2_client_oracle.h"
#include "fuzz/h2_model.h"
#include "regauge/h2/connection.h"

namespace {

namespace h2 = regauge::h2;
namespace http = regauge::http;
namespace wire = regauge::wire;
using regauge::fuzz::check;
using regauge::fuzz::Frame;
using regauge::fuzz::Model;
using Input = std::span<const std::uint8_t>;

constexpr std::string_view kOracle = "h2_server";
constexpr std::size_t kContentMax = 70'000;  // more than a window
constexpr std::array<std::uint8_t, kContentMax> kContent{};
// The ledger is not the model's business: inputs that spend so much in a batch end there.
constexpr std::uint64_t kChargedMax = 2'900;
constexpr std::size_t kSingleOctetsMax = 256;

h2::Options options() {
  h2::Options made;
  made.settings_ack_ms = 0;  // time runs fast here, so that each batch starts with full credits
  return made;
}

wire::Slice preface() { return wire::Slice::of_static(wire::as_bytes(h2::kClientPreface)); }

// --- events --------------------------------------------------------------------------------------

// What was told of one stream, and that it was told in order.
struct Told {
  std::string head;
  std::string content;
  std::string trailers;
  bool ended = false;
  bool reset = false;
  bool operator==(const Told&) const = default;
};

std::string text_of(http::FieldSection lines) {
  std::string text;
  for (const http::FieldLine& line : lines) {
    text.append(line.name).append(": ").append(line.value) += '\n';
  }
  return text;
}

std::string text_of(const http::RequestHead& head) {
  std::string text(head.method.token);
  text.append(" ").append(head.scheme).append(" ").append(head.authority).append(" ");
  text.append(head.path).append(" ").append(head.protocol) += '\n';
  return text + text_of(head.fields);
}

void take_event(std::map<std::uint32_t, Told>& streams, const http::Event& event) {
  const std::uint32_t id = event.stream.value;
  const auto alive = [&]() -> Told& {
    check(streams.contains(id), kOracle, "a stream starts with its head");
    Told& told = streams[id];
    check(!told.ended && !told.reset, kOracle, "nothing follows the end of a stream");
    return told;
  };
  switch (event.kind) {
    case http::EventKind::head:
      check(!streams.contains(id), kOracle, "a head is told once");
      streams[id].head = text_of(*event.request);
      return;
    case http::EventKind::content: {
      Told& told = alive();
      check(told.trailers.empty(), kOracle, "no content follows trailers");
      told.content += wire::as_text(event.content.bytes());
      return;
    }
    case http::EventKind::trailers: alive().trailers = text_of(event.trailers) + '.'; return;
    case http::EventKind::end: alive().ended = true; return;
    case http::EventKind::reset:
      check(streams.contains(id) && !streams[id].reset, kOracle, "a reset is told once");
      streams[id].reset = true;
      return;
    default: return;
  }
}

// Takes all output.
std::vector<std::uint8_t> output_of(h2::Connection& connection) {
  std::vector<std::uint8_t> octets;
  std::array<wire::Piece, 16> pieces{};
  while (const std::size_t filled = connection.gather(pieces, 1U << 16U)) {
    std::size_t written = 0;
    for (const wire::Piece& piece : std::span(pieces).first(filled)) {
      octets.insert(octets.end(), piece.data, piece.data + piece.size);
      written += piece.size;
    }
    connection.wrote(written);
  }
  return octets;
}

void check_work(const h2::Connection& connection) {
  const wire::Work work = connection.work();
  check(work.total() <= 4 * (work.bytes_in + work.bytes_emitted) + 32 * work.messages + 4096,
        kOracle, "law of work");
}

// --- the server beside its model -----------------------------------------------------------------

class Server {
 public:
  explicit Server(std::uint64_t hash) : hash_(hash) {
    model_.on_opened = [this](std::uint32_t id, const std::string& method) {
      client_.open(id, method);
    };
    const auto first = preface();
    const http::Batch batch = connection_.receive({&first, 1}, tick_, {});
    check(batch.consumed == first.size() && batch.events.empty(), kOracle, "the preface is silent");
    write();
  }

  // Returns false when the input left what the model knows.
  bool serve(std::span<const Frame> frames) {
    std::vector<std::uint8_t> octets;
    for (const Frame& frame : frames) {
      append_frame(octets, frame);
      if (!frame.whole()) octets.resize(octets.size() - frame.payload.size());
    }
    wire::Slice rest = wire::Slice::copy_of(octets);
    bool more = true;
    while (more) {
      const std::uint64_t charged = connection_.ledger().charged;
      tick_.ms += 10'000;
      const http::Batch batch = connection_.receive({&rest, 1}, tick_, {1U << 20U, 512});
      if (connection_.ledger().charged - charged >= kChargedMax) return false;
      more = batch.more;
      follow(frames, batch.consumed);
      rest.drop_front(batch.consumed);
      model_.end_batch(more);
      take(batch);
      write();
      for (const std::uint32_t id : std::exchange(done_, {})) release(id);
      write();
      check(connection_.open_streams() == model_.open_streams(), kOracle,
            "as many streams are open as in the model");
    }
    check(rest.empty(), kOracle, "all input is taken");
    return true;
  }
  [[nodiscard]] bool failed() const { return model_.failed().has_value(); }
  void finish() const { check_work(connection_); }

 private:
  // Lets the model see the frames that were consumed, and leaves the others.
  void follow(std::span<const Frame>& frames, std::size_t octets) {
    while (!frames.empty() && octets > 0) {
      const Frame& frame = frames.front();
      const std::size_t size =
          regauge::fuzz::kFrameHeaderOctets + (frame.whole() ? frame.payload.size() : 0);
      check(size <= octets, kOracle, "a batch ends between frames");
      octets -= size;
      model_.receive(frame);
      frames = frames.subspan(1);
    }
  }

  void take(const http::Batch& batch) {
    std::set<std::uint32_t> heads;
    std::uint64_t cancelled = 0;
    std::optional<std::uint32_t> failed;
    for (const http::Event& event : batch.events) {
      take_event(told_, event);
      if (event.kind == http::EventKind::head) heads.insert(event.stream.value);
      if (event.kind == http::EventKind::cancelled) cancelled += event.count;
      if (event.kind == http::EventKind::violation && event.scope == http::Scope::connection) {
        failed = static_cast<std::uint32_t>(event.code);
        failed_ = failed;
      }
    }
    check(failed_ == model_.failed(), kOracle, "the connection fails as the model says");
    check(heads == model_.surfaced(), kOracle, "those streams surface that lived (batch law)");
    check(cancelled == model_.cancelled(), kOracle, "cancelled streams are counted (batch law)");
    for (const http::Event& event : batch.events) act(event);
  }

  void act(const http::Event& event) {
    const std::uint32_t id = event.stream.value;
    const auto* stream = model_.find(id);
    if (event.kind == http::EventKind::reset) done_.push_back(id);
    if (stream == nullptr || stream->closed) return;
    if (event.kind == http::EventKind::content) {
      check(stream->content.starts_with(told_[id].content), kOracle, "content is the model's");
      if (plan(id) != Plan::silent) connection_.consume(event.stream, event.content.size());
    }
    if (event.kind == http::EventKind::end) {
      check(stream->content == told_[id].content, kOracle, "content is the model's to the end");
      check(stream->peer_ended, kOracle, "a message ends when the peer ends it");
      if (plan(id) == Plan::answer_end) answer(id);
    }
    if (event.kind != http::EventKind::head) return;
    check(stream->method == event.request->method.token, kOracle, "the method is the model's");
    if (plan(id) == Plan::answer_head) answer(id);
    if (plan(id) == Plan::reset) {
      connection_.reset(event.stream, http::ErrorCode::cancel);
      model_.reset(id, regauge::fuzz::kCancel);
      done_.push_back(id);
    }
  }

  enum class Plan : std::uint8_t { answer_head, answer_end, silent, reset };

  [[nodiscard]] std::uint64_t dice(std::uint32_t id) const {
    return (hash_ ^ (id * 0x9e3779b97f4a7c15U)) * 0x100000001b3U >> 20U;
  }
  [[nodiscard]] Plan plan(std::uint32_t id) const {
    constexpr std::array kPlans{Plan::answer_head, Plan::answer_head, Plan::answer_end,
                                Plan::answer_end,  Plan::silent,      Plan::reset};
    return kPlans.at(dice(id) % kPlans.size());
  }

  void answer(std::uint32_t id) {
    const auto* stream = model_.find(id);
    if (stream == nullptr || stream->closed || stream->answered) return;
    const std::uint64_t throw_ = dice(id) / 64;
    constexpr std::array<std::size_t, 4> kSizes{0, 5, 20'000, kContentMax};
    const std::size_t octets = stream->method == "HEAD" ? 0 : kSizes.at(throw_ % kSizes.size());
    http::ResponseHead head;
    head.status = http::Status{stream->tunnel ? std::uint16_t{405} : std::uint16_t{200}};
    head.content = {octets == 0 ? http::Framing::length : http::Framing::stream, 0};
    const http::StreamId number{id};
    const auto end = octets == 0 ? http::EndStream::yes : http::EndStream::no;
    check(connection_.submit_head(number, head, end).has_value(), kOracle, "an answer is taken");
    if (octets > 0) {
      const bool trailers = throw_ % 3 == 0;
      const wire::Slice slice = wire::Slice::of_static(wire::Bytes(kContent).first(octets));
      const auto last = trailers ? http::EndStream::no : http::EndStream::yes;
      check(connection_.submit_content(number, slice, last).has_value(), kOracle,
            "content is taken");
      const std::array lines{http::field_line("x-end", "1")};
      check(!trailers || connection_.submit_trailers(number, lines).has_value(), kOracle,
            "trailers are taken");
    }
    model_.answer(id, octets);
    if (throw_ % 5 != 0) done_.push_back(id);
  }

  void release(std::uint32_t id) {
    connection_.release(http::StreamId{id});
    model_.release(id);
  }

  void write() {
    for (const Frame& frame : regauge::fuzz::frames_of(output_of(connection_))) {
      const auto complaint = model_.wrote(frame);
      check(!complaint, kOracle, complaint.value_or(""));
      check(client_.read(frame), kOracle, "libnghttp2's client finds no fault in what is written");
    }
    const auto complaint = model_.missing();
    check(!complaint, kOracle, complaint.value_or(""));
  }

  static inline const h2::Options kOptions = options();
  std::uint64_t hash_;
  h2::Connection connection_{kOptions};
  Model model_;
  regauge::fuzz::ClientOracle client_;
  http::Tick tick_{1'000};
  std::map<std::uint32_t, Told> told_;
  std::optional<std::uint32_t> failed_;
  std::vector<std::uint32_t> done_;  // to be released when everything was written
};

void run_beside_model(Input input, std::uint64_t hash) {
  const std::vector<Frame> frames = regauge::fuzz::frames_of(input);
  Server server(hash);
  std::span<const Frame> rest = frames;
  const std::size_t longest = hash % 3 == 0 ? frames.size() + 1 : 1 + hash / 3 % 5;
  while (!rest.empty()) {
    const std::size_t size = std::min(longest, rest.size());
    if (!server.serve(rest.first(size))) return;
    rest = rest.subspan(size);
  }
  server.finish();
}

// --- cuts ----------------------------------------------------------------------------------------

// What an application sees that answers nothing.
struct Seen {
  std::map<std::uint32_t, Told> streams;
  std::string failure;
  bool spent = false;  // the ledger had a word in it
};

// Offers one piece until all of it is taken, and returns credit for content.
void listen_to(Seen& seen, h2::Connection& connection, http::Tick& tick, const Input& piece) {
  wire::Slice rest = wire::Slice::copy_of(piece);
  for (bool more = true; more;) {
    const std::uint64_t charged = connection.ledger().charged;
    tick.ms += 10'000;
    const http::Batch batch = connection.receive({&rest, 1}, tick, {1U << 20U, 512});
    seen.spent |= connection.ledger().charged - charged >= kChargedMax;
    more = batch.more;
    for (const http::Event& event : batch.events) {
      take_event(seen.streams, event);
      connection.consume(event.stream, event.content.size());
      if (event.kind == http::EventKind::reset) connection.release(event.stream);
      if (event.kind != http::EventKind::violation) continue;
      if (event.scope != http::Scope::connection) continue;
      seen.failure = std::string(event.rule->name) + '@' + std::to_string(event.offset);
    }
    rest.drop_front(batch.consumed);
    static_cast<void>(output_of(connection));
  }
}

Seen listen(const std::vector<Input>& pieces) {
  static const h2::Options kOptions = options();
  h2::Connection connection(kOptions);
  http::Tick tick{1'000};
  const auto first = preface();
  static_cast<void>(connection.receive({&first, 1}, tick, {}));
  Seen seen;
  for (const Input& piece : pieces) listen_to(seen, connection, tick, piece);
  check_work(connection);
  return seen;
}

void check_cut(const Seen& whole, const Seen& cut) {
  if (whole.spent || cut.spent) return;
  check(whole.failure == cut.failure, kOracle, "the error of a connection is that of any cut");
  for (const auto& [id, told] : whole.streams) {
    const auto found = cut.streams.find(id);
    check(found != cut.streams.end(), kOracle, "what surfaces in one batch surfaces in many");
    check(found->second == told, kOracle, "a stream does not depend on the cut");
  }
  for (const auto& [id, told] : cut.streams) {
    check(told.reset || whole.streams.contains(id), kOracle,
          "only what died does not surface in one batch (batch law)");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(data, size);
  const std::uint64_t hash = regauge::fuzz::hash_of(input);
  run_beside_model(input, hash);
  const Seen whole = listen({input});
  // Single octets where that is cheap; in long inputs each frame header is cut all the same.
  const std::size_t shortest = input.size() <= kSingleOctetsMax ? 1 : h2::kFrameHeaderBytes - 1;
  check_cut(whole, listen(regauge::fuzz::cut(input, 1, shortest)));
  check_cut(whole, listen(regauge::fuzz::cut(input, hash, 40)));
  return 0;
}
