// h2_pair: two ends of ours on one connection, driven by a trace. As long as nobody tampers with
// the octets between them, all that one sends arrives at the other as it was, no end finds a fault,
// flow control loses no octet, nobody is stuck at the end, and both close clean. With an adversary
// that flips, drops, doubles and swaps octets, events stay in order and work stays bounded.
//
// Input: one octet that chooses limits, then steps of three octets: what, on which stream, how
// much.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h2_errant_calls.h"
#include "fuzz/h2_frames.h"
#include "fuzz/h2_pair_end.h"

namespace {

namespace fuzz = regauge::fuzz;
namespace h2 = regauge::h2;
namespace http = regauge::http;
namespace wire = regauge::wire;
using fuzz::check;
using fuzz::Frame;
using End = fuzz::PairEnd;

constexpr std::string_view kOracle = "h2_pair";
constexpr std::size_t kContentMax = 70'000;   // more than a window
constexpr std::size_t kPumpsMax = 2'000;      // far more than any trace needs to come to rest
constexpr std::uint32_t kCreditsMin = 1'200;  // below, the ledger may end what is lawful

// --- what is sent --------------------------------------------------------------------------------

// Octets that tell their place: those of a stream and direction differ from those of others.
std::uint8_t octet_at(std::uint32_t stream, bool up, std::size_t place) {
  return static_cast<std::uint8_t>(place * 7 + stream * 31 + (up ? 101 : 0) + place / 256);
}

// One direction of one stream: how much was sent, and how it ended.
struct Half {
  std::size_t sent = 0;
  std::size_t compared = 0;  // of what arrived
  bool head_sent = false;
  bool ended = false;
  bool trailers = false;
};

struct Exchange {
  Half up;
  Half down;
  bool reset = false;  // by either end, or lost
  bool tunnel = false;
};

// What passed one way: content is weighed against the credit that came back.
struct Account {
  std::vector<std::uint8_t> octets;  // not read as frames yet
  std::int64_t content = 0;
  std::int64_t credit = 0;  // for the other direction
};

// --- both ----------------------------------------------------------------------------------------

class Pair {
 public:
  explicit Pair(std::uint8_t profile)
      : client_(http::Role::client, profile, kOracle),
        server_(http::Role::server, profile, kOracle),
        tampered_(client_.impatient()) {}

  void run(std::span<const std::uint8_t> steps) {
    for (; steps.size() >= 3 && lawful(); steps = steps.subspan(3)) {
      act(steps[0], steps[1], steps[2]);
      keep_claims();
    }
    if (tampered_ || !lawful()) return;
    come_to_rest();
    check_rest();
    if (client_.options().limits.connection_window_bytes == 65'535) {
      for (const bool up : {true, false}) fill_up(up);
    }
    close();
  }

 private:
  // A host that opens and resets all the time is no lawful one.
  [[nodiscard]] bool lawful() {
    return server_.connection().ledger().credits >= kCreditsMin &&
           client_.connection().ledger().credits >= kCreditsMin;
  }

  void act(std::uint8_t what, std::uint8_t which, std::uint8_t amount) {
    const std::uint32_t id = pick(which);
    const bool up = (what & 0x80U) != 0;
    End& end = up ? client_ : server_;
    const std::size_t octets = amount < 200 ? amount : std::size_t{amount} * amount;
    switch (what & 0x1fU) {
      case 0:
      case 1: return open(amount);
      case 2:
      case 3: return answer(id, amount);
      case 4:
      case 5: return send(id, up, octets, false);
      case 6: return send(id, up, octets, true);
      case 7: return trailers(id, up);
      case 8: return consume(end, id, octets);
      case 9: return consume(end, id, kContentMax);
      case 10: return reset(end, id);
      case 11: return release(end, id);
      case 12:
      case 13: return move(up, amount == 0 ? ~std::size_t{0} : octets);
      case 14: return move(!up, ~std::size_t{0});
      case 15: now_.ms += octets; return;
      case 16: return end.connection().ping();
      case 17: return amount < 20 ? end.connection().drain(now_) : end.connection().shrink();
      case 18:
      case 19: return tamper(up, which, amount);
      case 20: return errant(end, up, id, amount);
      case 21: return end.connection().forget_events();
      case 22: return open_length(octets);
      case 23: return open_websocket();
      case 24: return end_of_input(end, amount);
      default: return move(up, ~std::size_t{0});
    }
  }
  [[nodiscard]] std::uint32_t pick(std::uint8_t which) const {
    if (exchanges_.empty()) return 1;
    auto at = exchanges_.begin();
    std::advance(at, which % exchanges_.size());
    return at->first;
  }
  Exchange* find(std::uint32_t id) {
    const auto found = exchanges_.find(id);
    return found == exchanges_.end() ? nullptr : &found->second;
  }

