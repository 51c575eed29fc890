// h1::Connection in the client role (RFC 9112 §9): answers, interim responses, reuse, tunnels.
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

constexpr StreamId kFirst{1};
constexpr StreamId kSecond{2};
constexpr std::string_view kNoContent = "HTTP/1.1 204 No Content\r\n\r\n";

http::RequestHead request(std::string_view method, http::Content content = {}) {
  http::RequestHead head;
  head.method = http::method_of(method);
  head.authority = "a.test";
  head.path = "/";
  head.content = content;
  return head;
}

StreamId open(ConnectionHost& host, std::string_view method = "GET") {
  const auto stream = host.connection().open(request(method), EndStream::yes);
  EXPECT_TRUE(stream);
  return stream.value_or(StreamId{});
}

// --- persistence and reuse -----------------------------------------------------------------------

TEST(H1Client, a_connection_is_used_again_behind_a_complete_answer) {  // RFC 9112 §9.3
  ConnectionHost host(Role::client);
  EXPECT_TRUE(host.connection().reusable());
  EXPECT_EQ(open(host), kFirst);
  EXPECT_EQ(host.written(), "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
  EXPECT_EQ(host.connection().open_slots(), 0U);
  host.feed("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(host.events(), "status:200 content:abc end:stay");
  EXPECT_FALSE(host.connection().reusable()) << "the handler still lives";
  host.connection().release(kFirst);
  EXPECT_EQ(host.connection().open_slots(), 1U);
  EXPECT_EQ(open(host), kSecond);
  EXPECT_TRUE(host.connection().exchange_facts().reused);
}

TEST(H1Client, one_exchange_is_open_at_a_time) {
  ConnectionHost host(Role::client);
  open(host);
  EXPECT_EQ(host.connection().open(request("GET"), EndStream::yes).error(), Refusal::stream_limit);
}

TEST(H1Client, what_closes_the_connection) {  // RFC 9112 §6.3, §9.3
  const std::string_view answers[] = {
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
  };
  for (const std::string_view octets : answers) {
    ConnectionHost host(Role::client);
    open(host);
    host.feed(octets);
    EXPECT_EQ(host.events(), "status:200 end:close closed:0");
    EXPECT_TRUE(host.demand().close);
    host.connection().release(kFirst);
    EXPECT_EQ(host.connection().open(request("GET"), EndStream::yes).error(), Refusal::going_away);
  }
  ConnectionHost old(Role::client);
  open(old);
  old.feed("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
  old.connection().release(kFirst);
  EXPECT_TRUE(old.connection().reusable());
}

TEST(H1Client, content_until_close_is_complete_only_by_a_clean_end) {  // RFC 9112 §6.3, §8
  ConnectionHost clean(Role::client);
  open(clean);
  clean.feed("HTTP/1.1 200 OK\r\n\r\nabc");
  EXPECT_EQ(clean.events(), "status:200 content:abc");
  clean.end();
  EXPECT_EQ(clean.events(), "end:close closed:0");
  ConnectionHost aborted(Role::client);
  open(aborted);
  aborted.feed("HTTP/1.1 200 OK\r\n\r\nabc");
  aborted.end(Truncation::aborted);
  EXPECT_EQ(aborted.events(), "status:200 content:abc reset:peer:CANCEL closed:0");
}

TEST(H1Client, octets_behind_an_answer_close_the_connection) {  // RFC 9112 §9.2
  ConnectionHost host(Role::client);
  open(host);
  host.feed(std::string(kNoContent) + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
  EXPECT_EQ(host.events(), "status:204 end:stay goaway:1 closed:0");
  EXPECT_TRUE(host.demand().close);
  host.connection().release(kFirst);
  EXPECT_FALSE(host.connection().reusable());
}

TEST(H1Client, octets_that_nobody_asked_for_close_an_idle_connection) {  // RFC 9112 §9.2
  ConnectionHost fresh(Role::client);
  fresh.feed("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(fresh.events(), "goaway:0 closed:0");
  ConnectionHost used(Role::client);
  open(used);
  used.feed(kNoContent);
  used.connection().release(kFirst);
  used.feed("HTTP/1.1 408 Request Timeout\r\n\r\n");
  EXPECT_TRUE(used.demand().close);
  EXPECT_FALSE(used.connection().reusable());
}

// Octets that were there before the request are no answer to it, whoever reads them when.
TEST(H1Client, octets_that_came_before_the_request_are_no_answer) {  // RFC 9112 §9.3
  ConnectionHost host(Role::client);
  open(host);
  const wire::Slice planted = slice("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const http::Batch batch = host.connection().receive({&planted, 1}, {}, {});
  ASSERT_EQ(batch.events.size(), 3U);
  EXPECT_EQ(batch.events[0].kind, http::EventKind::goaway);
  EXPECT_EQ(batch.events[0].count, 0U) << "no request was answered";
  EXPECT_EQ(batch.events[1].kind, http::EventKind::reset);
  EXPECT_EQ(batch.events[1].loss, http::Loss::goaway) << "the request may go elsewhere";
  EXPECT_EQ(batch.events[1].reached, http::Reached::nothing);
  EXPECT_EQ(batch.events[2].kind, http::EventKind::closed);
  EXPECT_EQ(host.written(), "") << "the request stays here";
  EXPECT_TRUE(host.demand().close);
}

TEST(H1Client, an_end_of_input_between_exchanges_closes) {
  ConnectionHost host(Role::client);
  open(host);
  host.feed(kNoContent);
  host.connection().release(kFirst);
  host.end();
  EXPECT_EQ(host.events(), "status:204 end:stay closed:0");
  EXPECT_FALSE(host.connection().reusable());
}

TEST(H1Client, drain_closes_at_once_if_idle_else_behind_the_answer) {
  ConnectionHost idle(Role::client);
  idle.connection().drain({});
  EXPECT_TRUE(idle.demand().close);
  ConnectionHost busy(Role::client);
  open(busy);
  busy.connection().drain({});
  EXPECT_FALSE(busy.demand().close);
  busy.feed(kNoContent);
  EXPECT_EQ(busy.events(), "status:204 end:close closed:0");
}

// --- answers -------------------------------------------------------------------------------------

TEST(H1Client, head_204_and_304_have_no_content_whatever_they_say) {  // RFC 9112 §6.3
  ConnectionHost host(Role::client, Preset::common);
  open(host, "HEAD");
  host.feed("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
  host.connection().release(kFirst);
  EXPECT_EQ(host.events(), "status:200 end:stay");
  open(host);
  host.feed("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n");
  EXPECT_EQ(host.events(), "status:304 end:stay");
}

TEST(H1Client, interim_responses_come_before_the_final_one) {  // RFC 9110 §15.2
  ConnectionHost host(Role::client);
  const std::string_view octets =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
  open(host);
  host.feed(octets);
  EXPECT_EQ(host.events(), "interim:100 interim:103 status:200 content:x end:stay");
  host.connection().release(kFirst);
  open(host);
  host.feed(octets, octet_by_octet());
  EXPECT_EQ(host.events(), "interim:100 interim:103 status:200 content:x end:stay");
}

TEST(H1Client, every_cut_gives_the_same_events) {
  const std::string_view octets =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n";
  for (std::uint64_t seed = 0; seed <= 8; ++seed) {
    ConnectionHost host(Role::client);
    open(host);
    host.feed(octets, seed == 0 ? octet_by_octet() : random_cuts(seed));
    EXPECT_EQ(host.events(), "status:200 content:abc trailers:x-sum end:stay");
  }
}

TEST(H1Client, notes_met_among_the_content_stand_with_the_end) {
  ConnectionHost host(Role::client, Preset::maximal);
  open(host);
  EXPECT_TRUE(host.written().starts_with("GET"));
  Connection& connection = host.connection();
  const wire::Slice octets =
      slice("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n");
  const http::Batch batch = connection.receive({&octets, 1}, {}, {});
  ASSERT_EQ(batch.events.size(), 3U);
  EXPECT_TRUE(batch.events[0].notes.empty());
  ASSERT_EQ(batch.events[2].notes.size(), 1U);
  EXPECT_EQ(batch.events[2].notes[0].rule->name, "chunk-size-trailing-ws");
}

TEST(H1Client, an_answer_before_the_end_of_the_request_waits_for_it) {  // RFC 9112 §9.3
  ConnectionHost host(Role::client);
  auto& connection = host.connection();
  ASSERT_TRUE(connection.open(request("POST", {Framing::length, 4}), EndStream::no));
  host.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(host.events(), "status:200 end:stay");
  EXPECT_FALSE(host.demand().close);
  ASSERT_TRUE(connection.submit_content(kFirst, slice("abcd"), EndStream::yes));
  connection.release(kFirst);
  EXPECT_TRUE(connection.reusable());
}

TEST(H1Client, an_exchange_given_up_before_the_request_ended_closes) {
  ConnectionHost host(Role::client);
  auto& connection = host.connection();
  ASSERT_TRUE(connection.open(request("POST", {Framing::stream, 0}), EndStream::no));
  EXPECT_TRUE(host.written().ends_with("\r\n\r\n"));
  host.feed("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(host.demand().close);
  connection.release(kFirst);
  EXPECT_TRUE(host.demand().close);
  EXPECT_EQ(host.written(), "") << "no last chunk";
}

TEST(H1Client, an_early_answer_that_closes_ends_the_request_too) {  // RFC 9112 §9.3
  ConnectionHost host(Role::client);
  auto& connection = host.connection();
  ASSERT_TRUE(connection.open(request("POST", {Framing::stream, 0}), EndStream::no));
  host.feed("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(host.demand().close);
  EXPECT_FALSE(host.demand().wants_write);
  EXPECT_EQ(connection.submit_content(kFirst, slice("x"), EndStream::no).error(),
            Refusal::unknown_stream);
}

// --- violations and ends of input ----------------------------------------------------------------

TEST(H1Client, a_violation_resets_the_exchange_and_closes) {
  ConnectionHost host(Role::client);
  open(host);
  host.feed("HTTP/1.1 2x0 OK\r\n\r\n");
  EXPECT_EQ(host.events(),
            "violation:bad-status-code:502 reset:us:PROTOCOL_ERROR:bad-status-code closed:0");
  EXPECT_TRUE(host.demand().close);
}

TEST(H1Client, truncation_resets_the_exchange) {  // RFC 9112 §8
  ConnectionHost head(Role::client);
  open(head);
  head.feed("HTTP/1.1 200");
  head.end();
  EXPECT_EQ(head.events(),
            "violation:incomplete:502 reset:peer:PROTOCOL_ERROR:incomplete closed:0");
  for (const std::string_view octets :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    ConnectionHost content(Role::client);
    open(content);
    content.feed(octets);
    content.end();
    EXPECT_EQ(content.events(),
              "status:200 content:abc violation:truncated:502 "
              "reset:peer:PROTOCOL_ERROR:truncated closed:0");
  }
}

TEST(H1Client, an_end_without_one_octet_of_an_answer_is_a_reset_that_breaks_no_rule) {
  ConnectionHost host(Role::client);
  open(host);
  const std::size_t octets = host.written().size();
  host.end();
  EXPECT_EQ(host.events(), "reset:peer:CANCEL closed:0");
  const ExchangeFacts facts = host.connection().exchange_facts();
  EXPECT_EQ(facts.request_octets_written, octets);
  EXPECT_FALSE(facts.response_octets_seen);
  EXPECT_FALSE(facts.reused);
}

TEST(H1Client, a_cut_request_is_not_ended) {
  ConnectionHost host(Role::client);
  auto& connection = host.connection();
  ASSERT_TRUE(connection.open(request("POST", {Framing::stream, 0}), EndStream::no));
  ASSERT_TRUE(connection.submit_content(kFirst, slice("abc"), EndStream::no));
  connection.reset(kFirst, ErrorCode::cancel);
  EXPECT_TRUE(host.demand().close);
  EXPECT_EQ(host.written(), "");
  EXPECT_EQ(connection.submit_content(kFirst, slice("x"), EndStream::yes).error(),
            Refusal::unknown_stream);
}

// --- tunnels -------------------------------------------------------------------------------------

TEST(H1Client, a_2xx_to_connect_opens_the_tunnel) {  // RFC 9110 §9.3.6
  ConnectionHost host(Role::client);
  http::RequestHead head = request("CONNECT");
  head.authority = "a.test:443";
  head.path = "";
  ASSERT_TRUE(host.connection().open(head, EndStream::no));
  host.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst");
  EXPECT_EQ(host.events(), "status:200 tunnel:1 content:first");
  host.written();
  ASSERT_TRUE(host.connection().submit_content(kFirst, slice("up"), EndStream::no));
  EXPECT_EQ(host.written(), "up");
  ASSERT_TRUE(host.connection().submit_content(kFirst, {}, EndStream::yes));
  EXPECT_TRUE(host.demand().finish);
  EXPECT_FALSE(host.demand().close);
  host.end();
  EXPECT_EQ(host.events(), "end:close closed:0");
}

TEST(H1Client, the_last_octets_of_a_tunnel_go_out_behind_the_peers_end) {  // RFC 9110 §9.3.6
  ConnectionHost host(Role::client);
  http::RequestHead head = request("CONNECT");
  head.authority = "a.test:443";
  head.path = "";
  ASSERT_TRUE(host.connection().open(head, EndStream::no));
  host.written();
  host.feed("HTTP/1.1 200 OK\r\n\r\n");
  host.end();
  ASSERT_TRUE(host.connection().submit_content(kFirst, slice("last"), EndStream::yes));
  host.connection().release(kFirst);
  EXPECT_TRUE(host.demand().close);
  EXPECT_EQ(host.written(), "last");
}

TEST(H1Client, another_status_to_connect_is_an_answer_like_any) {
  ConnectionHost host(Role::client);
  http::RequestHead head = request("CONNECT");
  head.authority = "a.test:443";
  head.path = "";
  ASSERT_TRUE(host.connection().open(head, EndStream::no));
  host.feed("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  EXPECT_EQ(host.events(), "status:403 content:no end:stay");
  host.connection().release(kFirst);
  EXPECT_TRUE(host.connection().reusable());
}

TEST(H1Client, protocols_are_switched_only_if_we_asked) {  // RFC 9110 §7.8
  const std::string_view answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nx";
  ConnectionHost plain(Role::client);
  open(plain);
  plain.feed(answer);
  EXPECT_TRUE(plain.events().starts_with("violation:unsolicited-101"));
  const http::FieldLine upgrade = http::field_line("upgrade", "websocket");
  http::RequestHead head = request("GET");
  head.fields = {&upgrade, 1};
  ConnectionHost asked(Role::client);
  ASSERT_TRUE(asked.connection().open(head, EndStream::yes));
  asked.feed(answer);
  EXPECT_EQ(asked.events(), "status:101 tunnel:1 content:x");
  EXPECT_TRUE(asked.connection().submit_content(kFirst, slice("up"), EndStream::no));
}

TEST(H1Client, a_switch_before_the_request_ended_is_refused) {  // RFC 9110 §7.8
  const http::FieldLine upgrade = http::field_line("upgrade", "websocket");
  http::RequestHead head = request("POST", {Framing::length, 5});
  head.fields = {&upgrade, 1};
  ConnectionHost host(Role::client);
  ASSERT_TRUE(host.connection().open(head, EndStream::no));
  host.feed("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
  EXPECT_TRUE(host.events().starts_with("violation:unsolicited-101"));
}

}  // namespace
}  // namespace regauge::h1
