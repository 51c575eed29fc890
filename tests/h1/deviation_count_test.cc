// What a connection says of all that it forgave: how often, and which rules.
#include <gtest/gtest.h>

#include "tests/h1/connection_host.h"

namespace regauge::h1 {
namespace {

constexpr http::StreamId kFirst{1};

DeviationSet set_of(std::initializer_list<Deviation> deviations) {
  DeviationSet set;
  for (const Deviation deviation : deviations) set.set(static_cast<std::size_t>(deviation));
  return set;
}

TEST(H1DeviationCount, a_lawful_connection_has_none) {
  ConnectionHost host(http::Role::server, Preset::maximal);
  host.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  answer(host, kFirst);
  EXPECT_EQ(host.connection().tolerated(), 0U);
  EXPECT_EQ(host.connection().deviations(), DeviationSet());
}

TEST(H1DeviationCount, requests_of_a_connection_add_up_and_stay_when_memory_is_given_back) {
  ConnectionHost host(http::Role::server, Preset::maximal);
  host.feed("GET  / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
  answer(host, kFirst);
  host.connection().shrink();
  host.feed("GET  /#x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(host.connection().tolerated(), 4U);
  EXPECT_EQ(host.connection().deviations(),
            set_of({Deviation::multiple_space_request_line, Deviation::duplicate_host,
                    Deviation::fragment_in_target}));
}

TEST(H1DeviationCount, what_is_met_behind_the_head_counts) {  // RFC 9110 §6.5.1, RFC 9112 §7.1.1
  ConnectionHost host(http::Role::server, Preset::maximal);
  host.feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\nx\r\n");
  EXPECT_EQ(host.connection().tolerated(), 0U) << "told with the next part";
  host.feed("0\r\nHost: a\r\n\r\n");
  EXPECT_EQ(host.connection().tolerated(), 2U);
  EXPECT_EQ(host.connection().deviations(),
            set_of({Deviation::chunk_size_trailing_ws, Deviation::forbidden_trailer_framing}));
}

TEST(H1DeviationCount, what_was_refused_is_not_among_what_was_forgiven) {
  ConnectionHost host(http::Role::server, Preset::maximal);
  host.feed("GET  / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
  EXPECT_EQ(host.events(), "violation:conflicting-host:400");
  EXPECT_EQ(host.connection().tolerated(), 1U);
  EXPECT_EQ(host.connection().deviations(), set_of({Deviation::multiple_space_request_line}));
}

TEST(H1DeviationCount, responses_interim_ones_among_them_count) {
  ConnectionHost host(http::Role::client, Preset::maximal);
  http::RequestHead head;
  head.method = http::method_of("GET");
  head.authority = "a";
  head.path = "/";
  ASSERT_TRUE(host.connection().open(head, http::EndStream::yes));
  host.feed("HTTP/1.1 103\r\n\r\nHTTP/1.1 200  OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(host.connection().tolerated(), 2U);
  EXPECT_EQ(host.connection().deviations(),
            set_of({Deviation::missing_reason_sp, Deviation::multiple_space_status_line}));
}

}  // namespace
}  // namespace regauge::h1
