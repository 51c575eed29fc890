// Attacks of a server on a client, such as an origin on a proxy (RFC 9113 §10.5).
#include <gtest/gtest.h>

#include "tests/h2/attack.h"

namespace regauge::h2 {
namespace {

constexpr auto kFree = std::uint32_t{credits::kInterimResponsesFree};

TEST(InterimFlood, is_free_for_a_few_and_ends_the_connection) {  // RFC 9110 §15.2
  const Frames interim = Frames().headers(1, status_block("103"), EndStream::no);
  const FloodEnd end = flood(*client_host(), always(interim), 3'000);
  EXPECT_EQ(end.goaway, kFree + 3'000 / credits::kInterimResponse);
  EXPECT_EQ(end.calm, kFree + 4'000 / credits::kInterimResponse);
  EXPECT_EQ(flood_at_once(*client_host(), always(interim), 3'000).charged, end.charged);
}

TEST(InterimFlood, is_counted_for_each_request) {
  const auto host = client_host();
  host->open("GET", EndStream::yes);
  Frames interims;
  for (std::uint32_t i = 0; i < kFree; ++i) {
    interims.headers(1, status_block("100"), EndStream::no);
    interims.headers(3, status_block("103"), EndStream::no);
  }
  const auto before = host->connection().ledger().charged;
  host->offer(interims);
  EXPECT_EQ(host->connection().ledger().charged, before);
  EXPECT_EQ(host->of_kind(EventKind::interim).size(), 2U * kFree);
  host->offer(Frames().headers(3, status_block("103"), EndStream::no));
  EXPECT_EQ(host->connection().ledger().charged, before + credits::kInterimResponse);
}

TEST(SmallDataFromServer, that_nobody_reads_ends_its_stream_alone) {  // RFC 9113 §10.5
  const auto host = client_host();
  host->keep_content().open("GET", EndStream::yes);
  const Frames heads = Frames()
                           .headers(1, status_block("200"), EndStream::no)
                           .headers(3, status_block("200"), EndStream::no);
  host->offer(heads);
  const auto before = host->connection().ledger().charged;
  // Small events, a whole window of them: the reader of the first stream has gone to sleep.
  Frames events;
  for (int i = 0; i < 500; ++i) events.data(1, "x");
  host->offer(events);
  EXPECT_TRUE(host->violations().empty());
  EXPECT_EQ(host->connection().ledger().charged, before);
  host->offer(Frames().data(1, "x").data(3, "y", EndStream::yes));
  EXPECT_EQ(host->violations(), std::vector<std::string>{"small-content-unread"});
  EXPECT_EQ(host->first(EventKind::reset).stream, 1U);
  EXPECT_EQ(host->content_of(3), "y") << "nobody else is hurt";
  EXPECT_EQ(host->connection().ledger().charged - before, credits::kForcedReset);
}

TEST(SmallDataFromServer, that_is_read_late_goes_on_for_ever) {
  const auto host = client_host();
  host->keep_content().offer(Frames().headers(1, status_block("200"), EndStream::no));
  for (int i = 0; i < 100; ++i) {
    Frames events;
    for (int n = 0; n < 400; ++n) events.data(1, "x");
    host->offer(events);
    host->connection().consume(StreamId{1}, 400);
  }
  EXPECT_TRUE(host->violations().empty());
  EXPECT_EQ(host->content_of(1).size(), 40'000U);
}

TEST(EmptyDataFromServer, costs_five_credits_each) {  // CVE-2019-9518
  const auto start = [] {
    auto host = client_host();
    host->offer(Frames().headers(1, status_block("200"), EndStream::no));
    return host;
  };
  expect_flood_is_bounded(start, always(Frames().data(1, "")), credits::small_data(0));
}

TEST(PromiseFlood, costs_a_credit_each_and_its_resets_count_as_replies) {  // RFC 9113 §10.5
  const auto start = [] { return client_host("GET", Offer::yes); };
  const Unit promise = [](std::uint32_t i) {
    return Frames().push_promise(1, 2 * i + 2, get_block());
  };
  expect_flood_is_bounded(start, promise, credits::kStreamRefused);
  const auto unread = start();
  unread->block_output().offer(promise(0).append(promise(1)));
  Frames rest;
  for (std::uint32_t i = 2; i < 1'000; ++i) rest.append(promise(i));
  unread->offer(rest);
  EXPECT_FALSE(unread->connection().demand(http::Tick{1}).wants_read);
  EXPECT_LE(unread->connection().queued_octets(), 100U * (kFrameHeaderBytes + 4) + 64);
}

TEST(GoawayFromServer, that_lowers_the_last_stream_pays_for_the_walk) {  // RFC 9113 §6.8
  const auto start = [] {
    auto host = client_host();
    for (std::uint32_t i = 1; i < 100; ++i) host->open("GET", EndStream::yes);
    return host;
  };
  const Unit lower = [](std::uint32_t i) { return Frames().goaway(5'000 - i); };
  const auto host = start();
  const std::uint64_t steps = host->connection().work().steps;
  const FloodEnd end = flood(*host, lower, 4'000);
  EXPECT_EQ(end.calm, 4'000 / (credits::kControlFrame + 100 / credits::kStreamsEach) + 1);
  EXPECT_EQ(host->connection().work().steps - steps, 100U * end.calm);
  EXPECT_EQ(flood(*start(), always(Frames().goaway(5'000)), 5'000).calm,
            4'000U - 100 / credits::kStreamsEach);
}

TEST(ResetFromServer, of_every_stream_is_bounded_by_what_was_asked) {  // CVE-2019-9514
  const auto host = client_host();
  const auto before = host->connection().ledger().charged;
  host->offer(Frames().rst_stream(1, ErrorCode::cancel));
  EXPECT_EQ(host->connection().ledger().charged, before);
  const FloodEnd end = flood(*host, always(Frames().rst_stream(1, ErrorCode::cancel)), 5'000);
  EXPECT_EQ(end.calm, 4'000U / credits::kLateFrame);
}

TEST(PromiseFlood, ends_the_connection_at_once_where_push_is_off) {  // RFC 9113 §6.6
  const auto host = client_host();
  host->offer(Frames().push_promise(1, 2, get_block()));
  EXPECT_EQ(host->violations(), std::vector<std::string>{"push-promise-disabled"});
}

}  // namespace
}  // namespace regauge::h2
