// GOAWAY in both directions, PING and the end of the input (RFC 9113 §5.2.2, §6.7, §6.8).
#include <gtest/gtest.h>

#include "tests/h2/connection_host.h"

namespace regauge::h2 {
namespace {

using Rules = std::vector<std::string>;

TEST(Drain, tells_no_bound_first_and_the_last_stream_behind_the_ping) {  // RFC 9113 §6.8
  Host host;
  host.offer(client_start().headers(1, get_block()));
  host.connection().drain(http::Tick{1});
  host.flush();
  ASSERT_EQ(host.frames(FrameType::goaway).size(), 1U);
  EXPECT_EQ(host.frames(FrameType::goaway)[0].number(0), kStreamIdMax);
  const auto pings = host.frames(FrameType::ping);
  ASSERT_EQ(pings.size(), 1U);
  // What the client opened before it read the first GOAWAY is served.
  host.offer(Frames().headers(3, get_block()).ping_ack(pings[0].payload));
  ASSERT_EQ(host.frames(FrameType::goaway).size(), 2U);
  EXPECT_EQ(host.frames(FrameType::goaway)[1].number(0), 3U);
  EXPECT_EQ(host.frames(FrameType::goaway)[1].number(4), 0U);
  host.offer(Frames().headers(5, get_block()));
  EXPECT_EQ(host.of_kind(EventKind::head).size(), 2U);
  EXPECT_TRUE(host.violations().empty());
}

TEST(Drain, does_not_wait_for_ever_for_the_ping) {
  Host host;
  host.offer(client_start());
  host.connection().drain(http::Tick{1});
  EXPECT_TRUE(host.connection().demand(http::Tick{1}).deadline.has_value());
  host.at(5000).turn();
  EXPECT_EQ(host.frames(FrameType::goaway).size(), 2U);
}

TEST(Drain, keeps_the_table_and_the_window_for_ignored_streams) {  // RFC 9113 §6.8
  Host host;
  host.offer(client_start().headers(1, post_block(), EndStream::no));
  host.connection().drain(http::Tick{1});
  host.flush().at(5000).turn().forget();
  host.offer(Frames().headers(3, get_block().insert("x-new", "1"), EndStream::no));
  for (int i = 0; i < 10; ++i) host.offer(Frames().data(3, std::string(16384, 'x')));
  host.offer(Frames().headers(1, Block().indexed(62)));
  EXPECT_TRUE(host.violations().empty());
  EXPECT_EQ(host.first(EventKind::trailers).fields, (FieldTexts{{"x-new", "1"}}));
}

TEST(Drain, closes_when_the_last_stream_ended) {
  Host host;
  host.offer(client_start().headers(1, get_block()));
  host.connection().drain(http::Tick{1});
  host.flush().at(5000).turn();
  EXPECT_FALSE(host.connection().demand(http::Tick{5000}).close);
  ASSERT_TRUE(host.respond(1, 200, EndStream::yes));
  host.flush();
  EXPECT_TRUE(host.connection().demand(http::Tick{5000}).close);
}

TEST(Goaway, of_a_server_gives_back_what_it_has_not_touched) {  // RFC 9113 §6.8
  Host host(Host::client_options());
  host.open("GET", EndStream::yes);
  host.open("GET", EndStream::yes);
  host.offer(server_start().goaway(1).headers(1, status_block("200")));
  EXPECT_EQ(host.first(EventKind::goaway).count, 1U);
  const SeenEvent reset = host.first(EventKind::reset);
  EXPECT_EQ(reset.stream, 3U);
  EXPECT_EQ(reset.code, ErrorCode::refused_stream) << "it may be sent elsewhere";
  EXPECT_EQ(host.first(EventKind::head).stream, 1U);
  EXPECT_EQ(host.open("GET", EndStream::yes), http::kConnectionStream) << "no stream any more";
  EXPECT_TRUE(host.connection().demand(http::Tick{1}).close);
}

TEST(Goaway, may_lower_the_last_stream_and_not_raise_it) {  // RFC 9113 §6.8
  const auto rules = [](const Policy& policy, std::uint32_t first, std::uint32_t second) {
    Options options = Host::client_options();
    options.policy = policy;
    Host host(options);
    for (int i = 0; i < 3; ++i) host.open("GET", EndStream::yes);
    host.offer(server_start().goaway(first).goaway(second));
    std::string resets;
    for (const SeenEvent& each : host.of_kind(EventKind::reset)) {
      resets += std::to_string(each.stream);
    }
    return (host.violations().empty() ? "" : host.violations()[0] + " ") + resets;
  };
  EXPECT_EQ(rules(Policy::strict(), kStreamIdMax, 1), "35");
  EXPECT_EQ(rules(Policy::common(), 1, 5), "35") << "the lower one holds";
  EXPECT_TRUE(rules(Policy::strict(), 1, 5).starts_with("goaway-last-id-increased"));
}

TEST(Goaway, of_an_error_is_told_with_its_code_even_if_unknown) {  // RFC 9113 §7
  Host host;
  host.offer(client_start().goaway(0, static_cast<ErrorCode>(0xff)));
  EXPECT_EQ(static_cast<std::uint32_t>(host.first(EventKind::goaway).code), 0xffU);
  EXPECT_TRUE(host.violations().empty());
}

TEST(Ping, is_answered_with_the_same_octets) {  // RFC 9113 §6.7
  Host host;
  host.offer(client_start().ping("ab\x01\xff%&/("));
  EXPECT_EQ(host.frames(FrameType::ping).at(0).payload, "ab\x01\xff%&/(");
  host.offer(Frames().ping("12345678"));
  const auto pings = host.frames(FrameType::ping);
  ASSERT_EQ(pings.back().payload, "12345678");
  EXPECT_TRUE(pings.back().header.has(Flag::ack));
}

TEST(Ping, of_ours_is_one_at_a_time) {
  Host host;
  host.offer(client_start());
  host.connection().ping();
  host.connection().ping();
  host.flush();
  const auto pings = host.frames(FrameType::ping);
  ASSERT_EQ(pings.size(), 1U);
  EXPECT_TRUE(host.connection().ping_outstanding());
  host.offer(Frames().ping_ack(pings[0].payload));
  EXPECT_FALSE(host.connection().ping_outstanding());
  EXPECT_TRUE(host.tolerated().empty());
}

TEST(Replies, that_the_peer_does_not_read_stop_the_reading) {  // RFC 9113 §10.5
  Host host;
  host.offer(client_start());
  Frames pings;
  for (int i = 0; i < 300; ++i) pings.ping();
  host.block_output().offer(pings);
  EXPECT_FALSE(host.connection().demand(http::Tick{1}).wants_read);
  EXPECT_TRUE(host.connection().demand(http::Tick{1}).deadline.has_value());
  host.flush();
  EXPECT_LE(host.frames(FrameType::ping).size(), 101U);
  EXPECT_TRUE(host.connection().demand(http::Tick{1}).wants_read) << "it goes on when they went";
  host.at(60'000).turn();
  EXPECT_TRUE(host.violations().empty());
}

TEST(EndOfInput, resets_every_message_that_is_not_complete) {  // RFC 9113 §8.1
  Host host;
  host.offer(
      client_start().headers(1, get_block()).headers(3, post_block(), EndStream::no).data(3, "x"));
  host.end();
  const auto resets = host.of_kind(EventKind::reset);
  ASSERT_EQ(resets.size(), 1U);
  EXPECT_EQ(resets[0].stream, 3U) << "a complete request can still be answered";
  EXPECT_TRUE(host.respond(1, 200, EndStream::yes));
  Host aborted;
  aborted.offer(client_start().headers(1, get_block())).end(http::Truncation::aborted);
  EXPECT_EQ(aborted.of_kind(EventKind::reset).size(), 1U);
}

TEST(EndOfInput, of_a_server_never_completes_a_response) {  // RFC 9113 §8.1
  Host host(Host::client_options());
  host.open("GET", EndStream::yes);
  host.offer(server_start().headers(1, status_block("200"), EndStream::no).data(1, "x"));
  host.end();
  EXPECT_TRUE(host.of_kind(EventKind::end).empty());
  EXPECT_EQ(host.of_kind(EventKind::reset).size(), 1U);
}

TEST(Failure, ends_every_stream_and_takes_nothing_more) {  // RFC 9113 §5.4.1
  Host host;
  host.offer(client_start().headers(1, post_block(), EndStream::no));
  host.offer(Frames().ping("short").headers(3, get_block()));
  const SeenEvent reset = host.first(EventKind::reset);
  EXPECT_EQ(reset.by, http::By::us);
  EXPECT_EQ(reset.code, ErrorCode::frame_size_error);
  EXPECT_EQ(host.of_kind(EventKind::head).size(), 1U);
  const auto goaways = host.frames(FrameType::goaway);
  ASSERT_EQ(goaways.size(), 1U);
  EXPECT_EQ(goaways[0].number(0), 1U);
  host.offer(Frames().headers(5, get_block()));
  EXPECT_EQ(host.of_kind(EventKind::head).size(), 1U);
  EXPECT_TRUE(host.connection().demand(http::Tick{1}).close);
}

}  // namespace
}  // namespace regauge::h2
