// Field blocks that cost more than they look (RFC 7541 §7.3; RFC 9113 §10.5.1; CVE-2016-1544,
// CVE-2019-9516, CVE-2024-27316, CVE-2026-49975). What they make a connection hold stands in
// attacks_memory_test.cc.
#include <gtest/gtest.h>

#include "tests/h2/attack.h"

namespace regauge::h2 {
namespace {

using Rules = std::vector<std::string>;

// A request whose block has so many references to the last line that entered the table.
Frames references(std::uint32_t id, std::size_t count) {
  Block block = get_block();
  for (std::size_t i = 0; i < count; ++i) block.indexed(62);
  return Frames().headers(id, block);
}
Frames table_of(std::string_view name, std::string_view value) {
  return Frames().headers(1, get_block().insert(name, value));
}

constexpr std::size_t kPseudoLines = 4;

TEST(HpackBomb, stops_at_the_list_limit_and_keeps_the_table_in_step) {  // CVE-2016-1544
  const auto host = server_host();
  host->offer(table_of("x", std::string(4'000, 'a')));
  const http::Work before = host->connection().work();
  // 4 kB for each octet: 60 MB, if it were told.
  host->offer(references(3, 15'000));
  EXPECT_EQ(host->violations(), Rules{"header-list-limits"});
  EXPECT_EQ(host->first(EventKind::violation).scope, http::Scope::stream);
  const auto heads = host->frames(FrameType::headers);
  ASSERT_EQ(heads.size(), 1U);
  EXPECT_TRUE(heads[0].header.has(Flag::end_stream)) << "431";
  const http::Work after = host->connection().work();
  EXPECT_LE(after.copies - before.copies, http::Limits().field_section_bytes_max);
  EXPECT_LE(after.steps - before.steps, 15'100U);
  host->offer(references(5, 1));
  EXPECT_EQ(host->of_kind(EventKind::head).back().stream, 5U) << "the connection goes on";
}

TEST(HpackBomb, costs_four_credits_each) {
  const auto host = server_host();
  host->offer(table_of("x", std::string(4'000, 'a')));
  const Unit bomb = [](std::uint32_t i) { return references(client_stream(i + 1), 30); };
  const FloodEnd end = flood(*host, bomb, 1'000);
  EXPECT_EQ(end.goaway, 750U);
  EXPECT_EQ(end.surfaced, 0U);
}

TEST(Http2Bomb, of_fields_without_octets_is_counted_by_lines) {  // CVE-2026-49975
  const auto host = server_host();
  host->offer(table_of("a", ""));
  const std::size_t most = http::Limits().field_lines_max - kPseudoLines;
  host->offer(references(3, most));
  EXPECT_TRUE(host->violations().empty());
  EXPECT_EQ(host->of_kind(EventKind::head).back().fields.size(), most);
  host->offer(references(5, most + 1));
  EXPECT_EQ(host->violations(), Rules{"header-list-limits"});
}

TEST(Http2Bomb, of_cookie_crumbs_has_a_limit_of_its_own) {  // CVE-2026-47774
  const auto host = server_host();
  host->offer(table_of("cookie", ""));
  const std::size_t most = http::Limits().cookie_crumbs_max + 1;
  host->offer(references(3, most));
  EXPECT_TRUE(host->violations().empty());
  host->offer(references(5, most + 1));
  EXPECT_EQ(host->violations(), Rules{"header-list-limits"});
}

TEST(Http2Bomb, of_joined_cookie_octets_has_a_limit_of_its_own) {
  const auto host = server_host();
  host->offer(table_of("cookie", std::string(1'000, 'c')));
  host->offer(references(3, 16));
  EXPECT_TRUE(host->violations().empty());
  host->offer(references(5, 17));
  EXPECT_EQ(host->violations(), Rules{"header-list-limits"}) << "17 times 1,002 octets";
}

TEST(ZeroLengthFields, are_malformed_or_accounted) {  // CVE-2019-9516
  Block block = get_block();
  for (int n = 0; n < 300; ++n) block.line("", "");
  const Unit request = [&block](std::uint32_t i) {
    return Frames().headers(client_stream(i), block);
  };
  const auto host = server_host();
  host->offer(request(0));
  EXPECT_EQ(host->violations(), Rules{"header-list-limits"}) << "32 octets a line, and 256 lines";
  const FloodEnd end = flood(*host, [&](std::uint32_t i) { return request(i + 1); }, 1'000);
  EXPECT_EQ(end.surfaced, 0U);
  EXPECT_EQ(end.goaway, 750U - 1U);

  Options options = Host::server_options();
  options.policy = Policy::maximal();
  const auto tolerant = server_host(options);
  Block few = get_block();
  for (int n = 0; n < 100; ++n) few.line("", "x");
  tolerant->offer(Frames().headers(1, few));
  EXPECT_TRUE(tolerant->first(EventKind::head).fields.empty()) << "dropped";
  EXPECT_EQ(tolerant->connection().tolerated(), 100U);
}

TEST(ContinuationFlood, ends_behind_sixteen_frames) {  // CVE-2024-27316
  const std::uint32_t most = http::Limits().continuation_frames_max;
  for (const std::string& fragment : {std::string(), std::string(1, '\x82')}) {
    const auto host = server_host();
    host->offer(Frames().headers(1, get_block(), EndStream::yes, EndHeaders::no));
    const FloodEnd end =
        flood(*host, always(Frames().continuation(1, fragment, EndHeaders::no)), 100);
    EXPECT_EQ(end.calm, most + 1);
    EXPECT_EQ(end.charged, (most + 1) * (credits::kContinuation + credits::kShortContinuation));
    EXPECT_EQ(end.surfaced, 0U);
  }
  const auto within = server_host();
  within->offer(Frames().headers(1, get_block(), EndStream::yes, EndHeaders::no));
  for (std::uint32_t i = 1; i <= most; ++i) {
    within->offer(Frames().continuation(1, "", i == most ? EndHeaders::yes : EndHeaders::no));
  }
  EXPECT_EQ(within->of_kind(EventKind::head).size(), 1U);
}

TEST(ContinuationFlood, ends_behind_64_kilobytes) {
  const auto host = server_host();
  // A line of 64 kB that goes on and on.
  const std::string start =
      "\x82\x87\x84\x01\x01"
      "a"
      "\x00\x01x\x7f\xff\xff\xff\x07";
  host->offer(Frames().frame(FrameType::headers, 0x1, 1, start));
  const std::string fragment(16'384, 'a');
  const FloodEnd end =
      flood(*host, always(Frames().continuation(1, fragment, EndHeaders::no)), 100);
  EXPECT_EQ(end.calm, 4U) << "the fourth passes 64 kB together with HEADERS";
  EXPECT_EQ(end.charged, 4U * credits::kContinuation);
}

TEST(ContinuationFlood, in_many_short_blocks_is_paid_for) {
  const auto host = server_host();
  const Unit request = [](std::uint32_t i) {
    Frames frames;
    const std::uint32_t id = client_stream(i);
    frames.headers(id, get_block(), EndStream::yes, EndHeaders::no);
    for (int n = 0; n < 15; ++n) frames.continuation(id, "", EndHeaders::no);
    return frames.continuation(id, "").rst_stream(id, ErrorCode::cancel);
  };
  const FloodEnd end = flood(*host, request, 1'000);
  EXPECT_EQ(end.goaway, 3'000U / 33 + 1) << "16 times 2, and 1 for the stream";
  EXPECT_EQ(end.surfaced, 0U);
}

}  // namespace
}  // namespace regauge::h2
