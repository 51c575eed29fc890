// h1_split: where does a message end? Neighbours that read the same octets must not see a request
// that we took for content (request smuggling), and if they read further, we close.
//
// Neighbours: Boost.Beast's parser, our own strict decoder, and simple readers of lines that know
// Content-Length alone, or chunked before it, with LF or a bare CR at the end of chunk lines. And a
// server connection must tell the same messages as the decoder alone.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h1_messages.h"
#include "regauge/h1/connection.h"
#include "tests/oracle/beast_message.h"

namespace {

namespace h1 = regauge::h1;
namespace http = regauge::http;
namespace wire = regauge::wire;
using regauge::fuzz::check;
using regauge::fuzz::Message;
using regauge::fuzz::Reading;
using regauge::oracle::takes_a_head;
using regauge::oracle::Verdict;
using Input = std::span<const std::uint8_t>;

constexpr std::string_view kOracle = "h1_split";

// --- neighbours ----------------------------------------------------------------------------------

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

// A head as simple servers read it: lines end with LF, and only two fields count.
struct SimpleHead {
  std::size_t octets = 0;
  std::optional<std::size_t> length;  // the first Content-Length
  bool odd_length = false;            // it is not in plain digits
  bool chunked = false;               // a Transfer-Encoding is chunked
  bool unknown_coding = false;        // a Transfer-Encoding names something else
};

// Returns what stands behind a field name, or nothing if the line has another one.
std::optional<std::string_view> value_of(std::string_view line, std::string_view name) {
  const bool named = std::ranges::equal(line.substr(0, name.size()), name, [](char a, char b) {
    return a == b || (a >= 'A' && a <= 'Z' && (a | 32) == b);
  });
  if (!named) return std::nullopt;
  line.remove_prefix(name.size());
  while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
  while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
  return line;
}

void take_codings(SimpleHead& head, std::string_view value) {
  head.chunked = head.chunked || value_of(value, "chunked") == std::string_view();
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size() - 1);
    const std::string_view last = value.substr(0, comma + (value[comma] == ',' ? 0 : 1));
    value.remove_prefix(comma + 1);
    const std::string_view coding = *value_of(last, "");
    const bool known = coding.empty() || value_of(coding, "chunked") == std::string_view() ||
                       value_of(coding, "identity") == std::string_view();
    head.unknown_coding = head.unknown_coding || !known;
  }
}

void take_line(SimpleHead& head, std::string_view line) {
  if (const auto codings = value_of(line, "transfer-encoding:")) take_codings(head, *codings);
  const auto digits = value_of(line, "content-length:");
  if (!digits || head.length || head.odd_length) return;
  head.odd_length = digits->empty() || digits->size() > 9;
  std::size_t length = 0;
  for (const char digit : *digits) {
    head.odd_length = head.odd_length || digit < '0' || digit > '9';
    length = length * 10 + static_cast<std::size_t>(digit - '0');
  }
  if (!head.odd_length) head.length = length;
}

std::optional<SimpleHead> read_simple_head(std::string_view octets) {
  SimpleHead head;
  while (true) {
    const std::size_t lf = octets.find('\n', head.octets);
    if (lf == std::string_view::npos) return std::nullopt;
    std::string_view line = octets.substr(head.octets, lf - head.octets);
    head.octets = lf + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return head;
    take_line(head, line);
  }
}

// Says what ends a chunk line for a simple reader: some take a CR alone; and some skip the two
// octets behind a chunk without a look at them.
enum class ChunkLineEnd : std::uint8_t { lf, cr_or_lf, lf_or_two_octets };

// Returns the offset behind the line at `at`, or nothing if it does not end.
std::optional<std::size_t> behind_line(std::string_view octets, std::size_t at, ChunkLineEnd rule) {
  at = octets.find_first_of(rule == ChunkLineEnd::cr_or_lf ? "\r\n" : "\n", at);
  if (at == std::string_view::npos) return std::nullopt;
  return octets.substr(at, 2) == "\r\n" ? at + 2 : at + 1;
}

// Returns the offset behind what ends the content of a chunk, or nothing if that is cut.
std::optional<std::size_t> behind_chunk(std::string_view octets, std::size_t at,
                                        ChunkLineEnd rule) {
  if (rule != ChunkLineEnd::lf_or_two_octets) return behind_line(octets, at, rule);
  return at + 2 <= octets.size() ? std::optional(at + 2) : std::nullopt;
}

// Where a reader of chunks sees the end, and whether something else than a line end stood behind
// the content of a chunk.
struct ChunksEnd {
  std::size_t at = 0;
  bool odd = false;
};

// Finds the end behind the last chunk and its trailer section.
std::optional<ChunksEnd> end_of_chunks(std::string_view octets, std::size_t at, ChunkLineEnd rule) {
  bool odd = false;
  while (true) {
    std::size_t size = 0;
    const std::size_t digits = at;
    while (at < octets.size() && std::isxdigit(static_cast<unsigned char>(octets[at])) != 0) {
      const char low = static_cast<char>(octets[at] | 32);
      size = size * 16 + static_cast<std::size_t>(low <= '9' ? low - '0' : low - 'a' + 10);
      if (size > octets.size()) return std::nullopt;
      ++at;
    }
    const auto data = behind_line(octets, at, rule);
    if (at == digits || !data) return std::nullopt;
    if (size == 0) {
      at = *data;
      break;
    }
    const auto next = behind_chunk(octets, *data + size, rule);
    if (!next) return std::nullopt;
    at = *data + size;
    const std::string_view end = octets.substr(at, *next - at);
    odd = odd || (end != "\r\n" && end != "\n");
    at = *next;
  }
  while (true) {
    const auto next = behind_line(octets, at, ChunkLineEnd::lf);
    if (!next) return std::nullopt;
    const std::string_view line = octets.substr(at, *next - at);
    at = *next;
    if (line == "\n" || line == "\r\n") return ChunksEnd{at, odd};
  }
}

void check_beside_simple_readers(const Message& message, Input input) {
  const std::string_view octets = wire::as_text(input);
  if (octets.starts_with('\r') || octets.starts_with('\n')) return;
  if (message.version == http::Version::http_0_9) return;
  const auto head = read_simple_head(octets);
  if (!head) return;
  const auto ours = static_cast<std::size_t>(message.end - message.begin);
  if (head->length) {
    const std::size_t theirs = head->octets + *head->length;
    check(ours <= theirs, kOracle, "nothing is read beyond what Content-Length says");
    check(ours == theirs || message.close_after, kOracle, "and less only with a close");
  }
  check(!head->unknown_coding, kOracle, "a coding that readers do not know is refused");
  if (!head->chunked) return;
  using enum ChunkLineEnd;
  for (const ChunkLineEnd rule : {lf, cr_or_lf, lf_or_two_octets}) {
    const auto theirs = end_of_chunks(octets, head->octets, rule);
    if (!theirs) continue;
    check(theirs->at <= ours || message.close_after, kOracle,
          "if a reader of chunks reads further, the connection closes");
    const bool request = theirs->at < ours &&
                         takes_a_head(regauge::oracle::read_with_beast(input.subspan(theirs->at)));
    check(!request, kOracle, "no request of a reader of chunks is content of ours");
    const bool same = rule == lf && theirs->at == ours;
    check(!same || !theirs->odd, kOracle, "a line end stands behind the content of each chunk");
  }
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
      check_beside_simple_readers(message, octets);
    }
    check_connection(reading, Server(preset).serve({input}));
    check_connection(reading, Server(preset).serve(regauge::fuzz::cut(input, hash, 30)));
  }
  return 0;
}
