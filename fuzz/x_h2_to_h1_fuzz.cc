// x_h2_to_h1: whatever frames a client sends, what reaches the HTTP/1 origin is one message for
// each stream and nothing else, says what the stream said, and looks whole only if it was.
//
// Input: the frames behind the client preface. Cuts, policy, and whether the origin answers follow
// from a hash of the input. Streams share origin connections as they do in the proxy. Each
// connection is read by our strict decoder, by our most permissive one, by Beast, and by a splitter
// that knows the grammar alone. Claims: all find the same messages, and as many as there were
// streams; method, target, Host, field lines, content and trailers are those of the frames; a
// message that was cut is incomplete to all; the laws of work.
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h1_messages.h"
#include "fuzz/h1_splitter.h"
#include "fuzz/h2_sent_model.h"
#include "regauge/h1/connection.h"
#include "regauge/h2/connection.h"
#include "regauge/translate/exchange.h"
#include "tests/oracle/beast_message.h"

namespace {

namespace h1 = regauge::h1;
namespace h2 = regauge::h2;
namespace http = regauge::http;
namespace translate = regauge::translate;
namespace wire = regauge::wire;
using regauge::fuzz::check;
using regauge::fuzz::SentMessage;
using regauge::fuzz::SplitRequest;
using regauge::oracle::Verdict;
using Input = std::span<const std::uint8_t>;
using Lines = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kOracle = "x_h2_to_h1";

// Takes all output.
template <typename Connection>
std::string output_of(Connection& connection) {
  std::string octets;
  std::array<wire::Piece, 16> pieces{};
  while (const std::size_t filled = connection.gather(pieces, 1U << 16U)) {
    std::size_t written = 0;
    for (const wire::Piece& piece : std::span(pieces).first(filled)) {
      octets += wire::as_text({piece.data, piece.size});
      written += piece.size;
    }
    connection.wrote(written);
  }
  return octets;
}

// --- the origin's side ---------------------------------------------------------------------------

// Says how a request went.
enum class Fate : std::uint8_t { open, ended, cut };

// One request on an origin connection.
struct Sent {
  std::uint32_t stream = 0;
  Fate fate = Fate::open;
  bool tunnel = false;
  bool websocket = false;
  bool bridged = false;  // between gRPC and gRPC-Web: the content is another one
};

// One connection to the origin and what was written there.
struct Origin {
  Origin() : connection(kOptions) {}
  static inline const h1::ConnectionOptions kOptions =
      h1::options_for(http::Role::client, h1::Preset::common);
  h1::Connection connection;
  http::StreamId stream;
  std::string octets;
  std::vector<Sent> requests;
};

// --- what is compared ----------------------------------------------------------------------------

// Names of fields that say something about the connection or the framing, or are made anew.
bool is_of_the_hop(const std::string& name) {
  constexpr std::array<std::string_view, 12> kNames{
      "connection",        "content-length", "cookie",       "expect", "host",
      "http2-settings",    "keep-alive",     "max-forwards", "te",     "trailer",
      "transfer-encoding", "upgrade"};
  return std::ranges::find(kNames, name) != kNames.end();
}

// Some servers read any octet but a letter in a name as `-` or as nothing.
bool is_alias_of_framing(const std::string& name) {
  std::string letters;
  for (const char octet : name) {
    if (octet >= 'a' && octet <= 'z') letters += octet;
  }
  return letters == "contentlength" || letters == "transferencoding";
}

Lines end_to_end(const std::vector<regauge::oracle::Line>& lines) {
  Lines kept;
  for (const auto& line : lines) {
    const bool alias = is_alias_of_framing(line.name) && line.name.size() <= 24;
    if (line.name.starts_with(':') || is_of_the_hop(line.name) || alias) continue;
    kept.emplace_back(line.name, line.value);
  }
  return kept;
}

Lines end_to_end(const Lines& lines) {
  Lines kept;
  for (const auto& line : lines) {
    if (!is_of_the_hop(line.first)) kept.push_back(line);
  }
  return kept;
}

std::string joined_cookies(const SentMessage& sent) {
  std::string joined;
  for (const auto& line : sent.head) {
    if (line.name == "cookie") joined += (joined.empty() ? "" : "; ") + line.value;
  }
  return joined;
}

std::string expected_target(const SentMessage& sent) {
  if (sent.value(":method") == "CONNECT" && !sent.has(":protocol")) return sent.value(":authority");
  std::string target;
  for (const char octet : sent.value(":path")) {
    if (octet == '\\') target += "%5C";
    if (octet != '\\') target += octet;
  }
  return target;
}

void check_start(const SplitRequest& request, const SentMessage& sent) {
  const std::string method = sent.has(":protocol") ? "GET" : sent.value(":method");
  check(request.method == method, kOracle, "the method is that of the stream");
  check(request.target == expected_target(sent), kOracle, "the target is that of the stream");
  const std::string host = sent.value(sent.has(":authority") ? ":authority" : "host");
  check(request.only("host") == host, kOracle, "there is one Host, and it names the authority");
}

void check_fields(const SplitRequest& request, const SentMessage& sent) {
  check(request.count("cookie") <= 1, kOracle, "cookies are one line");
  check(request.only("cookie").value_or("") == joined_cookies(sent), kOracle,
        "the cookies are those of the stream");
  const auto lines = end_to_end(request.fields);
  check(lines == end_to_end(sent.head), kOracle, "the field lines are those of the stream");
  check(!request.only("te") || sent.has("te"), kOracle, "nobody else asks for trailers");
  check(!request.only("expect") || sent.has("expect"), kOracle, "nobody else expects anything");
  const auto length = request.only("content-length");
  check(!request.chunked || !sent.has("content-length"), kOracle, "a known length stays known");
  const bool said = sent.has("content-length") && length;
  check(!said || std::stoull(*length) == std::stoull(sent.value("content-length")), kOracle,
        "the length is that of the stream");
}

void check_trailers(const SplitRequest& request, const SentMessage& sent) {
  auto at = sent.trailers.begin();
  for (const auto& [name, value] : request.trailers) {
    check(!is_of_the_hop(name) && !is_alias_of_framing(name), kOracle,
          "no trailer is of framing or hop");
    at = std::find_if(at, sent.trailers.end(), [&](const regauge::oracle::Line& line) {
      return line.name == name && line.value == value;
    });
    check(at != sent.trailers.end(), kOracle, "trailers are those of the stream, in order");
    ++at;
  }
  if (!request.chunked || !request.complete) return;
  const auto own = [](const auto& name) { return name.starts_with("x-"); };
  const auto kept =
      std::ranges::count_if(request.trailers, [&](const auto& line) { return own(line.first); });
  const auto given =
      std::ranges::count_if(sent.trailers, [&](const auto& line) { return own(line.name); });
  check(kept == given, kOracle, "trailers of the application survive");
}

// Compares a request with its stream. Nothing follows a head that asks for a tunnel.
void check_meaning(const SplitRequest& request, const Sent& of, const SentMessage& sent) {
  check_start(request, sent);
  if (of.websocket) return;
  if (of.bridged) return;
  check_fields(request, sent);
  if (of.tunnel) return;
  check_trailers(request, sent);
  check(sent.content.starts_with(request.content), kOracle, "the content is the stream's");
  check(of.fate != Fate::ended || request.content.size() == sent.content.size(), kOracle,
        "all content of the stream is there");
}

// --- readers of what was written -----------------------------------------------------------------

// Reads all requests; the last may be cut.
std::vector<SplitRequest> split(std::string_view octets) {
  std::vector<SplitRequest> requests;
  while (!octets.empty()) {
    auto request = regauge::fuzz::Splitter(octets).read();
    check(request.has_value(), kOracle, "what is written is requests");
    octets.remove_prefix(request->complete ? request->octets : octets.size());
    requests.push_back(std::move(*request));
  }
  return requests;
}

void check_decoder(std::string_view octets, const std::vector<SplitRequest>& requests,
                   const h1::Policy& policy) {
  const auto reading = regauge::fuzz::read_requests(policy, {wire::as_bytes(octets)});
  check(reading.messages.size() == requests.size(), kOracle,
        "our decoder sees as many messages as there are streams");
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto& message = reading.messages[i];
    check(message.complete == requests[i].complete, kOracle,
          "our decoder sees the same messages complete");
    check(message.content == requests[i].content, kOracle, "our decoder sees the same content");
    check(!message.complete || message.end - message.begin == requests[i].octets, kOracle,
          "our decoder sees the same end");
    check(!message.complete || message.method == requests[i].method, kOracle,
          "our decoder sees the same method");
  }
}

