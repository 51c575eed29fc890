// h1::Connection in the server role (RFC 9112 §9): exchanges, persistence, early answers, tunnels.
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
using http::Truncation;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n";
constexpr StreamId kFirst{1};
constexpr StreamId kSecond{2};

// --- persistence ---------------------------------------------------------------------------------

TEST(H1Server, a_connection_persists_by_default) {  // RFC 9112 §9.3
  ConnectionHost host(Role::server);
  host.feed(kGet);
  EXPECT_EQ(host.events(), "GET:/a end:stay");
  answer(host, kFirst);
  EXPECT_EQ(host.written(), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_FALSE(host.demand().close);
  EXPECT_TRUE(host.demand().drained);
  host.feed(kGet);
  answer(host, kSecond, 304);
  EXPECT_EQ(host.written(), "HTTP/1.1 304 Not Modified\r\n\r\n");
  EXPECT_FALSE(host.demand().close);
}

TEST(H1Server, reads_no_further_request_while_its_answers_are_unread) {  // RFC 9112 §9.3.2
  ConnectionOptions options = options_for(Role::server, Preset::strict);
  options.limits.queued_output_bytes_max = 60;  // two answers of 27 octets, not three
  ConnectionHost host(options);
  host.feed(std::string(kGet) + std::string(kGet) + std::string(kGet) + std::string(kGet));
  for (const std::uint32_t stream : {1U, 2U, 3U}) {
    EXPECT_EQ(host.events(), "GET:/a end:stay");
    answer(host, StreamId{stream});
    host.go_on();
  }
  EXPECT_EQ(host.events(), "");
  EXPECT_FALSE(host.demand().wants_read);
  EXPECT_EQ(host.waiting(), kGet);
  EXPECT_EQ(host.written().size(), 3U * 27U);
  EXPECT_TRUE(host.demand().wants_read);
  host.go_on();
  EXPECT_EQ(host.events(), "GET:/a end:stay");
}

TEST(H1Server, the_close_option_closes_behind_the_answer) {  // RFC 9112 §9.6
  ConnectionHost host(Role::server);
  host.feed("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(host.events(), "GET:/ end:close");
  EXPECT_FALSE(host.demand().close);
  answer(host, kFirst);
  EXPECT_EQ(host.written(), "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
  EXPECT_TRUE(host.demand().close);
  EXPECT_FALSE(host.demand().abort);
  EXPECT_FALSE(host.demand().wants_read);
}

TEST(H1Server, http_1_0_persists_only_with_keep_alive) {  // RFC 9112 §9.3
  ConnectionHost closing(Role::server);
  closing.feed("GET / HTTP/1.0\r\n\r\n");
  answer(closing, kFirst);
  EXPECT_TRUE(closing.demand().close);
  ConnectionHost staying(Role::server);
  staying.feed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  answer(staying, kFirst);
  EXPECT_EQ(staying.written(), "HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\n\r\n");
  EXPECT_FALSE(staying.demand().close);
}

TEST(H1Server, unknown_length_toward_1_0_ends_with_the_connection) {  // RFC 9112 §6.3
  ConnectionHost host(Role::server);
  host.feed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto& connection = host.connection();
  ASSERT_TRUE(connection.submit_head(kFirst, response(200, {Framing::stream, 0}), EndStream::no));
  ASSERT_TRUE(connection.submit_content(kFirst, slice("data"), EndStream::yes));
  connection.release(kFirst);
  EXPECT_EQ(host.written(), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\ndata");
  EXPECT_TRUE(host.demand().close);
}

TEST(H1Server, http_0_9_gets_content_only_and_a_close) {  // RFC 1945 §4.1
  ConnectionHost host(Role::server, Preset::maximal);
  host.feed("GET /old\r\n");
  EXPECT_EQ(host.events(), "GET:/old end:close");
  auto& connection = host.connection();
  ASSERT_TRUE(connection.submit_head(kFirst, response(200, {Framing::length, 4}), EndStream::no));
  ASSERT_TRUE(connection.submit_content(kFirst, slice("data"), EndStream::yes));
  EXPECT_EQ(host.written(), "data");
  EXPECT_TRUE(host.demand().close);
}

TEST(H1Server, drain_closes_an_idle_connection_that_was_used) {  // RFC 9112 §9.5
  ConnectionHost fresh(Role::server);
  fresh.connection().drain({});
  EXPECT_FALSE(fresh.demand().close) << "its first request may be under way";
  fresh.feed(kGet);
  answer(fresh, kFirst);
  EXPECT_NE(fresh.written().find("connection: close"), std::string::npos);
  EXPECT_TRUE(fresh.demand().close);
  ConnectionHost used(Role::server);
  used.feed(kGet);
  answer(used, kFirst);
  used.connection().drain({});
  EXPECT_TRUE(used.demand().close);
}

TEST(H1Server, drain_lets_an_answer_that_promised_to_stay_end_first) {
  ConnectionHost host(Role::server);
  host.feed(kGet);
  auto& connection = host.connection();
  ASSERT_TRUE(connection.submit_head(kFirst, response(200, {Framing::length, 2}), EndStream::no));
  connection.drain({});
  EXPECT_FALSE(host.demand().close);
  ASSERT_TRUE(connection.submit_content(kFirst, slice("ab"), EndStream::yes));
  connection.release(kFirst);
  EXPECT_TRUE(host.written().ends_with("\r\n\r\nab"));
  EXPECT_TRUE(host.demand().close);
}

// --- pipelining ----------------------------------------------------------------------------------

TEST(H1Server, a_pipelined_request_waits_for_its_turn) {  // RFC 9112 §9.3.2
  ConnectionHost host(Role::server);
  host.feed(std::string(kGet) + "GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(host.events(), "GET:/a end:stay");
  EXPECT_FALSE(host.demand().wants_read);
  EXPECT_FALSE(host.waiting().empty());
  EXPECT_TRUE(host.connection().submit_head(kFirst, response(204), EndStream::yes));
  EXPECT_FALSE(host.demand().wants_read) << "the handler still lives";
  host.connection().release(kFirst);
  EXPECT_TRUE(host.demand().wants_read);
  host.go_on();
  EXPECT_EQ(host.events(), "GET:/b end:stay");
  answer(host, kSecond);
  EXPECT_EQ(host.written(), "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
}

TEST(H1Server, input_goes_on_to_be_read_while_an_answer_is_awaited) {
  ConnectionHost host(Role::server);
  host.feed(kGet);
  EXPECT_TRUE(host.demand().wants_read) << "else nobody sees that the client has gone";
  host.end(Truncation::aborted);
  EXPECT_EQ(host.events(), "GET:/a end:stay reset:peer:CANCEL closed:0");
}

TEST(H1Server, what_follows_a_closing_request_is_discarded) {  // RFC 9112 §9.6
  ConnectionHost host(Role::server);
  host.feed("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\n");
  answer(host, kFirst);
  EXPECT_TRUE(host.demand().finish) << "unread octets: closing now could reset the answer";
  EXPECT_FALSE(host.demand().close);
  host.go_on();
  EXPECT_TRUE(host.waiting().empty());
  EXPECT_EQ(host.events(), "GET:/ end:close");
  host.end();
  EXPECT_TRUE(host.demand().close);
}

// --- content -------------------------------------------------------------------------------------

TEST(H1Server, every_cut_gives_the_same_events) {
  const std::string_view octets =
      "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Sum: 1\r\n\r\n";
  for (std::uint64_t seed = 0; seed <= 8; ++seed) {
    ConnectionHost host(Role::server);
    host.feed(octets, seed == 0 ? octet_by_octet() : random_cuts(seed));
    EXPECT_EQ(host.events(), "POST:/p content:abcdefg trailers:x-sum end:stay");
    answer(host, kFirst);
    host.written();
    EXPECT_TRUE(host.demand().drained);
  }
}

TEST(H1Server, the_last_event_before_an_end_says_so) {
  const ConnectionOptions options = options_for(Role::server, Preset::strict);
  Connection connection(options);
  const wire::Slice octets = slice("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
  const http::Batch batch = connection.receive({&octets, 1}, {}, {});
  ASSERT_EQ(batch.events.size(), 3U);
  EXPECT_EQ(batch.events[0].end_stream, EndStream::no);
  EXPECT_EQ(batch.events[1].end_stream, EndStream::yes);
  EXPECT_EQ(batch.events[2].kind, http::EventKind::end);
}

TEST(H1Server, content_is_a_slice_of_the_slab_that_was_read) {
  const ConnectionOptions options = options_for(Role::server, Preset::strict);
  Connection connection(options);
  const wire::Slice octets = slice("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
  const http::Batch batch = connection.receive({&octets, 1}, {}, {});
  EXPECT_EQ(batch.events[1].content.slab(), octets.slab());
  connection.forget_events();
  EXPECT_TRUE(octets.slab()->unique());
}

TEST(H1Server, content_stops_at_the_window_until_it_is_consumed) {
  ConnectionOptions options = options_for(Role::server, Preset::strict);
  options.limits.stream_window_bytes = 100;
  ConnectionHost host(options);
  host.credit = Credit::by_hand;
  host.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 250\r\n\r\n" + std::string(250, 'x'));
  EXPECT_FALSE(host.demand().wants_read);
  EXPECT_EQ(host.waiting().size(), 150U);
  host.connection().consume(kFirst, 100);
  EXPECT_TRUE(host.demand().wants_read);
  host.go_on();
  EXPECT_EQ(host.waiting().size(), 50U);
  host.connection().consume(kFirst, 100);
  host.go_on();
  EXPECT_EQ(host.events(), "POST:/ content:" + std::string(250, 'x') + " end:stay");
}

TEST(H1Server, the_budget_ends_a_turn_without_losing_octets) {
  ConnectionHost host(Role::server);
  host.budget.bytes = 7;
  host.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n" + std::string(20, 'x'));
  EXPECT_EQ(host.events(), "POST:/ content:" + std::string(20, 'x') + " end:stay");
}

// --- answers -------------------------------------------------------------------------------------

TEST(H1Server, head_is_answered_without_content) {  // RFC 9110 §9.3.2
  ConnectionHost host(Role::server);
  host.feed("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(
      host.connection().submit_head(kFirst, response(200, {Framing::length, 10}), EndStream::yes));
  EXPECT_EQ(host.written(), "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n");
  host.connection().release(kFirst);
  EXPECT_TRUE(host.demand().drained);
}

TEST(H1Server, expect_100_continue_is_the_hosts_to_answer) {  // RFC 9110 §10.1.1
  ConnectionHost host(Role::server);
  host.feed("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(host.events(), "PUT:/");
  EXPECT_TRUE(host.connection().submit_interim(kFirst, response(100)));
  EXPECT_EQ(host.written(), "HTTP/1.1 100 Continue\r\n\r\n");
  host.feed("ab");
  EXPECT_EQ(host.events(), "content:ab end:stay");
  answer(host, kFirst);
  EXPECT_FALSE(host.demand().close);
}

TEST(H1Server, http_1_0_gets_no_interim_response) {  // RFC 9110 §15.2
  ConnectionHost host(Role::server);
  host.feed("GET / HTTP/1.0\r\n\r\n");
  const auto sent = host.connection().submit_interim(kFirst, response(103));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error(), Refusal::not_supported);
}

TEST(H1Server, trailers_end_a_chunked_answer) {  // RFC 9112 §7.1.2
  ConnectionHost host(Role::server);
  host.feed(kGet);
  auto& connection = host.connection();
  ASSERT_TRUE(connection.submit_head(kFirst, response(200, {Framing::stream, 0}), EndStream::no));
  ASSERT_TRUE(connection.submit_content(kFirst, slice("abc"), EndStream::no));
  const http::FieldLine sum = http::field_line("x-sum", "1");
  ASSERT_TRUE(connection.submit_trailers(kFirst, {&sum, 1}));
  connection.release(kFirst);
  EXPECT_EQ(
      host.written(),
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n");
  EXPECT_TRUE(host.demand().drained);
}

TEST(H1Server, an_early_answer_closes_and_lingers) {  // RFC 9112 §9.3, §9.6
  ConnectionHost host(Role::server);
  host.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
  EXPECT_EQ(host.events(), "POST:/ content:abc");
  answer(host, kFirst, 413);
  EXPECT_EQ(host.written(),
            "HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  EXPECT_TRUE(host.demand().finish);
  EXPECT_FALSE(host.demand().close);
  EXPECT_TRUE(host.demand().wants_read);
  host.feed(std::string(97, 'x') + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(host.events(), "") << "the rest is discarded";
  EXPECT_TRUE(host.waiting().empty());
  host.end();
  EXPECT_TRUE(host.demand().close);
  EXPECT_EQ(host.events(), "closed:0");
}

TEST(H1Server, a_lingering_close_does_not_last_for_ever) {
  ConnectionHost host(Role::server);
  host.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n");
  answer(host, kFirst, 413);
  const std::string mebibyte(1U << 20U, 'x');
  for (int i = 0; i < 15; ++i) host.feed(mebibyte);
  EXPECT_FALSE(host.demand().close);
  host.feed(mebibyte);
  EXPECT_TRUE(host.demand().close);
}

TEST(H1Server, an_answer_begun_early_lets_the_request_end) {
  ConnectionHost host(Role::server);
  host.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
  auto& connection = host.connection();
  ASSERT_TRUE(connection.submit_head(kFirst, response(200, {Framing::length, 2}), EndStream::no));
  host.feed("cd");
  EXPECT_EQ(host.events(), "POST:/ content:abcd end:stay");
  ASSERT_TRUE(connection.submit_content(kFirst, slice("ok"), EndStream::yes));
  connection.release(kFirst);
  EXPECT_NE(host.written().find("connection: close"), std::string::npos);
  EXPECT_TRUE(host.demand().close) << "the peer was told so";
}

TEST(H1Server, content_beyond_the_queue_waits_for_a_window_event) {
  ConnectionOptions options = options_for(Role::server, Preset::strict);
  options.limits.stream_queue_bytes_max = 1000;
  ConnectionHost host(options);
  host.feed(kGet);
  auto& connection = host.connection();
  ASSERT_TRUE(
      connection.submit_head(kFirst, response(200, {Framing::length, 2000}), EndStream::no));
  ASSERT_TRUE(connection.submit_content(kFirst, slice(std::string(900, 'x')), EndStream::no));
  EXPECT_LT(connection.writable(kFirst), 100U);
  const auto sent = connection.submit_content(kFirst, slice(std::string(900, 'x')), EndStream::no);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error(), Refusal::queue_full);
  EXPECT_FALSE(host.demand().deadline);
  EXPECT_FALSE(host.written().empty());
  EXPECT_EQ(connection.writable(kFirst), 1000U);
  EXPECT_TRUE(host.demand().deadline) << "the window event is owed";
  host.events();
  host.go_on();
  EXPECT_EQ(host.events(), "window:1");
}

TEST(H1Server, calls_out_of_order_are_refused) {
  ConnectionHost host(Role::server);
  auto& connection = host.connection();
  EXPECT_EQ(connection.submit_head(kFirst, response(200), EndStream::yes).error(),
            Refusal::unknown_stream);
  EXPECT_EQ(connection.open({}, EndStream::yes).error(), Refusal::wrong_state);
  host.feed(kGet);
  EXPECT_EQ(connection.submit_content(kFirst, slice("x"), EndStream::no).error(),
            Refusal::wrong_state);
  EXPECT_EQ(connection.submit_head(kSecond, response(200), EndStream::yes).error(),
            Refusal::unknown_stream);
  ASSERT_TRUE(connection.submit_head(kFirst, response(200), EndStream::yes));
  EXPECT_EQ(connection.submit_head(kFirst, response(200), EndStream::yes).error(),
            Refusal::wrong_state);
  EXPECT_EQ(connection.submit_interim(kFirst, response(103)).error(), Refusal::wrong_state);
}

TEST(H1Server, interim_responses_end_where_nobody_reads) {  // RFC 9110 §15.2
  ConnectionOptions options = options_for(Role::server, Preset::strict);
  options.limits.queued_output_bytes_max = 400;
  ConnectionHost host(options);
  host.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  std::size_t sent = 0;
  while (sent < 100 && host.connection().submit_interim(kFirst, response(103))) ++sent;
  EXPECT_GT(sent, 5U);
  EXPECT_LT(sent, 50U) << "400 octets are reached by less than fifty heads";
  EXPECT_EQ(host.connection().submit_interim(kFirst, response(103)).error(), Refusal::queue_full);
  host.written();
  EXPECT_TRUE(host.connection().submit_interim(kFirst, response(103)));
  EXPECT_TRUE(host.connection().submit_head(kFirst, response(204), EndStream::yes));
}

}  // namespace
}  // namespace regauge::h1
