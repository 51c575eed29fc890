// h1_split: where does a message end? Neighbours that read the same octets must not see a request
// that we took for content (request smuggling), and if they read further, we close.
//
// Neighbours: Boost.Beast's parser, our own strict decoder, and a reader of nothing but lines and
// Content-Length. And a server connection must tell the same messages as the decoder alone.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h1_messages.h"
#include "regauge/h1/connection.h"
#include "tests/oracle/beast_request.h"

namespace {

namespace h1 = regauge::h1;
namespace http = regauge::http;
namespace wire = regauge::wire;
using regauge::fuzz::check;
using regauge::fuzz::Message;
using regauge::fuzz::Reading;
using regauge::oracle::Verdict;
using Input = std::span<const std::uint8_t>;

constexpr std::string_view kOracle = "h1_split";

// --- neighbours ----------------------------------------------------------------------------------

bool takes_a_head(const regauge::oracle::Reading& reading) {
  return reading.verdict == Verdict::complete || reading.verdict == Verdict::incomplete_content;
}

// Compares our end of a message with Beast's, both counted from its first octet.
void check_beside_beast(const Message& message, Input octets) {
  const auto beast = regauge::oracle::read_with_beast(octets);
  if (!takes_a_head(beast)) return;
  const auto ours = static_cast<std::size_t>(message.end - message.begin);
  const bool further = beast.verdict == Verdict::incomplete_content || beast.octets > ours;
  check(!further || message.close_after, kOracle,
        "if the neighbour reads further, the connection closes");
  if (further || beast.octets == ours) return;
  // We read further. What the neighbour takes for its next request must not be one.
  const auto next = regauge::oracle::read_with_beast(octets.subspan(beast.octets));
  check(!takes_a_head(next), kOracle, "no request of the neighbour is content of ours");
}

void check_beside_strict(const Reading& lenient, const Reading& strict) {
  for (std::size_t i = 0; i < strict.messages.size() && strict.messages[i].complete; ++i) {
    check(i < lenient.messages.size(), kOracle, "a strict reader sees no more messages");
    check(lenient.messages[i].end == strict.messages[i].end, kOracle,
          "a message that strict accepts ends in the same place");
  }
}

// Reads a head the way simple servers do: lines end with LF, the first Content-Length in plain
// digits counts, nothing else. Nothing if there is no such head.
std::optional<std::size_t> end_by_length(std::string_view octets) {
  std::size_t at = 0;
  std::optional<std::size_t> length;
  while (true) {
    const std::size_t lf = octets.find('\n', at);
    if (lf == std::string_view::npos) return std::nullopt;
    std::string_view line = octets.substr(at, lf - at);
    at = lf + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return length ? std::optional(at + *length) : std::nullopt;
    constexpr std::string_view kName = "content-length:";
    if (line.size() <= kName.size() || length) continue;
    const bool named = std::ranges::equal(line.substr(0, kName.size()), kName, [](char a, char b) {
      return a == b || (a >= 'A' && a <= 'Z' && (a | 32) == b);
    });
    if (!named) continue;
    line.remove_prefix(std::min(line.find_first_not_of(" \t", kName.size()), line.size()));
    if (line.empty() || line.size() > 9) return std::nullopt;
    length = 0;
    for (const char digit : line) {
      if (digit < '0' || digit > '9') return std::nullopt;
      *length = *length * 10 + static_cast<std::size_t>(digit - '0');
    }
  }
}

void check_beside_length(const Message& message, std::string_view octets) {
  if (octets.starts_with('\r') || octets.starts_with('\n')) return;
  if (message.version == http::Version::http_0_9) return;
  const auto theirs = end_by_length(octets);
  if (!theirs) return;
  const auto ours = static_cast<std::size_t>(message.end - message.begin);
  check(ours <= *theirs, kOracle, "nothing is read beyond what Content-Length says");
  check(ours == *theirs || message.close_after, kOracle, "and less only with a close");
}

// --- the connection ------------------------------------------------------------------------------

// Serves the input and answers each request as soon as it is complete.
class Server {
 public:
  explicit Server(h1::Preset preset)
      : options_(h1::options_for(http::Role::server, preset)), connection_(options_) {}