void check_beast(std::string_view octets, const std::vector<SplitRequest>& requests) {
  for (const SplitRequest& request : requests) {
    const auto beast = regauge::oracle::read_with_beast(wire::as_bytes(octets));
    check(beast.verdict != Verdict::refused, kOracle, "Beast takes what is written");
    check((beast.verdict == Verdict::complete) == request.complete, kOracle,
          "Beast sees the same messages complete");
    check(!request.complete || beast.octets == request.octets, kOracle, "Beast sees the same end");
    octets.remove_prefix(request.complete ? request.octets : octets.size());
  }
}

// --- the proxy in between ------------------------------------------------------------------------

// One stream of the client.
struct Relayed {
  explicit Relayed(const translate::Options& options) : exchange(options, client()) {}
  static translate::Downstream client() {
    translate::Downstream client;
    client.protocol = translate::Protocol::h2;
    client.nonce = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    return client;
  }
  translate::Exchange exchange;
  Origin* origin = nullptr;  // nothing more is sent without
  bool head_only = false;    // it ended with its head
  Lines trailers;
};

class Proxy {
 public:
  Proxy(const h2::Options& options, std::uint64_t hash) : client_(options), hash_(hash) {
    const auto first = wire::Slice::of_static(wire::as_bytes(h2::kClientPreface));
    static_cast<void>(client_.receive({&first, 1}, tick_, {}));
  }

