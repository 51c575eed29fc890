// h1_connection: two ends of one HTTP/1 connection face each other and a trace says who does what,
// also out of order, and what else gets into the octets between them.
//
// As long as nobody else writes into the connection and nobody cuts it, each end tells what the
// other one sent, and neither finds a fault. Whatever happens, events keep their grammar, and the
// laws of work hold. A trace is pairs of octets: what is done, and how.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "fuzz/fuzz_input.h"
#include "fuzz/h1_connection_end.h"

namespace {

namespace h1 = regauge::h1;
namespace http = regauge::http;
namespace wire = regauge::wire;
using http::EndStream;
using http::Framing;
using regauge::fuzz::check;
using regauge::fuzz::ConnectionEnd;
using Input = std::span<const std::uint8_t>;

constexpr std::string_view kOracle = "h1_connection";
constexpr std::string_view kText =
    "the quick brown fox jumps over the lazy dog; THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG. "
    "0123456789 the quick brown fox jumps over the lazy dog; THE QUICK BROWN FOX JUMPS OVER THE "
    "LAZY DOG. 0123456789 the quick brown fox jumps over the lazy dog; once more for the window.";

// What may get into the octets between the two ends.
constexpr std::array<std::string_view, 24> kStrangers = {
    "\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
    "0\r\n\r\n",
    "5\r\nhello\r\n",
    "G(T / HTTP/1.1\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\n\r\nuntil the end",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET / HT",
    "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    "HTTP/1.1 2"};

class Trace {
 public:
  explicit Trace(h1::Preset preset)
      : client_(http::Role::client, preset), server_(http::Role::server, preset) {}

  void run(Input trace) {
    std::size_t calls = 0;
    for (; trace.size() >= 2; trace = trace.subspan(2)) {
      step(trace[0], trace[1]);
      client_.check_state(++calls);
      server_.check_state(calls);
      check_exchange();
    }
    move(client_, server_, kAll);
    move(server_, client_, kAll);
    check_exchange();
  }

 private:
  static constexpr std::size_t kAll = std::size_t{1} << 20U;

  void step(std::uint8_t what, std::uint8_t how) {
    switch (what % 24) {
      case 0: open(how); break;
      case 1: send(client_, to_server_, how); break;
      case 2: send_trailers(client_, how); break;
      case 3: interim(how); break;
      case 4: answer(how); break;
      case 5: send(server_, to_client_, how); break;
      case 6: send_trailers(server_, how); break;
      case 7: move(client_, server_, how == 255 ? kAll : how + 1U); break;
      case 8: move(server_, client_, how == 255 ? kAll : how + 1U); break;
      case 9: release(how); break;
      case 10: end(how).consume(); break;
      case 11: cut(how); break;
      case 12: end_of_input(how); break;
      case 13: drain(how); break;
      case 14: server_.connection().accept_tunnel(server_.stream()); break;
      case 15: refuse(); break;
      case 16: look(how); break;
      case 17:
        strange_ = true;
        end(how).offer(kStrangers.at(how / 2U % kStrangers.size()));
        break;
      case 20: misuse(how); break;
      case 21: end(how).budget(how / 2U); break;
      case 22:
        strange_ = true;
        end(how).flood();
        break;
      default: move_both(); break;
    }
  }
  ConnectionEnd& end(std::uint8_t how) { return how % 2 == 0 ? client_ : server_; }

  static http::Content content_of(std::uint8_t how) {
    constexpr std::array<http::Content, 4> kContents{
        {{Framing::none, 0}, {Framing::length, 40}, {Framing::stream, 0}, {Framing::length, 0}}};
    return kContents.at(how % kContents.size());
  }
  void open(std::uint8_t how) {
    const std::array<http::FieldLine, 3> fields{{http::field_line("host", "a.test:1"),
                                                 http::field_line("connection", "upgrade"),
                                                 http::field_line("upgrade", "other")}};
    http::RequestHead head;
    head.method = http::method_of(how / 4 % 8 == 1   ? "HEAD"
                                  : how / 4 % 8 == 2 ? "CONNECT"
                                  : how / 4 % 8 == 3 ? "bad method"
                                                     : "POST");
    head.authority = "a.test:1";
    head.path = how / 4 % 8 == 2 ? "" : "/";
    head.content = how / 4 % 8 == 2 ? http::Content{} : content_of(how);
    head.fields = std::span(fields).first(how / 4 % 8 == 4 ? 3 : 1);
    const bool ends = head.content.framing == Framing::none;
    const auto stream = client_.connection().open(head, ends ? EndStream::yes : EndStream::no);
    if (!stream) return;
    client_.began(*stream);
    bodyless_ = head.method.id == http::MethodId::head;
  }
  void answer(std::uint8_t how) {
    constexpr std::array<std::uint16_t, 8> kStatus{200, 200, 404, 204, 304, 101, 407, 99};
    http::ResponseHead head;
    head.status = {kStatus.at(how / 4U % kStatus.size())};
    head.content = content_of(how);
    const std::array<http::FieldLine, 2> fields{
        {http::field_line("connection", "upgrade"), http::field_line("upgrade", "other")}};
    if (head.status.value == 101) head.fields = fields;
    const bool none = head.content.framing == Framing::none;
    const bool no_content = none || head.status.value == 204 || head.status.value == 304;
    (void)server_.connection().submit_head(server_.stream(), head,
                                           no_content ? EndStream::yes : EndStream::no);
  }
  void interim(std::uint8_t how) {
    http::ResponseHead head;
    head.status = {static_cast<std::uint16_t>(how % 2 == 0 ? 100 : 103)};
    (void)server_.connection().submit_interim(server_.stream(), head);
  }
  // Sends content and notes what the other end has to tell of it.
  void send(ConnectionEnd& from, std::string& sent, std::uint8_t how) {
    const std::string_view text = kText.substr(0, how);
    const auto slice = wire::Slice::of_static(wire::as_bytes(text));
    const bool ends = how % 4 == 3;
    const auto done = from.connection().submit_content(from.stream(), slice,
                                                       ends ? EndStream::yes : EndStream::no);
    if (done && !(&from == &server_ && bodyless_)) sent += text;
  }
  void send_trailers(ConnectionEnd& from, std::uint8_t how) {
    const std::array<http::FieldLine, 2> fields{
        {http::field_line("x-sum", "1"), http::field_line("bad name", "1")}};
    (void)from.connection().submit_trailers(from.stream(),
                                            std::span(fields).first(how % 8 == 0 ? 2 : 1));
  }
  static void move(ConnectionEnd& from, ConnectionEnd& to, std::size_t octets) {
    while (octets > 0) {
      const std::string text = from.written(octets);
      if (text.empty()) break;
      to.offer(text);
      octets -= text.size();
    }
    to.go_on();
  }
  void move_both() {
    for (int i = 0; i < 2; ++i) {
      move(client_, server_, kAll);
      move(server_, client_, kAll);
      client_.consume();
      server_.consume();
    }
  }
  void release(std::uint8_t how) {
    cut_ = true;  // an exchange that is not over is cut by it
    end(how).connection().release(end(how).stream());
  }
  void cut(std::uint8_t how) {
    cut_ = true;
    end(how).connection().reset(end(how).stream(), http::ErrorCode::cancel);
  }
  void end_of_input(std::uint8_t how) {
    cut_ = true;
    end(how).end_of_input(how % 4 < 2 ? http::Truncation::clean : http::Truncation::aborted);
  }
  void drain(std::uint8_t how) {
    cut_ = true;
    end(how).connection().drain({});
  }
  void refuse() {
    const auto stream = server_.connection().refuse_request();
    if (!stream) return;
    server_.began(*stream);
    strange_ = true;  // what is answered from now on answers no request of the client
  }
  // Calls that the role or the state of an end does not have: they are refused and do nothing.
  void misuse(std::uint8_t how) {
    h1::Connection& client = client_.connection();
    h1::Connection& server = server_.connection();
    const std::size_t queued = client_.queued() + server_.queued();
    const http::StreamId other{end(how).stream().value + 1U + how / 16U};
    http::ResponseHead head;
    head.status = {200};
    check(!server.open({}, EndStream::yes), kOracle, "a server opens nothing");
    check(!client.submit_head(client_.stream(), head, EndStream::yes) &&
              !client.submit_interim(client_.stream(), head) && !client.refuse_request(),
          kOracle, "a client answers nothing");
    h1::Connection& connection = end(how).connection();
    check(!connection.submit_head(other, head, EndStream::yes) &&
              !connection.submit_content(other, {}, EndStream::yes) &&
              !connection.submit_trailers(other, {}) && connection.writable(other) == 0,
          kOracle, "an exchange that is not there takes nothing");
    client.accept_tunnel(client_.stream());
    connection.accept_tunnel(other);
    connection.consume(other, 1);
    connection.reset(other, http::ErrorCode::cancel);
    connection.release(other);
    check(connection.writable(end(how).stream()) <= ConnectionEnd::kQueueBytesMax, kOracle,
          "no more is taken than the queue holds");
    check(client_.queued() + server_.queued() == queued, kOracle, "and nothing is written for it");
  }
  void look(std::uint8_t how) {
    h1::Connection& connection = end(how).connection();
    connection.ping();
    const h1::ExchangeFacts facts = connection.exchange_facts();
    check(!facts.reused || end(how).stream().value > 1, kOracle,
          "the first exchange reuses nothing");
    check(connection.open_slots() <= 1, kOracle, "one exchange at a time");
    check(connection.tolerated() >= connection.deviations().count(), kOracle,
          "each deviation was counted");
    connection.forget_events();
    connection.shrink();
  }
  // Without a stranger nothing is told that was not sent, in order; and no fault is found.
  void check_exchange() const {
    if (strange_) return;
    check(to_server_.starts_with(server_.content()), kOracle, "the server reads what was sent");
    check(to_client_.starts_with(client_.content()), kOracle, "the client reads what was sent");
    check(cut_ || (!client_.broken() && !server_.broken()), kOracle,
          "two ends of ours find no fault with each other");
  }

  ConnectionEnd client_;
  ConnectionEnd server_;
  std::string to_server_;
  std::string to_client_;
  bool strange_ = false;
  bool cut_ = false;
  bool bodyless_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const h1::Preset preset : {h1::Preset::strict, h1::Preset::maximal}) {
    Trace(preset).run({data, size});
  }
  return 0;
}
