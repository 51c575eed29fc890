// The account of what a peer makes us do (RFC 9113 §10.5), and live handlers.
#include "regauge/h2/ledger.h"

#include <gtest/gtest.h>

#include "tests/h2/connection_host.h"

namespace regauge::h2 {
namespace {

using http::Tick;
using Rules = std::vector<std::string>;

TEST(Ledger, is_full_at_the_start) {
  Ledger ledger;
  EXPECT_EQ(ledger.credits(), 4000U);
  EXPECT_EQ(ledger.standing(), Standing::good);
}

TEST(Ledger, goes_away_at_3000_spent_and_ends_at_4000) {
  Ledger ledger;
  ledger.charge(2999);
  EXPECT_EQ(ledger.standing(), Standing::good);
  ledger.charge(1);
  EXPECT_EQ(ledger.standing(), Standing::going_away);
  ledger.charge(999);
  EXPECT_EQ(ledger.standing(), Standing::going_away);
  ledger.charge(1);
  EXPECT_EQ(ledger.standing(), Standing::spent);
  ledger.charge(1000);
  EXPECT_EQ(ledger.credits(), 0U) << "there is no debt";
}

TEST(Ledger, earns_700_credits_a_second_whatever_the_steps) {
  Ledger once;
  Ledger often;
  for (Ledger* each : {&once, &often}) {
    each->advance(Tick{5});
    each->charge(3000);
  }
  once.advance(Tick{1005});
  for (std::uint64_t ms = 6; ms <= 1005; ++ms) often.advance(Tick{ms});
  EXPECT_EQ(once.credits(), 1700U);
  EXPECT_EQ(often.credits(), 1700U);
  once.advance(Tick{1000});
  EXPECT_EQ(once.credits(), 1700U) << "time does not go back";
  once.advance(Tick{~std::uint64_t{0}});
  EXPECT_EQ(once.credits(), 4000U) << "never above the capacity";
}

TEST(Ledger, refunds_fill_up_to_the_capacity) {
  Ledger ledger;
  ledger.charge(10);
  ledger.refund(100);
  EXPECT_EQ(ledger.credits(), 4000U);
  EXPECT_EQ(ledger.charged(), 10U);
  EXPECT_EQ(ledger.refunded(), 100U);
}

TEST(Ledger, small_content_costs_by_what_is_missing_to_256_octets) {
  EXPECT_EQ(credits::small_data(0), 5U);
  EXPECT_EQ(credits::small_data(1), 4U);
  EXPECT_EQ(credits::small_data(255), 1U);
  EXPECT_EQ(credits::small_data(256), 0U);
}

// What these frames cost a peer behind its preface.
std::uint64_t cost(const Frames& frames) {
  Host host;
  host.keep_content().offer(client_start());
  const auto before = host.connection().ledger().charged;
  host.offer(frames);
  EXPECT_TRUE(host.violations().empty());
  return host.connection().ledger().charged - before;
}

TEST(Charges, are_those_of_the_table) {
  const Frames post = Frames().headers(1, post_block(), EndStream::no);
  EXPECT_EQ(cost(Frames().headers(1, get_block())), 0U) << "a request is what we are here for";
  EXPECT_EQ(cost(Frames().ping()), 1U);
  EXPECT_EQ(cost(Frames().settings()), 2U);
  EXPECT_EQ(cost(Frames().settings({{SettingId::enable_push, 0},
                                    {SettingId::enable_push, 0},
                                    {SettingId::enable_push, 0},
                                    {SettingId::enable_push, 0}})),
            3U);
  EXPECT_EQ(cost(Frames().frame(FrameType::priority, 0, 1, "12345")), 1U);
  EXPECT_EQ(cost(Frames().priority_update(1, "u=1")), 1U);
  EXPECT_EQ(cost(Frames().frame(static_cast<FrameType>(0xee), 0, 0, "")), 1U);
  EXPECT_EQ(cost(Frames().window_update(0, 1)), 1U);
  EXPECT_EQ(cost(Frames(post).data(1, std::string(256, 'x'))), 0U);
  EXPECT_EQ(cost(Frames(post).data(1, "x")), 4U);
  EXPECT_EQ(cost(Frames(post).padded_data(1, "", 255)), 5U) << "padding is no content";
  EXPECT_EQ(cost(Frames(post).padded_data(1, std::string(256, 'x'), 1)), 0U);
  EXPECT_EQ(cost(Frames(post).data(1, "x", EndStream::yes)), 0U) << "the last one is never small";
  EXPECT_EQ(cost(Frames(post).rst_stream(1, ErrorCode::cancel)), 1U) << "before it was surfaced";
  const Frames block = Frames().headers(1, get_block(), EndStream::yes, EndHeaders::no);
  EXPECT_EQ(cost(Frames(block).continuation(1, "")), 2U) << "a short CONTINUATION";
}

TEST(Charges, a_reset_of_a_running_handler_costs_more) {
  Host host;
  host.offer(client_start().headers(1, post_block(), EndStream::no));
  const auto before = host.connection().ledger().charged;
  host.offer(Frames().rst_stream(1, ErrorCode::cancel));
  EXPECT_EQ(host.connection().ledger().charged - before, 4U);
}

TEST(Charges, our_reset_for_a_fault_of_the_peer_costs_as_much) {  // MadeYouReset
  Host host;
  host.offer(client_start().headers(1, post_block(), EndStream::no));
  const auto before = host.connection().ledger().charged;
  host.offer(Frames().window_update(1, kWindowMax));
  EXPECT_EQ(host.connection().ledger().charged - before, 1U + 4U);
}

TEST(Refunds, small_content_is_free_once_it_is_consumed) {
  Host host;
  host.keep_content();
  host.offer(client_start().headers(1, post_block(), EndStream::no).data(1, "x").data(1, "y"));
  const auto before = host.connection().ledger();
  host.connection().consume(StreamId{1}, 2);
  EXPECT_EQ(host.connection().ledger().refunded - before.refunded, 8U);
}

TEST(Refunds, small_content_that_is_consumed_with_delay_is_free_too) {
  Host host;
  host.keep_content();
  host.offer(client_start().headers(1, post_block(), EndStream::no).data(1, "x"));
  // The host is always one frame behind: it never holds nothing.
  for (int i = 0; i < 5'000; ++i) {
    host.offer(Frames().data(1, "y"));
    host.connection().consume(StreamId{1}, 1);
  }
  EXPECT_TRUE(host.violations().empty());
  const auto ledger = host.connection().ledger();
  EXPECT_LE(ledger.charged - ledger.refunded, 16U);
}

TEST(Refunds, frames_without_content_earn_nothing_back) {  // RFC 9113 §10.5
  Host host;
  host.keep_content();
  host.offer(client_start().headers(1, post_block(), EndStream::no));
  Frames frames;
  for (int i = 0; i < 100; ++i) frames.data(1, "");
  host.offer(frames.data(1, "x"));
  const auto before = host.connection().ledger();
  host.connection().consume(StreamId{1}, 1);
  EXPECT_EQ(host.connection().ledger().refunded - before.refunded, 4U)
      << "one octet must not pay for a flood of empty frames";
}

TEST(Charges, late_frames_cost_once_they_are_more_than_can_have_been_on_their_way) {
  const auto cost_of = [](const Frames& late, int count) {
    Host host;
    host.offer(client_start().headers(1, post_block(), EndStream::no));
    host.connection().reset(StreamId{1}, ErrorCode::cancel);
    const auto before = host.connection().ledger().charged;
    Frames frames;
    for (int i = 0; i < count; ++i) frames.append(late);
    host.offer(frames);
    EXPECT_TRUE(host.violations().empty());
    return host.connection().ledger().charged - before;
  };
  EXPECT_EQ(cost_of(Frames().data(1, std::string(1000, 'x')), 65), 0U) << "a window of content";
  EXPECT_EQ(cost_of(Frames().data(1, ""), 255), 0U);
  EXPECT_EQ(cost_of(Frames().data(1, ""), 1255), 1000U) << "a flood of empty frames";
  EXPECT_EQ(cost_of(Frames().data(1, "x"), 1255), 1000U);
  EXPECT_EQ(cost_of(Frames().headers(1, get_block()), 1255), 1000U);
  EXPECT_EQ(cost_of(Frames().rst_stream(1, ErrorCode::cancel), 1255), 1000U);
}

TEST(Charges, late_content_is_free_up_to_the_window_that_the_stream_had) {  // RFC 9113 §5.1
  Options options = Host::server_options();
  options.limits.stream_window_bytes = 1 << 20;
  options.limits.connection_window_bytes = 1 << 20;
  Host host(options);
  host.offer(client_start().headers(1, post_block(), EndStream::no));
  host.connection().reset(StreamId{1}, ErrorCode::cancel);
  const auto before = host.connection().ledger().charged;
  const Frames late = Frames().data(1, std::string(16'384, 'x'));
  for (int i = 0; i < 64; ++i) host.offer(late);
  EXPECT_EQ(host.connection().ledger().charged, before) << "a megabyte was granted";
  host.offer(late);
  EXPECT_EQ(host.connection().ledger().charged, before + 1);
}

TEST(ResetRing, is_looked_through_in_counted_steps) {  // the work laws
  Host host;
  host.offer(client_start().headers(1, post_block(), EndStream::no));
  host.connection().reset(StreamId{1}, ErrorCode::cancel);
  for (const Frames& late : {Frames().data(1, "x"), Frames().rst_stream(1, ErrorCode::cancel),
                             Frames().headers(1, Block().line("x", "1"))}) {
    const http::Work before = host.connection().work();
    host.offer(late);
    const http::Work after = host.connection().work();
    EXPECT_GE(after.steps - before.steps, 2 * ResetRing::kLookSteps);
    EXPECT_LE(after.total() - before.total(), 4 * (after.bytes_in - before.bytes_in) + 32);
  }
}

TEST(Charges, frames_on_a_closed_stream_cost_what_our_reset_does) {  // MadeYouReset
  Options options = Host::server_options();
  ASSERT_TRUE(options.policy.set(Violation::stream_closed_frame, Action::stream));
  Host host(options);
  host.offer(client_start().headers(1, get_block()));
  ASSERT_TRUE(host.respond(1, 200, EndStream::yes));
  host.flush().connection().release(StreamId{1});
  const auto before = host.connection().ledger().charged;
  host.offer(Frames().data(1, "x"));
  EXPECT_EQ(host.violations(), Rules{"stream-closed-frame"});
  EXPECT_EQ(host.connection().ledger().charged - before, 4U);
}

TEST(Refunds, a_complete_exchange_earns_8) {
  Host host;
  host.offer(client_start().headers(1, get_block()));
  ASSERT_TRUE(host.respond(1, 200, EndStream::no));
  ASSERT_TRUE(host.content(1, std::string(20'000, 'x'), EndStream::yes));
  host.flush();
  EXPECT_EQ(host.connection().ledger().refunded, 8U);
}

TEST(Refunds, each_data_frame_of_ours_pays_for_two_window_updates) {  // RFC 9113 §6.9
  Host host;
  host.offer(client_start().headers(1, get_block()));
  ASSERT_TRUE(host.respond(1, 200, EndStream::no));
  ASSERT_TRUE(host.content(1, std::string(20'000, 'x'), EndStream::no));
  host.flush();
  const auto before = host.connection().ledger();
  Frames updates;
  for (std::uint32_t i = 0; i < 5; ++i) updates.window_update(i % 2, 4'000);
  host.offer(updates);
  EXPECT_EQ(host.connection().ledger().charged - before.charged, 5U);
  EXPECT_EQ(host.connection().ledger().refunded - before.refunded, 4U) << "two frames went out";
}

TEST(Refunds, content_that_the_window_cut_into_crumbs_pays_for_nothing) {  // RFC 9113 §10.5
  // What a peer gets back that opens the window so far again and again.
  const auto refunded = [](std::uint32_t window) {
    Host host;
    host.offer(client_start().append(Frames().settings({{SettingId::initial_window_size, 0}})));
    host.offer(Frames().headers(1, get_block()));
    EXPECT_TRUE(host.respond(1, 200, EndStream::no));
    EXPECT_TRUE(host.content(1, std::string(30'000, 'x'), EndStream::no));
    const auto before = host.connection().ledger();
    for (int i = 0; i < 100; ++i) host.offer(Frames().window_update(1, window));
    EXPECT_EQ(host.frames(FrameType::data).size(), 100U);
    EXPECT_EQ(host.connection().ledger().charged - before.charged, 100U);
    return host.connection().ledger().refunded - before.refunded;
  };
  EXPECT_EQ(refunded(1), 0U);
  EXPECT_EQ(refunded(255), 0U);
  EXPECT_EQ(refunded(256), 99U) << "the first update came before any content";
}

TEST(Refunds, small_content_of_ours_that_the_window_did_not_cut_pays_all_the_same) {
  Host host;
  host.offer(client_start().headers(1, get_block()));
  host.at(1'000).turn();
  ASSERT_TRUE(host.respond(1, 200, EndStream::no));
  // Ten thousand events of a stream, read and credited at once: more than a full account.
  constexpr int kEvents = 10'000;
  Frames updates;
  for (int i = 0; i < kEvents; ++i) {
    ASSERT_TRUE(host.content(1, "event", EndStream::no));
    host.flush();
    if (i < 8'000) updates.window_update(0, 5).window_update(1, 5);
  }
  host.offer(updates);
  EXPECT_TRUE(host.violations().empty());
  EXPECT_TRUE(host.frames(FrameType::goaway).empty());
  EXPECT_EQ(host.connection().ledger().credits, Ledger::kCapacity);
}

TEST(Refunds, an_exchange_with_a_server_earns_as_much) {
  Host host(Host::client_options());
  host.open("GET", EndStream::yes);
  host.offer(server_start());
  const auto before = host.connection().ledger().refunded;
  host.offer(Frames().headers(1, status_block("204")));
  EXPECT_EQ(host.connection().ledger().refunded - before, 8U);
}

TEST(Charges, a_toleration_costs_once_a_message) {
  Options options = Host::server_options();
  options.policy = Policy::common();
  Host host(options);
  host.offer(client_start());
  const auto before = host.connection().ledger().charged;
  Block block = get_block();
  for (int i = 0; i < 100; ++i) block.line("X-Upper", "1").line("x-edge", " 1");
  host.offer(Frames().headers(1, block));
  EXPECT_EQ(host.connection().ledger().charged - before, 2U) << "two rules";
  EXPECT_EQ(host.connection().tolerated(), 200U);
}

TEST(Account, goaway_comes_first_and_streams_that_live_go_on) {
  Host host;
  host.offer(client_start().headers(1, post_block(), EndStream::no));
  Frames pings;
  for (int i = 0; i < 3100; ++i) pings.ping();
  host.offer(pings);
  const auto goaways = host.frames(FrameType::goaway);
  ASSERT_EQ(goaways.size(), 1U);
  EXPECT_EQ(goaways[0].number(0), 1U);
  EXPECT_EQ(goaways[0].number(4), static_cast<std::uint32_t>(ErrorCode::no_error));
  host.offer(Frames().data(1, "x", EndStream::yes).headers(3, get_block()));
  EXPECT_EQ(host.content_of(1), "x");
  EXPECT_EQ(host.of_kind(EventKind::head).size(), 1U) << "a stream behind GOAWAY is ignored";
  EXPECT_TRUE(host.violations().empty());
}

TEST(Account, says_nothing_behind_the_error_that_ended_the_connection) {  // RFC 9113 §6.8
  Host host;
  host.keep_content().offer(client_start());
  // 2 for SETTINGS, 5 for each frame, 1 for the PING: the bad SETTINGS below spend the 3,000th.
  Frames empty = Frames().headers(1, post_block(), EndStream::no);
  for (int i = 0; i < 599; ++i) empty.data(1, "");
  host.offer(empty).offer(Frames().ping());
  EXPECT_EQ(host.connection().ledger().credits, 1002U);
  host.offer(Frames().settings({{SettingId::enable_push, 5}}));
  const auto goaways = host.frames(FrameType::goaway);
  ASSERT_EQ(goaways.size(), 1U);
  EXPECT_EQ(goaways[0].payload, Frames::number(1, 4) + Frames::number(1, 4));
}

TEST(Account, is_the_same_for_the_same_octets_and_ticks) {
  Frames frames = client_start();
  for (int i = 0; i < 100; ++i) frames.ping().window_update(0, 1);
  std::vector<std::uint64_t> charged;
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{10'000}}) {
    Host host;
    host.offer_in_pieces(frames, size);
    charged.push_back(host.connection().ledger().charged);
  }
  EXPECT_EQ(charged[0], charged[1]);
  EXPECT_EQ(charged[1], charged[2]);
}

TEST(LiveHandlers, are_counted_until_the_host_releases_them) {  // RFC 9113 §10.5
  Options options = Host::server_options();
  options.limits.live_handlers_max = 2;
  Host host(options);
  host.offer(client_start().headers(1, get_block()).headers(3, get_block()));
  EXPECT_EQ(host.connection().ledger().live_handlers, 2U);
  host.offer(Frames().rst_stream(1, ErrorCode::cancel).rst_stream(3, ErrorCode::cancel));
  EXPECT_EQ(host.connection().open_streams(), 0U);
  EXPECT_EQ(host.connection().ledger().live_handlers, 2U) << "the protocol does not know";
  host.offer(Frames().headers(5, get_block()));
  EXPECT_EQ(host.violations(), Rules{"live-handlers"});
  host.connection().release(StreamId{1});
  host.offer(Frames().headers(7, get_block()));
  EXPECT_EQ(host.of_kind(EventKind::head).back().stream, 7U);
  EXPECT_EQ(host.connection().ledger().live_handlers, 2U);
}

TEST(LiveHandlers, of_complete_exchanges_count_until_release_too) {
  Host host;
  host.offer(client_start().headers(1, get_block()));
  ASSERT_TRUE(host.respond(1, 200, EndStream::yes));
  host.flush();
  EXPECT_EQ(host.connection().ledger().live_handlers, 1U);
  host.connection().release(StreamId{1});
  host.connection().release(StreamId{1});
  EXPECT_EQ(host.connection().ledger().live_handlers, 0U);
}

}  // namespace
}  // namespace regauge::h2