  void receive(Input piece) {
    wire::Slice rest = wire::Slice::copy_of(piece);
    for (bool more = true; more;) {
      tick_.ms += 10'000;
      const http::Batch batch = client_.receive({&rest, 1}, tick_, {1U << 20U, 512});
      for (const http::Event& event : batch.events) take(event);
      more = batch.more;
      rest.drop_front(batch.consumed);
      finish_turn();
    }
  }
  void end_of_input() {
    const http::Batch batch = client_.end_of_input(tick_, http::Truncation::aborted);
    for (const http::Event& event : batch.events) take(event);
    finish_turn();
  }
  // The offset behind the preface where the client's connection failed.
  [[nodiscard]] std::optional<std::uint64_t> failed_at() const { return failed_at_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Origin>>& origins() const { return origins_; }

  // Each octet is looked at a few times on its way, each head costs a little more.
  void check_work() const {
    const wire::Work in = client_.work();
    check(in.total() <= 4 * (in.bytes_in + in.bytes_emitted) + 32 * in.messages + 4096, kOracle,
          "law of work (h2)");
    wire::Work out;
    for (const auto& origin : origins_) out += origin->connection.work();
    check(out.total() <=
              4 * (in.bytes_emitted + out.bytes_in + out.bytes_emitted) + 256 * out.messages + 4096,
          kOracle, "law of work (h1)");
    check(web_.total() <= 4 * web_.bytes_in + 8 * web_.messages, kOracle, "law of work (gRPC-Web)");
  }

 private:
  void take(const http::Event& event) {
    const std::uint32_t id = event.stream.value;
    switch (event.kind) {
      case http::EventKind::head: head(event); return;
      case http::EventKind::content: {
        client_.consume(event.stream, event.content.size());
        Relayed& stream = *streams_.at(id);
        if (stream.origin == nullptr) return;
        const auto produced = stream.exchange.request_content(event.content);
        if (!produced) give_up(id);
        if (produced) submit(stream, *produced);
        return;
      }
      case http::EventKind::trailers:
        streams_.at(id)->trailers = regauge::fuzz::copy_of(event.trailers);
        return;
      case http::EventKind::end: end(id); return;
      case http::EventKind::reset: give_up(id); return;
      case http::EventKind::violation:
        if (event.scope == http::Scope::connection && !failed_at_) {
          failed_at_ = event.offset - std::min<std::uint64_t>(event.offset, kPrefaceOctets);
        }
        return;
      default: return;
    }
  }

  void head(const http::Event& event) {
    const std::uint32_t id = event.stream.value;
    auto& stream = *streams_.emplace(id, std::make_unique<Relayed>(kOptions)).first->second;
    if (!stream.exchange.request_head(*event.request, event.end_stream)) return give_up(id);
    const auto out =
        stream.exchange.request_for(translate::Protocol::h1, translate::ExtendedConnect::yes);
    if (!out) return give_up(id);
    Origin& origin = idle_origin();
    const auto opened = origin.connection.open(out->head, out->end_stream);
    const std::string octets = output_of(origin.connection);
    check(opened.has_value() == !octets.empty(), kOracle, "nothing is written of a refused head");
    if (!opened) return give_up(id);
    origin.octets += octets;
    origin.stream = *opened;
    const translate::RequestSide& request = stream.exchange.request();
    const bool bridged = request.bridge() != translate::WebBridge::none;
    origin.requests.push_back(
        {id, Fate::open, request.wants_tunnel(), request.is_websocket(), bridged});
    stream.origin = &origin;
    stream.head_only = out->end_stream == http::EndStream::yes;
  }

  Origin& idle_origin() {
    for (const auto& origin : origins_) {
      if (origin->connection.reusable()) return *origin;
    }
    origins_.push_back(std::make_unique<Origin>());
    return *origins_.back();
  }

  void submit(Relayed& stream, const translate::Produced& produced) {
    Origin& origin = *stream.origin;
    // No octet of a tunnel is sent before the origin has agreed to one, and this one never does.
    if (stream.exchange.request().wants_tunnel()) return;
    for (const wire::Slice& slice : produced.content) {
      const auto sent = origin.connection.submit_content(origin.stream, slice, http::EndStream::no);
      check(sent.has_value(), kOracle, "content that came can be sent");
      origin.octets += output_of(origin.connection);
    }
    if (produced.end == http::EndStream::no) return;
    const bool sent =
        !produced.trailers.empty() &&
        origin.connection.submit_trailers(origin.stream, produced.trailers).has_value();
    if (!sent) {
      const auto ended =
          origin.connection.submit_content(origin.stream, wire::Slice(), http::EndStream::yes);
      check(ended.has_value(), kOracle, "what ended can be ended");
    }
    origin.octets += output_of(origin.connection);
  }

  void end(std::uint32_t id) {
    Relayed& stream = *streams_.at(id);
    if (stream.origin == nullptr) return;
    std::vector<http::FieldLine> lines;
    for (const auto& [name, value] : stream.trailers)
      lines.push_back(http::field_line(name, value));
    const auto produced = stream.exchange.request_end(lines);
    if (!produced || stream.exchange.request().wants_tunnel()) return give_up(id);
    if (!stream.head_only) submit(stream, *produced);
    stream.origin->requests.back().fate = Fate::ended;
    if ((hash_ ^ id) % 4 != 0) answer(id, *stream.origin);
  }

  // The origin answers, and the connection may carry the next request.
  void answer(std::uint32_t id, Origin& origin) {
    constexpr std::string_view kAnswer = "HTTP/1.1 204 No Content\r\n\r\n";
    const auto slice = wire::Slice::of_static(wire::as_bytes(kAnswer));
    const http::Batch batch = origin.connection.receive({&slice, 1}, tick_, {});
    const bool whole = std::ranges::any_of(
        batch.events, [](const http::Event& event) { return event.kind == http::EventKind::end; });
    check(whole, kOracle, "the answer belongs to the request");
    done_.push_back(id);
  }

  // Resets both sides. The connection to the origin closes.
  void give_up(std::uint32_t id) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) return;
    client_.reset(http::StreamId{id}, http::ErrorCode::internal_error);
    Origin* const origin = std::exchange(found->second->origin, nullptr);
    done_.push_back(id);
    if (origin == nullptr) return;
    Sent& request = origin->requests.back();
    if (request.stream != id || request.fate != Fate::open) return;
    request.fate = Fate::cut;
    origin->connection.reset(origin->stream, http::ErrorCode::cancel);
    origin->octets += output_of(origin->connection);
    check(!origin->connection.reusable(), kOracle, "no request follows one that was cut");
  }

  // Answers and forgets the streams that are over.
  void finish_turn() {
    for (const std::uint32_t id : std::exchange(done_, {})) {
      const auto found = streams_.find(id);
      if (found == streams_.end()) continue;
      http::ResponseHead head;
      head.status = http::Status{204};
      static_cast<void>(client_.submit_head(http::StreamId{id}, head, http::EndStream::yes));
      if (found->second->origin != nullptr) release_origin(*found->second->origin);
      web_ += found->second->exchange.work();
      streams_.erase(found);
      static_cast<void>(output_of(client_));
      client_.release(http::StreamId{id});
    }
    static_cast<void>(output_of(client_));
  }
  static void release_origin(Origin& origin) { origin.connection.release(origin.stream); }

  static constexpr std::size_t kPrefaceOctets = h2::kClientPreface.size();
  static inline const translate::Options kOptions{};
  h2::Connection client_;
  std::uint64_t hash_;
  http::Tick tick_{1'000};
  std::map<std::uint32_t, std::unique_ptr<Relayed>> streams_;
  std::vector<std::unique_ptr<Origin>> origins_;
  std::vector<std::uint32_t> done_;
  std::optional<std::uint64_t> failed_at_;
  wire::Work web_;
};

