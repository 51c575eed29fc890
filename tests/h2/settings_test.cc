// SETTINGS: parameters, their order and their acknowledgment (RFC 9113 §6.5; RFC 8441 §3).
#include "regauge/h2/settings.h"

#include <gtest/gtest.h>

#include "tests/h2/connection_host.h"

namespace regauge::h2 {
namespace {

using S = SettingId;

std::optional<Violation> judged(S id, std::uint32_t value, http::Role peer = http::Role::client) {
  return check_setting({id, value}, peer);
}

TEST(Settings, have_the_first_values_of_the_rfc) {  // RFC 9113 §6.5.2
  const Settings first;
  EXPECT_EQ(first.header_table_size, 4096U);
  EXPECT_EQ(first.enable_push, 1U);
  EXPECT_EQ(first.max_concurrent_streams, kUnlimited);
  EXPECT_EQ(first.initial_window_size, 65535U);
  EXPECT_EQ(first.max_frame_size, 16384U);
  EXPECT_EQ(first.max_header_list_size, kUnlimited);
  EXPECT_EQ(first.enable_connect_protocol, 0U);
}

TEST(Settings, values_at_the_bounds_are_valid_and_those_behind_are_not) {  // RFC 9113 §6.5.2
  EXPECT_FALSE(judged(S::enable_push, 1));
  EXPECT_EQ(judged(S::enable_push, 2), Violation::settings_enable_push_invalid);
  EXPECT_FALSE(judged(S::enable_push, 0, http::Role::server));
  EXPECT_EQ(judged(S::enable_push, 1, http::Role::server),
            Violation::settings_enable_push_from_server);
  EXPECT_FALSE(judged(S::initial_window_size, 0));
  EXPECT_FALSE(judged(S::initial_window_size, 0x7fffffff));
  EXPECT_EQ(judged(S::initial_window_size, 0x80000000),
            Violation::settings_initial_window_too_large);
  EXPECT_EQ(judged(S::max_frame_size, 16383), Violation::settings_max_frame_size_range);
  EXPECT_FALSE(judged(S::max_frame_size, 16384));
  EXPECT_FALSE(judged(S::max_frame_size, 16777215));
  EXPECT_EQ(judged(S::max_frame_size, 16777216), Violation::settings_max_frame_size_range);
  EXPECT_FALSE(judged(S::enable_connect_protocol, 1));
  EXPECT_EQ(judged(S::enable_connect_protocol, 2), Violation::settings_enable_connect_invalid);
  EXPECT_FALSE(judged(S::no_rfc7540_priorities, 1));
  EXPECT_EQ(judged(S::no_rfc7540_priorities, 2), Violation::settings_no_rfc7540_priorities_invalid);
  for (const S any : {S::header_table_size, S::max_concurrent_streams, S::max_header_list_size}) {
    EXPECT_FALSE(judged(any, 0));
    EXPECT_FALSE(judged(any, kUnlimited));
  }
}

TEST(Settings, unknown_parameters_are_ignored) {  // RFC 9113 §6.5.2
  Host host;
  host.offer(client_start().settings({{static_cast<S>(0xfafa), 7}, {S::max_frame_size, 20'000}}));
  EXPECT_TRUE(host.violations().empty());
  EXPECT_EQ(host.connection().peer_settings().max_frame_size, 20'000U);
}

TEST(Settings, entries_apply_in_order_and_the_last_wins) {  // RFC 9113 §6.5.3
  Host host;
  host.offer(
      client_start().settings({{S::max_concurrent_streams, 1}, {S::max_concurrent_streams, 2}}));
  EXPECT_EQ(host.connection().peer_settings().max_concurrent_streams, 2U);
}

TEST(Settings, a_value_in_between_counts) {  // RFC 9113 §6.9.2
  Host host;
  host.offer(client_start()
                 .headers(1, get_block())
                 .window_update(1, kWindowMax - kInitialWindow)
                 .settings({{S::initial_window_size, 70'000}, {S::initial_window_size, 1}}));
  EXPECT_EQ(host.violations(),
            std::vector<std::string>{"settings-initial-window-overflows-stream"});
}

TEST(Settings, each_frame_is_acknowledged_once) {  // RFC 9113 §6.5.3
  Host host;
  host.offer(client_start().settings().settings({{S::enable_push, 0}}));
  std::size_t acks = 0;
  for (const WrittenFrame& each : host.frames(FrameType::settings)) {
    if (!each.header.has(Flag::ack)) continue;
    ++acks;
    EXPECT_EQ(each.header.length, 0U);
  }
  EXPECT_EQ(acks, 3U);
}

TEST(Settings, an_acknowledgment_that_is_due_is_lawful_and_a_second_is_not) {  // RFC 9113 §6.5.3
  Host host;
  host.offer(client_start().settings_ack());
  EXPECT_TRUE(host.violations().empty());
  host.offer(Frames().settings_ack());
  EXPECT_EQ(host.violations(), std::vector<std::string>{"settings-ack-unsolicited"});
}

TEST(Settings, ours_say_what_differs_from_the_first_values) {  // RFC 9113 §3.4
  Options options = Host::server_options();
  options.limits.streams_max = 7;
  options.limits.stream_window_bytes = 1000;
  Host host(options);
  host.flush();
  const auto frames = host.frames();
  ASSERT_EQ(frames.front().header.type, FrameType::settings);
  const SettingsEntries entries(wire::as_bytes(frames.front().payload));
  Settings told;
  for (std::size_t i = 0; i < entries.size(); ++i) apply_setting(entries.at(i), told);
  EXPECT_EQ(told.max_concurrent_streams, 7U);
  EXPECT_EQ(told.initial_window_size, 1000U);
  EXPECT_EQ(told.enable_connect_protocol, 1U);
  EXPECT_EQ(told.header_table_size, 4096U);
}

TEST(Settings, a_client_offers_no_push_unless_it_is_told_to) {  // RFC 9113 §6.5.2
  for (const Offer push : {Offer::no, Offer::yes}) {
    Options options = Host::client_options();
    options.push = push;
    Host host(options);
    host.flush();
    Settings told;
    const std::string payload = host.frames().front().payload;
    const SettingsEntries entries(wire::as_bytes(payload));
    for (std::size_t i = 0; i < entries.size(); ++i) apply_setting(entries.at(i), told);
    EXPECT_EQ(told.enable_push, push == Offer::yes ? 1U : 0U);
  }
}

TEST(Settings, our_window_holds_for_the_peer_from_its_acknowledgment_on) {  // RFC 9113 §6.5.3
  Options options = Host::server_options();
  options.limits.stream_window_bytes = 10;
  const Frames post = Frames().headers(1, post_block(), EndStream::no);
  Host before(options);
  before.offer(client_start().append(post).data(1, std::string(11, 'x')));
  EXPECT_TRUE(before.violations().empty()) << "the peer cannot know yet";
  Host after(options);
  after.offer(client_start().settings_ack().append(post).data(1, std::string(11, 'x')));
  EXPECT_EQ(after.violations(), std::vector<std::string>{"flow-control-stream-window"});
}

TEST(Settings, a_window_that_became_negative_still_takes_empty_data) {  // RFC 9113 §6.9.1, §6.9.2
  Options options = Host::server_options();
  options.limits.stream_window_bytes = 10;
  Host host(options);
  host.offer(client_start()
                 .headers(1, post_block(), EndStream::no)
                 .data(1, std::string(11, 'x'))
                 .settings_ack()
                 .data(1, "", EndStream::yes)
                 .headers(3, post_block(), EndStream::no)
                 .data(3, std::string(10, 'x'))
                 .data(3, "x"));
  EXPECT_EQ(host.of_kind(EventKind::end).size(), 1U);
  EXPECT_EQ(host.content_of(1).size(), 11U);
  EXPECT_EQ(host.violations(), std::vector<std::string>{"flow-control-stream-window"})
      << "of stream 3 alone";
  EXPECT_EQ(host.first(EventKind::violation).stream, 3U);
}

TEST(Settings, a_smaller_table_has_to_be_confirmed_in_the_next_block) {  // RFC 9113 §4.3.1
  Options options = Host::server_options();
  options.limits.decoder_table_bytes_max = 100;
  const Frames start = client_start().settings_ack();
  const auto violations = [&](const Block& block) {
    Host host(options);
    host.offer(Frames(start).headers(1, block));
    return host.violations();
  };
  Block confirmed = Block().size_update(100);
  Block lower = Block().size_update(0).size_update(100);
  Block above = Block().size_update(101);
  for (Block* block : {&confirmed, &lower, &above}) {
    block->line(":method", "GET")
        .line(":scheme", "https")
        .line(":path", "/")
        .line(":authority", "a");
  }
  EXPECT_TRUE(violations(confirmed).empty());
  EXPECT_TRUE(violations(lower).empty());
  EXPECT_EQ(violations(above), std::vector<std::string>{"hpack-size-update-too-large"});
  EXPECT_EQ(violations(get_block()), std::vector<std::string>{"hpack-size-update-missing"});
}

TEST(Settings, acknowledged_late_still_apply_where_that_is_tolerated) {  // RFC 9113 §6.5.3
  Options options = Host::server_options();
  options.settings_ack_ms = 1'000;
  options.limits.decoder_table_bytes_max = 16'384;
  ASSERT_TRUE(options.policy.set(Violation::settings_ack_timeout, Action::ignore));
  Host host(options);
  host.offer(client_start()).at(2'000).turn().at(3'000).turn();
  const std::vector<std::string> once{"settings-ack-timeout"};
  EXPECT_EQ(host.tolerated(), once);
  host.offer(Frames().settings_ack().headers(
      1, Block().size_update(8'192).indexed(2).indexed(6).indexed(4).line(":authority", "a.test")));
  EXPECT_EQ(host.tolerated(), once) << "it is the acknowledgment of our SETTINGS, not one too many";
  EXPECT_TRUE(host.violations().empty()) << "the peer uses the larger table that we offered";
  EXPECT_EQ(host.of_kind(EventKind::head).size(), 1U);
}

}  // namespace
}  // namespace regauge::h2