  void open(std::uint8_t amount) {
    constexpr std::array<std::string_view, 4> kMethods{"GET", "POST", "CONNECT", "POST"};
    const std::string_view method = kMethods.at(amount % kMethods.size());
    const bool sends = method != "GET";
    const std::string text(amount % 64 == 16 ? std::size_t{20'000} : amount, 'v');
    const std::array lines{http::field_line("x-text", text), http::field_line("x-same", "same")};
    http::RequestHead head;
    head.method = http::method_of(method);
    head.scheme = "https";
    head.authority = "a.test:443";
    if (method != "CONNECT") head.path = "/";
    head.fields = lines;
    head.content.framing = sends ? http::Framing::stream : http::Framing::none;
    const auto opened =
        client_.connection().open(head, sends ? http::EndStream::no : http::EndStream::yes);
    if (!opened) return;
    client_.count_octets(text.size());
    client_.recorder().opened(*opened);
    Exchange& exchange = exchanges_[opened->value];
    exchange.up.head_sent = true;
    exchange.up.ended = !sends;
    exchange.tunnel = method == "CONNECT";
  }
  // Announces a length; what does not keep it is refused.
  void open_length(std::size_t octets) {
    const std::array lines{http::field_line("priority", octets % 2 == 0 ? "u=1" : "u=5, i")};
    http::RequestHead head;
    head.method = http::method_of("PUT");
    head.scheme = "https";
    head.authority = "a.test";
    head.path = "/";
    head.fields = lines;
    head.content = {http::Framing::length, octets};
    h2::Connection& connection = client_.connection();
    const auto opened = connection.open(head, http::EndStream::no);
    if (!opened) return;
    client_.recorder().opened(*opened);
    Exchange& exchange = exchanges_[opened->value];
    exchange.up.head_sent = true;
    const std::vector<std::uint8_t> more(octets + 1);
    check(!connection.submit_content(*opened, wire::Slice::copy_of(more), http::EndStream::no),
          kOracle, "no more content is taken than was announced");
    const bool early = octets == 0 || !connection.submit_content(*opened, {}, http::EndStream::yes);
    check(early, kOracle, "no message ends before its content");
    const bool trailers = octets == 0 || !connection.submit_trailers(*opened, {});
    check(trailers, kOracle, "no trailers come before the content");
    send(opened->value, true, octets, true);
  }
  void open_websocket() {
    http::RequestHead head;
    head.method = http::method_of("CONNECT");
    head.protocol = "websocket";
    head.scheme = "https";
    head.authority = "a.test";
    head.path = "/";
    head.content.framing = http::Framing::tunnel;
    const bool known = client_.connection().peer_settings().enable_connect_protocol == 1;
    const auto opened = client_.connection().open(head, http::EndStream::no);
    check(known || !opened, kOracle, "no extended CONNECT is sent to who does not know it");
    if (!opened) return;
    client_.recorder().opened(*opened);
    Exchange& exchange = exchanges_[opened->value];
    exchange.up.head_sent = true;
    exchange.tunnel = true;
  }
  void errant(End& end, bool up, std::uint32_t id, std::uint8_t amount) {
    end.count_calls(16);
    const http::Role role = up ? http::Role::client : http::Role::server;
    fuzz::ErrantCalls(end.connection(), role, kOracle).call(amount, http::StreamId{id});
  }
  // One direction ends in the midst of it all: from then on it is as with an adversary.
  void end_of_input(End& end, std::uint8_t amount) {
    tampered_ = true;
    end.end_of_input(now_, amount % 2 == 0 ? http::Truncation::clean : http::Truncation::aborted);
  }

  void answer(std::uint32_t id, std::uint8_t amount) {
    Exchange* exchange = find(id);
    if (exchange == nullptr || exchange->down.head_sent) return;
    if (!server_.recorder().streams().contains(id)) return;
    http::ResponseHead head;
    head.content.framing = http::Framing::stream;
    if (amount % 3 == 0) {
      head.status = http::Status{103};
      static_cast<void>(server_.connection().submit_interim(http::StreamId{id}, head));
    }
    head.status = http::Status{200};
    const auto end = amount % 5 == 0 ? http::EndStream::yes : http::EndStream::no;
    if (!server_.connection().submit_head(http::StreamId{id}, head, end)) return;
    if (exchange->tunnel) server_.connection().accept_tunnel(http::StreamId{id});
    exchange->down.head_sent = true;
    exchange->down.ended = end == http::EndStream::yes;
  }
  void send(std::uint32_t id, bool up, std::size_t octets, bool ends) {
    Exchange* exchange = find(id);
    if (exchange == nullptr) return;
    Half& half = up ? exchange->up : exchange->down;
    if (!half.head_sent || half.ended) return;
    std::vector<std::uint8_t> content(octets);
    for (std::size_t i = 0; i < octets; ++i) content[i] = octet_at(id, up, half.sent + i);
    const auto taken = (up ? client_ : server_)
                           .connection()
                           .submit_content(http::StreamId{id}, wire::Slice::copy_of(content),
                                           ends ? http::EndStream::yes : http::EndStream::no);
    if (!taken) return;
    half.sent += octets;
    half.ended = ends;
  }
  void trailers(std::uint32_t id, bool up) {
    Exchange* exchange = find(id);
    if (exchange == nullptr || exchange->tunnel) return;
    Half& half = up ? exchange->up : exchange->down;
    if (!half.head_sent || half.ended) return;
    const std::array lines{http::field_line("x-end", up ? "up" : "down")};
    h2::Connection& connection = (up ? client_ : server_).connection();
    if (!connection.submit_trailers(http::StreamId{id}, lines)) return;
    half.ended = true;
    half.trailers = true;
  }
  static void consume(End& end, std::uint32_t id, std::size_t octets) {
    std::size_t& unread = end.unread()[id];
    const std::size_t taken = std::min(octets, unread);
    unread -= taken;
    end.connection().consume(http::StreamId{id}, taken);
  }
  void reset(End& end, std::uint32_t id) {
    Exchange* exchange = find(id);
    if (exchange == nullptr || !end.recorder().streams().contains(id)) return;
    exchange->reset = true;
    end.connection().reset(http::StreamId{id}, http::ErrorCode::cancel);
  }
  void release(End& end, std::uint32_t id) {
    Exchange* exchange = find(id);
    if (exchange == nullptr || !end.recorder().streams().contains(id)) return;
    exchange->reset = true;  // unless it is over: then nothing is compared that is not there
    end.unread()[id] = 0;
    end.connection().release(http::StreamId{id});
  }

  // Moves octets from one end to the other.
  void move(bool up, std::size_t octets) {
    std::string& pipe = up ? up_ : down_;
    std::string written = (up ? client_ : server_).written();
    if (up && !tampered_) written = without_preface(std::move(written));
    weigh(up ? up_account_ : down_account_, written);
    pipe += written;
    const std::string moved = pipe.substr(0, octets);
    pipe.erase(0, moved.size());
    End& reader = up ? server_ : client_;
    if (!moved.empty()) reader.read(moved, now_);
  }
  std::string without_preface(std::string written) {
    if (preface_passed_ || written.empty()) return written;
    preface_passed_ = true;
    const std::size_t size = h2::kClientPreface.size();
    check(written.starts_with(h2::kClientPreface), kOracle, "a client begins with the preface");
    server_.read(written.substr(0, size), now_);
    return written.substr(size);
  }
  void weigh(Account& account, const std::string& written) {
    if (tampered_) return;
    account.octets.insert(account.octets.end(), written.begin(), written.end());
    for (const Frame& frame : fuzz::frames_of(account.octets)) {
      check(frame.whole(), kOracle, "frames are written whole");
      if (frame.type == fuzz::kData) account.content += frame.length;
      const bool grants = frame.type == fuzz::kWindowUpdate && frame.stream == 0;
      if (grants) account.credit += fuzz::number_at(frame.payload, 0, 4);
    }
    account.octets.clear();
  }
  void tamper(bool up, std::uint8_t which, std::uint8_t amount) {
    std::string& pipe = up ? up_ : down_;
    pipe += (up ? client_ : server_).written();
    if (pipe.empty()) return;
    tampered_ = true;
    const std::size_t at = std::size_t{which} * pipe.size() / 256;
    const std::size_t size = std::min<std::size_t>(1 + amount / 8U, pipe.size() - at);
    const std::string part = pipe.substr(at, size);
    switch (amount % 4) {
      case 0:
        pipe[at] = static_cast<char>(pipe[at] ^ static_cast<char>(1U << (amount / 4 % 8)));
        return;
      case 1: pipe.erase(at, size); return;
      case 2: pipe.insert(at, part); return;
      default:
        pipe.erase(at, size);
        pipe.insert(at * 2 % (pipe.size() + 1), part);
        return;
    }
  }

  // What must hold at any time while nobody tampers.
  void keep_claims() {
    if (tampered_) return;
    check(!client_.found_fault() && !server_.found_fault(), kOracle, "no end finds a fault");
    for (auto& [id, exchange] : exchanges_) {
      check_arrived(server_.recorder(), id, true, exchange);
      check_arrived(client_.recorder(), id, false, exchange);
    }
    check_window(up_account_, down_account_, server_);
    check_window(down_account_, up_account_, client_);
  }
  static void check_arrived(const fuzz::Recorder& recorder, std::uint32_t id, bool up,
                            Exchange& exchange) {
    const auto found = recorder.streams().find(id);
    if (found == recorder.streams().end()) return;
    const fuzz::Told& told = found->second;
    exchange.reset |= told.reset;
    Half& half = up ? exchange.up : exchange.down;
    check(told.content.size() <= half.sent, kOracle, "no more content arrives than was sent");
    for (; half.compared < told.content.size(); ++half.compared) {
      const auto octet = static_cast<std::uint8_t>(told.content[half.compared]);
      check(octet == octet_at(id, up, half.compared), kOracle, "content arrives as it was sent");
    }
    if (!told.ended) return;
    check(half.ended && told.content.size() == half.sent, kOracle,
          "a message that is complete is the whole one");
    check(told.trailers.empty() != half.trailers, kOracle, "trailers arrive as they were sent");
  }
  // The window of the connection, by what passed: never below nothing.
  static void check_window(const Account& sender, const Account& receiver, const End& reader) {
    const std::int64_t first = 65'535;
    check(first + receiver.credit - sender.content >= 0, kOracle,
          "no more content is sent than there is credit");
    const std::int64_t size =
        std::max<std::int64_t>(first, reader.options().limits.connection_window_bytes);
    check(first + receiver.credit - sender.content <= size, kOracle,
          "no more credit is given than was used");
  }

  // --- the end -----------------------------------------------------------------------------------

  // Both hosts end what they began and read all that comes, until nothing moves any more.
  void come_to_rest() {
    for (std::size_t i = 0; i < kPumpsMax; ++i) {
      const std::size_t before = octets_read();
      move(true, ~std::size_t{0});
      move(false, ~std::size_t{0});
      for (auto& [id, exchange] : exchanges_) {
        consume(client_, id, ~std::size_t{0});
        consume(server_, id, ~std::size_t{0});
        if (exchange.reset) {
          client_.connection().release(http::StreamId{id});
          server_.connection().release(http::StreamId{id});
        }
        answer(id, 1);
        send(id, true, 1, true);
        send(id, false, 1, true);
      }
      keep_claims();
      if (i > 4 && octets_read() == before && up_.empty() && down_.empty() && !waits()) return;
    }
    check(false, kOracle, "two ends come to rest");
  }
  [[nodiscard]] bool waits() {
    return client_.connection().queued_octets() > 0 || server_.connection().queued_octets() > 0;
  }
  [[nodiscard]] std::size_t octets_read() {
    return client_.connection().work().bytes_in + server_.connection().work().bytes_in;
  }
  void check_rest() {
    for (const auto& [id, exchange] : exchanges_) {
      if (exchange.reset) continue;
      const auto& told_up = server_.recorder().streams();
      if (!told_up.contains(id)) continue;  // refused or ignored: the client was told
      check(told_up.at(id).ended, kOracle, "nobody is stuck: the request arrived");
      check(client_.recorder().streams().at(id).ended, kOracle,
            "nobody is stuck: the response arrived");
    }
    check(!client_.connection().awaits_window() && !server_.connection().awaits_window(), kOracle,
          "nobody waits for a window when all was consumed");
    for (const auto& [id, exchange] : exchanges_) {
      client_.connection().release(http::StreamId{id});
      server_.connection().release(http::StreamId{id});
    }
    for (int i = 0; i < 4; ++i) {
      move(true, ~std::size_t{0});
      move(false, ~std::size_t{0});
    }
    check(client_.connection().open_streams() == 0 && server_.connection().open_streams() == 0,
          kOracle, "no stream stays open");
    check(server_.connection().ledger().live_handlers == 0, kOracle, "no handler is left");
    check_conserved(up_account_, down_account_, server_);
    check_conserved(down_account_, up_account_, client_);
  }
  // Sends just so much more that the credit which is kept back is half a window: then it is
  // granted, and the window is whole again, unless octets were lost before.
  void fill_up(bool up) {
    const Account& sender = up ? up_account_ : down_account_;
    const Account& receiver = up ? down_account_ : up_account_;
    constexpr std::int64_t kSize = 65'535;
    const std::int64_t kept_back = sender.content - receiver.credit;
    const auto wanted = static_cast<std::size_t>((kSize + 1) / 2 - kept_back);
    open(up ? 1 : 4);
    move(true, ~std::size_t{0});
    if (exchanges_.empty()) return;
    const std::uint32_t id = exchanges_.rbegin()->first;
    if (!up) answer(id, 1);
    const Half& half = up ? exchanges_.at(id).up : exchanges_.at(id).down;
    if (half.ended || !half.head_sent) return;  // nothing can be opened any more
    send(id, up, wanted, true);
    come_to_rest();
    if (half.sent != wanted || exchanges_.at(id).reset) return;
    check(sender.content == receiver.credit, kOracle, "flow control loses not a single octet");
  }
  // Everything was consumed: what was not granted again is less than half a window.
  static void check_conserved(const Account& sender, const Account& receiver, const End& reader) {
    const std::int64_t first = 65'535;
    const std::int64_t size =
        std::max<std::int64_t>(first, reader.options().limits.connection_window_bytes);
    const std::int64_t window = first + receiver.credit - sender.content;
    check(2 * window >= size, kOracle, "flow control loses no octet");
  }
  void close() {
    client_.connection().drain(now_);
    server_.connection().drain(now_);
    for (int i = 0; i < 4; ++i) {
      now_.ms += 2'000;
      move(true, ~std::size_t{0});
      move(false, ~std::size_t{0});
      client_.read({}, now_);
      server_.read({}, now_);
    }
    check(client_.connection().demand(now_).close, kOracle, "a client that leaves may close");
    check(server_.connection().demand(now_).close, kOracle, "a server that leaves may close");
    server_.end_of_input(now_, http::Truncation::clean);
    client_.end_of_input(now_, http::Truncation::clean);
    check(!client_.found_fault() && !server_.found_fault(), kOracle, "both close clean");
  }

  End client_;
  End server_;
  std::map<std::uint32_t, Exchange> exchanges_;
  std::string up_;  // what is on its way
  std::string down_;
  Account up_account_;
  Account down_account_;
  http::Tick now_{1'000};
  bool preface_passed_ = false;
  bool tampered_;  // or ends that give up on what is lawful
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> input(data, size);
  if (input.empty()) return 0;
  Pair(input[0]).run(input.subspan(1));
  return 0;
}