// A message may look complete before its stream ended if all the octets that it announced came.
bool may_look_complete(const Sent& of, const SentMessage* sent, const SplitRequest& request) {
  if (of.fate == Fate::ended || of.tunnel) return true;
  const auto length = request.only("content-length");
  return sent != nullptr && length && sent->has("content-length") && !request.chunked;
}

void check_origin(const Origin& origin, const regauge::fuzz::SentModel& client, bool strict) {
  const auto requests = split(origin.octets);
  check(requests.size() == origin.requests.size(), kOracle, "each stream is one message");
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Sent& of = origin.requests[i];
    const SentMessage* sent = client.find(of.stream);
    check(sent != nullptr, kOracle, "what is written was sent on a stream");
    check(!requests[i].complete || may_look_complete(of, sent, requests[i]), kOracle,
          "a cut message does not look complete");
    check(of.fate != Fate::ended || (requests[i].complete && sent->ended), kOracle,
          "a message ends when its stream does");
    if (strict) check_meaning(requests[i], of, *sent);
  }
  h1::Policy uri_octets(h1::Side::request, h1::Preset::strict);
  uri_octets.set(h1::Deviation::non_uri_char_in_target, h1::Action::accept);
  check_decoder(origin.octets, requests, uri_octets);
  check_decoder(origin.octets, requests, h1::Policy(h1::Side::request, h1::Preset::maximal));
  check_beast(origin.octets, requests);
}

h2::Options options(const h2::Policy& policy) {
  h2::Options made;
  made.policy = policy;
  made.settings_ack_ms = 0;  // time runs fast here, so that each batch starts with full credits
  return made;
}

void run(Input input, const h2::Options& options, bool strict) {
  const std::uint64_t hash = regauge::fuzz::hash_of(input);
  Proxy proxy(options, hash);
  constexpr std::array<std::size_t, 4> kLongest{1, 30, 300, 1U << 20U};
  for (const Input piece : regauge::fuzz::cut(input, hash, kLongest.at(hash % kLongest.size()))) {
    proxy.receive(piece);
  }
  proxy.end_of_input();
  proxy.check_work();
  regauge::fuzz::SentModel client;
  const std::size_t known =
      std::min<std::uint64_t>(proxy.failed_at().value_or(input.size()), input.size());
  for (const auto& frame : regauge::fuzz::frames_of(input.first(known))) client.receive(frame);
  for (const auto& origin : proxy.origins()) check_origin(*origin, client, strict);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const h2::Options kStrict = options(h2::Policy::strict());
  static const h2::Options kMaximal = options(h2::Policy::maximal());
  run({data, size}, kStrict, true);
  run({data, size}, kMaximal, false);
  return 0;
}
