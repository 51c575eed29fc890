// h1::Connection in the server role: violations, ends of input, tunnels, memory (RFC 9112 §8, §9).
#include <gtest/gtest.h>

#include "tests/h1/connection_host.h"

namespace regauge::h1 {
namespace {

using http::EndStream;
using http::ErrorCode;
using http::Framing;
using http::Refusal;
using http::Role;
using http::StreamId;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n";
constexpr StreamId kFirst{1};

// --- violations and ends of input ----------------------------------------------------------------

TEST(H1ServerEnd, a_violation_opens_a_stream_for_its_answer) {  // RFC 9112 §3, §9.6
  ConnectionHost host(Role::server);
  host.feed("GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\nGET /b HTTP/1.1\r\n");
  EXPECT_EQ(host.events(), "violation:non-token-field-name:400");
  EXPECT_TRUE(host.waiting().empty()) << "nothing is interpreted any more";
  answer(host, kFirst, 400);
  EXPECT_EQ(host.written(),
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  EXPECT_TRUE(host.demand().finish);
  host.end();
  EXPECT_TRUE(host.demand().close);
}

TEST(H1ServerEnd, a_violation_that_is_only_released_closes) {
  ConnectionHost host(Role::server);
  host.feed("\r\rGET / HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(host.events().empty());
  host.connection().release(kFirst);
  EXPECT_TRUE(host.demand().close);
  EXPECT_EQ(host.written(), "");
}

TEST(H1ServerEnd, a_violation_in_the_content_is_answered_if_nothing_was_yet) {
  ConnectionHost host(Role::server);
  host.feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  EXPECT_EQ(host.events(), "POST:/ violation:chunk-size-invalid:400");
  answer(host, kFirst, 400);
  EXPECT_NE(host.written().find("400"), std::string::npos);
  EXPECT_TRUE(host.demand().finish);
}

TEST(H1ServerEnd, a_violation_behind_a_begun_answer_cuts_it) {
  ConnectionHost host(Role::server);
  host.feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  auto& connection = host.connection();
  ASSERT_TRUE(connection.submit_head(kFirst, response(200, {Framing::stream, 0}), EndStream::no));
  host.feed("zz\r\n");
  EXPECT_EQ(host.events(),
            "POST:/ violation:chunk-size-invalid:400 reset:us:PROTOCOL_ERROR:chunk-size-invalid");
  EXPECT_TRUE(host.demand().abort);
  EXPECT_FALSE(host.written().contains("0\r\n\r\n"));
}

TEST(H1ServerEnd, a_cut_head_and_cut_content_are_violations) {  // RFC 9112 §8
  ConnectionHost head(Role::server);
  head.feed("GET / HTTP/1.1\r\nHost");
  head.end();
  EXPECT_EQ(head.events(), "violation:incomplete:400");
  answer(head, kFirst, 400);
  EXPECT_NE(head.written().find("400"), std::string::npos);
  EXPECT_TRUE(head.demand().close);
  ConnectionHost content(Role::server);
  content.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  content.end();
  EXPECT_EQ(content.events(), "POST:/ content:ab violation:truncated:400");
}

TEST(H1ServerEnd, a_clean_end_behind_a_request_lets_the_answer_be_written) {  // RFC 9112 §9.6
  ConnectionHost host(Role::server);
  host.feed(kGet);
  host.end();
  EXPECT_EQ(host.events(), "GET:/a end:stay");
  EXPECT_FALSE(host.demand().close);
  answer(host, kFirst);
  EXPECT_NE(host.written().find("connection: close"), std::string::npos);
  EXPECT_TRUE(host.demand().close);
  EXPECT_FALSE(host.demand().abort);
}

TEST(H1ServerEnd, a_clean_end_between_requests_closes) {
  ConnectionHost host(Role::server);
  host.end();
  EXPECT_EQ(host.events(), "closed:0");
  EXPECT_TRUE(host.demand().close);
  EXPECT_FALSE(host.demand().wants_read);
}

TEST(H1ServerEnd, an_answer_that_was_cut_never_looks_complete) {  // RFC 9112 §8
  for (const Framing framing : {Framing::stream, Framing::length}) {
    ConnectionHost host(Role::server);
    host.feed(kGet);
    auto& connection = host.connection();
    ASSERT_TRUE(connection.submit_head(kFirst, response(200, {framing, 12}), EndStream::no));
    ASSERT_TRUE(connection.submit_content(kFirst, slice("abc"), EndStream::no));
    connection.reset(kFirst, ErrorCode::internal_error);
    EXPECT_TRUE(host.demand().abort);
    EXPECT_FALSE(host.written().contains("0\r\n\r\n"));
    EXPECT_EQ(connection.submit_content(kFirst, slice("x"), EndStream::yes).error(),
              Refusal::unknown_stream);
  }
}

TEST(H1ServerEnd, a_released_exchange_that_is_not_over_is_cut) {
  ConnectionHost host(Role::server);
  host.feed(kGet);
  auto& connection = host.connection();
  ASSERT_TRUE(connection.submit_head(kFirst, response(200, {Framing::stream, 0}), EndStream::no));
  connection.release(kFirst);
  EXPECT_TRUE(host.demand().abort);
}

TEST(H1ServerEnd, refuse_request_answers_a_head_that_does_not_come) {  // RFC 9110 §15.5.9
  ConnectionHost host(Role::server);
  host.feed("GET / HTTP/1.1\r\nHo");
  const auto stream = host.connection().refuse_request();
  ASSERT_TRUE(stream);
  answer(host, *stream, 408);
  EXPECT_EQ(host.written(),
            "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  host.feed("st: a\r\n\r\n");
  EXPECT_EQ(host.events(), "");
  EXPECT_FALSE(host.connection().refuse_request());
}

// --- tunnels -------------------------------------------------------------------------------------

constexpr std::string_view kConnect = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n";

TEST(H1ServerEnd, connect_octets_wait_until_the_tunnel_is_accepted) {  // RFC 9110 §9.3.6
  ConnectionHost host(Role::server);
  host.feed(std::string(kConnect) + "early");
  EXPECT_EQ(host.events(), "CONNECT: end:stay");
  auto& connection = host.connection();
  connection.accept_tunnel(kFirst);
  EXPECT_FALSE(host.demand().wants_read) << "no 2xx was submitted yet";
  ASSERT_TRUE(connection.submit_head(kFirst, response(200), EndStream::no));
  connection.accept_tunnel(kFirst);
  host.go_on();
  host.feed(" late");
  EXPECT_EQ(host.events(), "content:early late");
  ASSERT_TRUE(connection.submit_content(kFirst, slice("down"), EndStream::no));
  EXPECT_EQ(host.written(), "HTTP/1.1 200 OK\r\n\r\ndown");
  host.end();
  EXPECT_EQ(host.events(), "end:close");
  EXPECT_FALSE(host.demand().close) << "the other direction lives";
  ASSERT_TRUE(connection.submit_content(kFirst, slice("last"), EndStream::yes));
  EXPECT_EQ(host.written(), "last");
  EXPECT_TRUE(host.demand().close);
  EXPECT_FALSE(host.demand().abort);
}

TEST(H1ServerEnd, a_tunnel_is_half_closed_by_its_end) {
  ConnectionHost host(Role::server);
  host.feed(kConnect);
  auto& connection = host.connection();
  ASSERT_TRUE(connection.submit_head(kFirst, response(200), EndStream::no));
  connection.accept_tunnel(kFirst);
  ASSERT_TRUE(connection.submit_content(kFirst, {}, EndStream::yes));
  host.written();
  EXPECT_TRUE(host.demand().finish);
  EXPECT_FALSE(host.demand().close);
  host.feed("more");
  host.end();
  EXPECT_EQ(host.events(), "CONNECT: end:stay content:more end:close closed:0");
  EXPECT_TRUE(host.demand().close);
}

TEST(H1ServerEnd, a_refused_connect_leaves_the_connection_usable) {
  ConnectionHost host(Role::server);
  host.feed(kConnect);
  answer(host, kFirst, 403);
  EXPECT_FALSE(host.demand().close);
  host.feed(kGet);
  EXPECT_EQ(host.events(), "CONNECT: end:stay GET:/a end:stay");
}

TEST(H1ServerEnd, protocols_are_switched_only_if_the_request_asked) {  // RFC 9110 §7.8
  http::ResponseHead head = response(101);
  const http::FieldLine upgrade = http::field_line("upgrade", "websocket");
  head.fields = {&upgrade, 1};
  ConnectionHost plain(Role::server);
  plain.feed(kGet);
  EXPECT_EQ(plain.connection().submit_head(kFirst, head, EndStream::no).error(),
            Refusal::wrong_state);
  ConnectionHost host(Role::server);
  host.feed("GET /c HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nx");
  ASSERT_TRUE(host.connection().submit_head(kFirst, head, EndStream::no));
  EXPECT_EQ(
      host.written(),
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n");
  host.connection().accept_tunnel(kFirst);
  host.go_on();
  EXPECT_EQ(host.events(), "GET:/c end:stay content:x");
}

TEST(H1ServerEnd, a_tunnel_that_is_cut_aborts) {
  ConnectionHost host(Role::server);
  host.feed(kConnect);
  ASSERT_TRUE(host.connection().submit_head(kFirst, response(200), EndStream::no));
  host.connection().accept_tunnel(kFirst);
  host.connection().reset(kFirst, ErrorCode::connect_error);
  EXPECT_TRUE(host.demand().abort);
}

TEST(H1ServerEnd, an_end_of_input_before_a_tunnel_is_accepted_is_told_behind_it) {
  ConnectionHost host(Role::server);
  host.feed(kConnect);
  host.end();
  EXPECT_EQ(host.events(), "CONNECT: end:stay");
  ASSERT_TRUE(host.connection().submit_head(kFirst, response(200), EndStream::no));
  host.connection().accept_tunnel(kFirst);
  EXPECT_TRUE(host.demand().deadline);
  host.go_on();
  EXPECT_EQ(host.events(), "end:close");
}

// --- memory --------------------------------------------------------------------------------------

TEST(H1ServerEnd, shrink_gives_everything_back_and_offsets_go_on) {
  ConnectionHost host(Role::server);
  host.feed(kGet);
  host.connection().shrink();
  answer(host, kFirst);
  host.written();
  const std::uint64_t work = host.connection().work().bytes_in;
  host.connection().shrink();
  EXPECT_EQ(host.connection().work().bytes_in, work);
  const wire::Slice octets = slice("GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n");
  const http::Batch batch = host.connection().receive({&octets, 1}, {}, {});
  ASSERT_EQ(batch.events.size(), 1U);
  EXPECT_EQ(batch.events[0].offset, kGet.size() + 25);
}

}  // namespace
}  // namespace regauge::h1
