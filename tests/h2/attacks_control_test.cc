// Floods of frames that ask for little work each (RFC 9113 §10.5; CVE-2019-9512, 9513, 9515). Every
// flood is sent one by one and at once: after exactly so many frames as the credits pay for comes
// GOAWAY, and then the end (ledger.h).
#include <gtest/gtest.h>

#include "tests/h2/attack.h"

namespace regauge::h2 {
namespace {

using Rules = std::vector<std::string>;

std::unique_ptr<Host> server() { return server_host(); }

// A server that has a stream of the client behind it which ended lawfully.
std::unique_ptr<Host> server_with_closed_stream() {
  auto host = server_host();
  host->offer(Frames().headers(1, get_block()));
  EXPECT_TRUE(host->respond(1, 200, EndStream::yes));
  host->flush().connection().release(StreamId{1});
  return host;
}

std::unique_ptr<Host> tolerant_server() {
  Options options = Host::server_options();
  options.policy = Policy::maximal();
  auto host = server_host(options);
  host->offer(Frames().settings_ack());
  return host;
}

TEST(PingFlood, costs_a_credit_each) {  // CVE-2019-9512
  expect_flood_is_bounded(server, always(Frames().ping()), credits::kControlFrame);
}

TEST(PingFlood, of_a_peer_that_reads_nothing_is_not_read_either) {  // RFC 9113 §10.5
  const auto host = server();
  host->block_output();
  const FloodEnd end = flood_at_once(*host, always(Frames().ping()), 1'000);
  EXPECT_EQ(end.charged, http::Limits().queued_replies_max);
  EXPECT_FALSE(host->connection().demand(http::Tick{1'000}).wants_read);
  EXPECT_LE(host->connection().queued_octets(), 17U * (http::Limits().queued_replies_max + 1));
  host->at(11'001).turn();
  EXPECT_EQ(host->violations(), Rules{"reply-queue-stalled"});
}

TEST(PingFlood, of_acknowledgments_costs_two_credits_each) {  // RFC 9113 §6.7
  expect_flood_is_bounded(server, always(Frames().ping_ack("12345678")),
                          credits::kControlFrame + 1);
}

TEST(SettingsFlood, costs_two_credits_each) {  // CVE-2019-9515
  expect_flood_is_bounded(server, always(Frames().settings()), credits::kSettings);
}

TEST(SettingsFlood, costs_by_its_entries) {
  std::string payload;
  for (std::uint32_t i = 0; i < http::Limits().settings_entries_max; ++i) {
    payload += Frames::number(0xeeee, 2) + Frames::number(i, 4);
  }
  const Frames settings = Frames().frame(FrameType::settings, 0, 0, payload);
  expect_flood_is_bounded(server, always(settings), credits::kSettings + 32 / 4);
  const auto host = server();
  payload += Frames::number(0xeeee, 2) + Frames::number(0, 4);
  host->offer(Frames().frame(FrameType::settings, 0, 0, payload));
  EXPECT_EQ(host->violations(), Rules{"settings-entries"});
}

TEST(SettingsFlood, of_acknowledgments_ends_the_connection_or_costs_two_credits_each) {
  const auto host = server();
  host->offer(Frames().settings_ack().settings_ack());
  EXPECT_EQ(host->violations(), Rules{"settings-ack-unsolicited"});
  expect_flood_is_bounded(tolerant_server, always(Frames().settings_ack()),
                          credits::kControlFrame + 1);
}

TEST(PriorityFlood, costs_a_credit_each) {  // CVE-2019-9513
  const Unit priority = [](std::uint32_t i) {
    return Frames().frame(FrameType::priority, 0, client_stream(i), "12345");
  };
  expect_flood_is_bounded(server, priority, credits::kControlFrame);
}

TEST(PriorityFlood, of_updates_costs_a_credit_each) {  // RFC 9218 §13
  const Unit update = [](std::uint32_t i) {
    return Frames().priority_update(client_stream(i % 90), i % 2 == 0 ? "u=0, i" : "u=7");
  };
  expect_flood_is_bounded(server, update, credits::kControlFrame);
}

TEST(PriorityFlood, of_streams_without_end_ends_the_connection) {  // RFC 9218 §7.1
  const auto host = server();
  for (std::uint32_t i = 0; i <= http::Limits().streams_max; ++i) {
    host->offer(Frames().priority_update(client_stream(i), "u=0"));
  }
  EXPECT_EQ(host->violations(), Rules{"priority-update-idle-streams"});
}

TEST(UnknownFrameFlood, costs_a_credit_each_whatever_its_length) {  // RFC 9113 §5.5
  const auto type = static_cast<FrameType>(0xee);
  expect_flood_is_bounded(server, always(Frames().frame(type, 0, 0, "")), credits::kControlFrame);
  expect_flood_is_bounded(server, always(Frames().frame(type, 0, 1, std::string(1'000, 'x'))),
                          credits::kControlFrame);
  expect_flood_is_bounded(server, always(Frames().frame(FrameType::altsvc, 0, 0, "a")),
                          credits::kControlFrame);
}

TEST(WindowUpdateFlood, costs_a_credit_each_on_whatever_stream) {  // RFC 9113 §6.9
  const auto update = [](std::uint32_t stream) {
    return always(Frames().window_update(stream, 1));
  };
  expect_flood_is_bounded(server, update(0), credits::kWindowUpdate);
  expect_flood_is_bounded(server_with_upload, update(1), credits::kWindowUpdate);
  expect_flood_is_bounded(server_with_closed_stream, update(1), credits::kWindowUpdate);
}

TEST(WindowChurn, costs_what_the_streams_that_it_wakes_do) {  // RFC 9113 §6.9.2
  const auto host = server();
  constexpr std::uint32_t kStreams = 96;
  for (std::uint32_t i = 0; i < kStreams; ++i) {
    host->offer(Frames().headers(client_stream(i), get_block()));
    ASSERT_TRUE(host->respond(client_stream(i), 200, EndStream::no));
  }
  host->offer(Frames().settings({{SettingId::initial_window_size, 0}}));
  for (std::uint32_t i = 0; i < kStreams; ++i) {
    ASSERT_TRUE(host->content(client_stream(i), std::string(10'000, 'x'), EndStream::no));
  }
  // One octet more for each stream, and back again: a hundred frames of DATA for 30 octets.
  const Unit churn = [](std::uint32_t i) {
    return Frames().settings({{SettingId::initial_window_size, i + 1}}).window_update(0, kStreams);
  };
  const std::uint64_t steps = host->connection().work().steps;
  const FloodEnd end = flood(*host, churn, 2'000);
  EXPECT_GT(end.calm, 0U);
  EXPECT_LE(end.calm, 4'000 / (credits::kSettings + kStreams / credits::kStreamsEach) + 1);
  EXPECT_GE(host->connection().work().steps - steps, std::uint64_t{end.calm} * kStreams)
      << "what is walked is counted";
}

TEST(WindowChurn, of_a_window_that_holds_nothing_up_costs_what_settings_do) {
  const auto host = server();
  for (std::uint32_t i = 0; i < 90; ++i) {
    host->offer(Frames().headers(client_stream(i), post_block(), EndStream::no));
  }
  const Unit churn = [](std::uint32_t i) {
    return Frames().settings({{SettingId::initial_window_size, i % 2 == 0 ? 0 : kInitialWindow}});
  };
  const FloodEnd end = flood(*host, churn, 2'000);
  EXPECT_EQ(end.calm, 4'000U / credits::kSettings);
}

TEST(TableChurn, by_settings_leaves_two_size_updates_in_the_next_block) {  // RFC 7541 §4.2
  const auto host = server();
  host->offer(Frames().headers(1, get_block()).headers(3, get_block()));
  ASSERT_TRUE(host->respond(1, 200, EndStream::yes));
  host->flush().forget();
  const Unit churn = [](std::uint32_t i) {
    return Frames().settings({{SettingId::header_table_size, i % 2 == 0 ? 0 : 4'096}});
  };
  EXPECT_EQ(flood(*host, churn, 1'000).charged, 1'000U * credits::kSettings);
  ASSERT_TRUE(host->respond(3, 200, EndStream::yes));
  host->flush();
  const auto heads = host->frames(FrameType::headers);
  ASSERT_EQ(heads.size(), 1U);
  EXPECT_EQ(heads[0].payload, std::string("\x20\x3f\xe1\x1f\x88")) << "0, 4096, :status 200";
  EXPECT_EQ(flood(*server(), churn, 3'000).calm, 4'000U / credits::kSettings);
}

TEST(TableChurn, by_blocks_ends_the_connection_above_four_updates) {  // RFC 7541 §4.2
  const auto block = [](int updates) {
    Block made;
    for (int i = 0; i < updates; ++i) made.size_update(i % 2 == 0 ? 0 : 4'096);
    return made.indexed(2).indexed(7).indexed(4).line(":authority", "a.test");
  };
  const auto host = server();
  host->offer(Frames().headers(1, block(4)));
  EXPECT_EQ(host->of_kind(EventKind::head).size(), 1U);
  host->offer(Frames().headers(3, block(5)));
  EXPECT_EQ(host->violations(), Rules{"hpack-size-update-count"});
}

TEST(GoawayStorm, costs_a_credit_each) {  // RFC 9113 §6.8
  expect_flood_is_bounded(server, always(Frames().goaway(0)), credits::kControlFrame);
}

TEST(ResetFlood, of_a_closed_stream_costs_a_credit_each) {  // CVE-2019-9514
  expect_flood_is_bounded(server_with_closed_stream,
                          always(Frames().rst_stream(1, ErrorCode::cancel)), credits::kLateFrame);
}

TEST(ResetFlood, of_an_idle_stream_ends_the_connection) {  // RFC 9113 §6.4
  const auto host = server();
  host->offer(Frames().rst_stream(1, ErrorCode::cancel));
  EXPECT_EQ(host->violations(), Rules{"stream-idle-frame"});
}

TEST(ClosedStreamFlood, costs_a_credit_each) {  // RFC 9113 §5.1
  expect_flood_is_bounded(server_with_closed_stream, always(Frames().data(1, "")), 1);
}

}  // namespace
}  // namespace regauge::h2