  std::vector<std::string> serve(const std::vector<Input>& pieces) {
    std::string waiting;
    for (const Input& piece : pieces) {
      waiting += wire::as_text(piece);
      offer(waiting);
    }
    return told_;
  }

 private:
  void offer(std::string& waiting) {
    while (!waiting.empty() && connection_.demand({}).wants_read) {
      const wire::Slice slice = wire::Slice::copy_of(wire::as_bytes(waiting));
      const http::Batch batch = connection_.receive({&slice, 1}, {}, {});
      check(batch.consumed <= waiting.size(), kOracle, "no more is consumed than was offered");
      check(batch.more == (batch.consumed < waiting.size()), kOracle, "more says what is left");
      for (const http::Event& event : batch.events) take(event);
      waiting.erase(0, batch.consumed);
      answer();
    }
  }
  void take(const http::Event& event) {
    using http::EventKind;
    check(!done_ || event.kind == EventKind::closed, kOracle, "nothing follows a violation");
    switch (event.kind) {
      case EventKind::head:
        check(!open_, kOracle, "one request at a time");
        open_ = true;
        text_ = std::string(event.request->method.token) + ' ' + std::string(event.request->path);
        break;
      case EventKind::content:
        text_ += wire::as_text(event.content.bytes());
        connection_.consume(event.stream, event.content.size());
        break;
      case EventKind::end:
        told_.push_back(text_);
        ended_ = event.stream;
        break;
      case EventKind::violation: done_ = true; break;
      default: break;
    }
  }
  void answer() {
    if (ended_.value == 0) return;
    http::ResponseHead head;
    head.status = {404};  // a success would turn CONNECT into a tunnel
    const bool sent = connection_.submit_head(ended_, head, http::EndStream::yes).has_value();
    check(sent, kOracle, "a complete request can be answered");
    connection_.release(ended_);
    connection_.wrote(written());
    ended_ = {};
    open_ = false;
  }
  std::size_t written() const {
    std::array<wire::Piece, 8> pieces{};
    std::size_t octets = 0;
    const std::size_t filled = connection_.gather(pieces, 1U << 20U);
    for (std::size_t i = 0; i < filled; ++i) octets += pieces.at(i).size;
    return octets;
  }

  h1::ConnectionOptions options_;
  h1::Connection connection_;
  std::vector<std::string> told_;
  std::string text_;
  http::StreamId ended_;
  bool open_ = false;
  bool done_ = false;
};

void check_connection(const Reading& alone, const std::vector<std::string>& told) {
  std::vector<std::string> expected;
  for (const Message& message : alone.messages) {
    if (message.complete) expected.push_back(message.method + ' ' + message.path + message.content);
  }
  check(expected == told, kOracle, "a connection tells the messages that the decoder reads");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(data, size);
  const std::uint64_t hash = regauge::fuzz::hash_of(input);
  const Reading strict =
      regauge::fuzz::read_requests(h1::Policy(h1::Side::request, h1::Preset::strict), {input});
  for (const h1::Preset preset : {h1::Preset::strict, h1::Preset::common, h1::Preset::maximal}) {
    const Reading reading =
        regauge::fuzz::read_requests(h1::Policy(h1::Side::request, preset), {input});
    check_beside_strict(reading, strict);
    for (const Message& message : reading.messages) {
      if (!message.complete) break;
      const Input octets = input.subspan(static_cast<std::size_t>(message.begin));
      check_beside_beast(message, octets);
      check_beside_length(message, wire::as_text(octets));
    }
    check_connection(reading, Server(preset).serve({input}));
    check_connection(reading, Server(preset).serve(regauge::fuzz::cut(input, hash, 30)));
  }
  return 0;
}
