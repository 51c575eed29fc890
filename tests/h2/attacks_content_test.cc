// Attacks by DATA and by windows (RFC 9113 §10.5; CVE-2019-9511, 9517, 9518).
#include <gtest/gtest.h>

#include "tests/allocations/allocations.h"
#include "tests/h2/attack.h"

namespace regauge::h2 {
namespace {

constexpr std::uint32_t kEmptyCost = credits::small_data(0);
constexpr std::uint32_t kOctetCost = credits::small_data(1);

std::unique_ptr<Host> server_that_keeps_content() {
  auto host = server_with_upload();
  host->keep_content();
  return host;
}

TEST(EmptyDataFlood, costs_five_credits_each_though_it_is_consumed) {  // CVE-2019-9518
  expect_flood_is_bounded(server_with_upload, always(Frames().data(1, "")), kEmptyCost);
}

TEST(EmptyDataFlood, is_one_with_nothing_but_padding) {
  expect_flood_is_bounded(server_with_upload, always(Frames().padded_data(1, "", 0)), kEmptyCost);
  expect_flood_is_bounded(server_with_upload, always(Frames().padded_data(1, "", 255)), kEmptyCost);
}

TEST(SmallDataFlood, costs_four_credits_each_until_it_is_consumed) {
  expect_flood_is_bounded(server_that_keeps_content, always(Frames().data(1, "x")), kOctetCost);
}

TEST(SmallDataFlood, costs_nothing_where_the_host_keeps_up) {
  const auto host = server_with_upload();
  const FloodEnd end = flood(*host, always(Frames().data(1, "x")), 10'000);
  EXPECT_EQ(end.calm, 0U);
  EXPECT_EQ(end.charged, 10'000U * kOctetCost);
  EXPECT_EQ(host->connection().ledger().credits, Ledger::kCapacity);
}

// A server whose responses wait for windows that are 0.
std::unique_ptr<Host> server_without_window(std::uint32_t streams, std::size_t octets) {
  auto host = std::make_unique<Host>();
  host->offer(Frames().preface().settings({{SettingId::initial_window_size, 0}}));
  for (std::uint32_t i = 0; i < streams; ++i) {
    host->offer(Frames().headers(client_stream(i), get_block()));
    EXPECT_TRUE(host->respond(client_stream(i), 200, EndStream::no));
    EXPECT_TRUE(host->content(client_stream(i), std::string(octets, 'x'), EndStream::yes));
  }
  return rested(std::move(host));
}

TEST(Dribble, of_one_octet_a_frame_costs_a_credit_each_and_earns_none) {  // CVE-2019-9511
  const auto start = [] { return server_without_window(1, 30'000); };
  const auto host = start();
  const FloodEnd end = flood(*host, always(Frames().window_update(1, 1)), 5'000);
  EXPECT_EQ(end.goaway, 3'000U);
  EXPECT_EQ(end.calm, 4'000U);
  EXPECT_EQ(end.octets_out, 3'999U * (kFrameHeaderBytes + 1) + 2 * (kFrameHeaderBytes + 8));
  EXPECT_EQ(host->connection().ledger().refunded, 0U);
}

TEST(Dribble, of_the_window_of_the_connection_costs_the_same) {
  const auto start = [] {
    auto host = server_host();
    host->offer(Frames().headers(1, get_block()).window_update(1, 100'000));
    EXPECT_TRUE(host->respond(1, 200, EndStream::no));
    EXPECT_TRUE(host->content(1, std::string(60'000, 'x'), EndStream::no));
    host->flush();
    EXPECT_TRUE(host->content(1, std::string(60'000, 'x'), EndStream::no));
    host->flush();
    return host;
  };
  const auto host = start();
  const FloodEnd end = flood(*host, always(Frames().window_update(0, 1)), 5'000);
  EXPECT_GE(end.calm, 4'000U);
  EXPECT_LE(end.calm, 4'020U) << "a few are free for the content that went out before";
}

TEST(ZeroWindow, that_holds_every_stream_is_told_of_each) {  // the second half of the HTTP/2 bomb
  const auto host = server_without_window(100, 10'000);
  host->at(2'000).turn().forget();
  host->at(12'001).turn();
  EXPECT_EQ(host->of_kind(EventKind::stalled).size(), 100U);
  for (const SeenEvent& event : host->of_kind(EventKind::stalled)) EXPECT_GE(event.count, 10'000U);
}

// Lets a peer do something each two seconds; returns when the first stall was told, or 0.
std::uint64_t first_stall(Host& host, const Unit& drip) {
  host.forget();
  for (std::uint32_t n = 0; n < 50; ++n) {
    const std::uint64_t now = 2'000 + 2'000 * std::uint64_t{n};
    host.at(now).turn().offer(drip(n)).turn();
    if (!host.of_kind(EventKind::stalled).empty()) return now;
  }
  return 0;
}

TEST(DripHold, of_one_octet_at_a_time_is_told_as_a_stall) {  // CVE-2026-13474
  const auto host = server_without_window(1, 10'000);
  const std::uint64_t told = first_stall(*host, always(Frames().window_update(1, 1)));
  EXPECT_GE(told, 11'000U) << "ten seconds";
  EXPECT_LE(told, 14'000U);
}

TEST(DripHold, by_settings_is_told_as_a_stall) {  // RFC 9113 §6.9.2
  const auto host = server_without_window(3, 10'000);
  const auto setting = SettingId::initial_window_size;
  const Unit drip = [=](std::uint32_t n) { return Frames().settings({{setting, n + 1}}); };
  const std::uint64_t told = first_stall(*host, drip);
  EXPECT_GE(told, 11'000U);
  EXPECT_LE(told, 14'000U);
  EXPECT_EQ(host->of_kind(EventKind::stalled).size(), 3U);
}

TEST(DripHold, of_the_window_of_the_connection_is_told_of_every_stream) {  // RFC 9113 §6.9.1
  for (const bool rotates : {true, false}) {
    const auto host = server_host();
    for (const std::uint32_t id : {1U, 3U, 5U}) {
      const Block block = get_block().line("priority", rotates ? "i" : "u=3");
      host->offer(Frames().headers(id, block).window_update(id, 100'000));
      ASSERT_TRUE(host->respond(id, 200, EndStream::no));
      ASSERT_TRUE(host->content(id, std::string(60'000, 'x'), EndStream::yes));
    }
    host->flush().turn();
    const std::uint64_t told = first_stall(*host, always(Frames().window_update(0, 1)));
    EXPECT_GE(told, 11'000U);
    EXPECT_LE(told, 14'000U);
    EXPECT_GE(host->of_kind(EventKind::stalled).size(), 2U);
  }
}

TEST(DripHold, is_none_from_a_hundred_octets_a_second_on) {
  const auto host = server_without_window(1, 60'000);
  EXPECT_EQ(first_stall(*host, always(Frames().window_update(1, 200))), 0U);
  const auto at_last = server_without_window(1, 60'000);
  // A little, and then much: that is no drip.
  const Unit late = [](std::uint32_t n) { return Frames().window_update(1, n == 4 ? 50'000 : 1); };
  EXPECT_GE(first_stall(*at_last, late), 20'000U) << "ten seconds behind the large one";
}

TEST(ZeroWindow, holds_no_request) {  // RFC 9113 §10.5
  Options options = Host::server_options();
  const std::size_t before = tests::allocated_octets();
  Connection connection(options);
  const auto receive = [&](const Frames& frames) {
    const wire::Slice drain = wire::Slice::copy_of(wire::as_bytes(std::string_view(frames)));
    const http::Batch batch = connection.receive({&drain, 1}, http::Tick{1}, {});
    for (const Event& event : batch.events) {
      if (event.kind != EventKind::head) continue;
      http::ResponseHead head;
      EXPECT_TRUE(connection.submit_head(event.stream, head, EndStream::no));
      const auto part = wire::Slice::copy_of(wire::as_bytes(std::string_view("held")));
      EXPECT_TRUE(connection.submit_content(event.stream, part, EndStream::yes));
    }
    std::array<http::Piece, 16> pieces;
    while (const std::size_t count = connection.gather(pieces, 65536)) {
      for (std::size_t i = 0; i < count; ++i) connection.wrote(pieces[i].size);
    }
  };
  receive(Frames().preface().settings({{SettingId::initial_window_size, 0}}));
  for (std::uint32_t i = 0; i < 100; ++i) {
    receive(
        Frames().headers(client_stream(i), get_block().line("x-large", std::string(10'000, 'a'))));
  }
  connection.forget_events();
  receive(Frames());
  receive(Frames());
  EXPECT_LE(tests::allocated_octets() - before, 100U * 500U + 100'000U) << "not 100 times 10 kB";
}

}  // namespace
}  // namespace regauge::h2
