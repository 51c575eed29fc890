// Flow control of what is received (RFC 9113 §5.2, §6.9).
#include "regauge/h2/flow_window.h"

#include <gtest/gtest.h>

#include "tests/h2/connection_host.h"

namespace regauge::h2 {
namespace {

using Rules = std::vector<std::string>;

TEST(FlowWindow, is_a_difference_to_a_base) {  // RFC 9113 §6.9.2
  FlowWindow window;
  EXPECT_EQ(window.left(65535), 65535);
  window.take(65535);
  EXPECT_EQ(window.left(65535), 0);
  EXPECT_EQ(window.left(16384), -49151) << "a smaller base makes it negative";
  EXPECT_TRUE(window.put(100, 16384));
  EXPECT_EQ(window.left(16384), -49051);
}

TEST(FlowWindow, does_not_grow_above_31_bits) {  // RFC 9113 §6.9.1
  FlowWindow window;
  EXPECT_TRUE(window.put(kWindowMax - 65535, 65535));
  EXPECT_EQ(window.left(65535), kWindowMax);
  EXPECT_FALSE(window.put(1, 65535));
  EXPECT_EQ(window.left(65535), kWindowMax) << "a refused increment changes nothing";
}

TEST(ReceiveWindow, is_granted_again_by_halves) {
  ReceiveWindow window;
  window.window.take(100);
  window.credit = 49;
  EXPECT_FALSE(window.due(100));
  window.credit = 50;
  EXPECT_TRUE(window.due(100));
  EXPECT_EQ(window.grant(), 50U);
  EXPECT_EQ(window.window.delta(), -50);
  EXPECT_FALSE(window.due(0)) << "nothing to grant";
}

Frames post_with(std::string_view content, EndStream end = EndStream::no) {
  return client_start().headers(1, post_block(), EndStream::no).data(1, content, end);
}

std::uint32_t granted(const Host& host, std::uint32_t stream) {
  std::uint32_t octets = 0;
  for (const WrittenFrame& each : host.frames(FrameType::window_update)) {
    if (each.header.stream.value == stream) octets += each.number();
  }
  return octets;
}

TEST(FlowControl, credit_moves_only_by_consume) {  // RFC 9113 §5.2.2
  Host host;
  host.keep_content();
  Frames frames = post_with(std::string(16384, 'x'));
  for (int i = 0; i < 2; ++i) frames.data(1, std::string(16384, 'x'));
  host.offer(frames);
  EXPECT_EQ(granted(host, 0) + granted(host, 1), 0U);
  host.connection().consume(StreamId{1}, 3 * 16384);
  host.flush();
  EXPECT_EQ(granted(host, 0), 3U * 16384U);
  EXPECT_EQ(granted(host, 1), 3U * 16384U);
}

TEST(FlowControl, more_than_was_held_gives_no_more_credit) {
  Host host;
  host.keep_content();
  host.offer(post_with(std::string(16384, 'x')).data(1, std::string(16384, 'x')));
  host.connection().consume(StreamId{1}, 1U << 30U);
  host.flush();
  EXPECT_LE(granted(host, 0), 32768U);
}

TEST(FlowControl, padding_counts_and_comes_back_at_once) {  // RFC 9113 §6.1, §6.9.1
  Host host;
  host.keep_content();
  Frames frames = client_start().headers(1, post_block(), EndStream::no);
  for (int i = 0; i < 200; ++i) frames.padded_data(1, "", 255);
  host.offer(frames);
  EXPECT_TRUE(host.violations().empty());
  EXPECT_GE(granted(host, 0), 32768U);
  EXPECT_GE(granted(host, 1), 32768U);
  EXPECT_EQ(host.content_of(1), "");
}

TEST(FlowControl, one_octet_above_a_window_is_an_error) {  // RFC 9113 §6.9.1
  const auto rules_at = [](std::size_t last) {
    Host host;
    host.keep_content();
    Frames frames = client_start().headers(1, post_block(), EndStream::no);
    for (int i = 0; i < 3; ++i) frames.data(1, std::string(16384, 'x'));
    host.offer(frames.data(1, std::string(last, 'x')));
    return host.violations();
  };
  EXPECT_EQ(rules_at(16383), Rules()) << "65535 octets";
  EXPECT_EQ(rules_at(16384), Rules{"flow-control-connection-window"});
}

TEST(FlowControl, content_of_a_dead_stream_is_credited_to_the_connection) {  // RFC 9113 §5.1
  Host host;
  host.keep_content();
  host.offer(client_start().headers(1, post_block(), EndStream::no));
  host.connection().reset(StreamId{1}, ErrorCode::cancel);
  for (int i = 0; i < 10; ++i) host.offer(Frames().data(1, std::string(16384, 'x')));
  EXPECT_TRUE(host.violations().empty()) << "160 kB passed a window of 64 kB";
  EXPECT_EQ(granted(host, 1), 0U);
}

TEST(FlowControl, what_the_host_did_not_consume_comes_back_with_the_release) {
  Host host;
  host.keep_content();
  Frames frames = post_with(std::string(16384, 'x'));
  for (int i = 0; i < 2; ++i) frames.data(1, std::string(16384, 'x'));
  host.offer(frames);
  host.connection().release(StreamId{1});
  host.flush();
  EXPECT_EQ(granted(host, 0), 3U * 16384U);
}

TEST(FlowControl, the_window_of_the_connection_is_opened_at_the_start) {  // RFC 9113 §6.9.2
  Options options = Host::server_options();
  options.limits.connection_window_bytes = 1'000'000;
  Host host(options);
  host.flush();
  EXPECT_EQ(granted(host, 0), 1'000'000U - 65535U);
}

TEST(FlowControl, an_increment_of_the_connection_is_checked_too) {  // RFC 9113 §6.9
  const auto first = [](std::uint32_t increment) {
    Host host;
    host.offer(client_start().window_update(0, increment));
    return host.first(EventKind::violation);
  };
  EXPECT_EQ(first(0).rule, "window-update-zero");
  EXPECT_EQ(first(0).scope, http::Scope::connection);
  EXPECT_EQ(first(kWindowMax).rule, "window-update-overflow");
  EXPECT_EQ(first(kWindowMax).code, ErrorCode::flow_control_error);
  EXPECT_EQ(first(kWindowMax - kInitialWindow).rule, "");
}

}  // namespace
}  // namespace regauge::h2
