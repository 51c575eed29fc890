// List limits: passing one ends the output, never the decoding (RFC 9113 §10.5.1).
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/hpack/block_bytes.h"

namespace regauge::hpack {
namespace {

using Lines = std::vector<Line>;

constexpr auto kInsert = Literal::with_indexing;

TEST(ListLimit, lines_up_to_the_limit_are_kept) {
  Receiver receiver;
  const BlockBytes block = BlockBytes().indexed(2).indexed(4).indexed(6);
  EXPECT_EQ(receiver.decode(block, {.lines = 3})->size(), 3U);
  EXPECT_EQ(receiver.passed, ListLimit::none);
  EXPECT_EQ(receiver.decode(block, {.lines = 2}), (Lines{{":method", "GET"}, {":path", "/"}}));
  EXPECT_EQ(receiver.passed, ListLimit::lines);
}

TEST(ListLimit, a_section_counts_name_value_and_32_a_line) {  // RFC 9113 §6.5.2
  Receiver receiver;
  const BlockBytes block = BlockBytes().indexed(2).literal(kInsert, "name", "value");
  EXPECT_EQ(receiver.decode(block, {.section_bytes = 83})->size(), 2U);
  EXPECT_EQ(receiver.passed, ListLimit::none);
  EXPECT_EQ(receiver.list_bytes, 83U);
  EXPECT_EQ(receiver.decode(block, {.section_bytes = 82})->size(), 1U);
  EXPECT_EQ(receiver.passed, ListLimit::section_bytes);
  EXPECT_EQ(receiver.list_bytes, 83U);
}

TEST(ListLimit, one_line_has_a_limit_of_its_own) {
  Receiver receiver;
  const BlockBytes block = BlockBytes().literal(kInsert, "name", "value");
  EXPECT_EQ(receiver.decode(block, {.line_bytes = 9})->size(), 1U);
  EXPECT_EQ(receiver.decode(block, {.line_bytes = 8}), Lines());
  EXPECT_EQ(receiver.passed, ListLimit::line_bytes);
}

TEST(ListLimit, crumbs_are_counted_apart_from_lines) {  // RFC 9113 §8.2.3
  BlockBytes block;
  for (int i = 0; i < 5; ++i) block.literal(Literal::never, 32, "a=b");
  block.indexed(2);
  Receiver receiver;
  EXPECT_EQ(receiver.decode(block, {.lines = 2, .cookie_crumbs = 4})->size(), 6U);
  EXPECT_EQ(receiver.passed, ListLimit::none);
  EXPECT_EQ(receiver.decode(block, {.lines = 2, .cookie_crumbs = 3})->size(), 4U);
  EXPECT_EQ(receiver.passed, ListLimit::cookie_crumbs);
  EXPECT_EQ(receiver.decode(block, {.lines = 1, .cookie_crumbs = 4})->size(), 5U);
  EXPECT_EQ(receiver.passed, ListLimit::lines);
}

TEST(ListLimit, the_joined_cookie_is_measured_with_its_separators) {  // RFC 9113 §8.2.3
  const BlockBytes block =
      BlockBytes().literal(Literal::never, 32, "a=b").literal(Literal::never, 32, "c=d");
  Receiver receiver;
  EXPECT_EQ(receiver.decode(block, {.cookie_bytes = 8})->size(), 2U);
  EXPECT_EQ(receiver.decode(block, {.cookie_bytes = 7})->size(), 1U);
  EXPECT_EQ(receiver.passed, ListLimit::cookie_bytes);
}

TEST(ListLimit, lines_of_the_tables_have_the_limits_of_literals) {  // RFC 9113 §10.5.1
  Receiver receiver;
  ASSERT_TRUE(
      receiver.decode(BlockBytes().literal(kInsert, "name", "value").literal(kInsert, 32, "a=b")));
  BlockBytes block;
  for (int i = 0; i < 5; ++i) block.indexed(62);
  block.indexed(63).indexed(2);
  constexpr std::uint32_t kCrumbBytes = 41;
  const auto kept = [&](ListLimits limits) { return receiver.decode(block, limits)->size(); };
  EXPECT_EQ(kept({.lines = 3, .cookie_crumbs = 4, .cookie_bytes = 23}), 7U);
  EXPECT_EQ(receiver.passed, ListLimit::none);
  EXPECT_EQ(receiver.list_bytes, 5 * kCrumbBytes + 41U + 42U);
  EXPECT_EQ(kept({.lines = 2, .cookie_crumbs = 4}), 6U);
  EXPECT_EQ(receiver.passed, ListLimit::lines);
  EXPECT_EQ(kept({.cookie_crumbs = 3}), 4U);
  EXPECT_EQ(receiver.passed, ListLimit::cookie_crumbs);
  EXPECT_EQ(kept({.cookie_bytes = 22}), 4U);
  EXPECT_EQ(receiver.passed, ListLimit::cookie_bytes);
  EXPECT_EQ(kept({.section_bytes = 5 * kCrumbBytes + 40}), 5U);
  EXPECT_EQ(receiver.passed, ListLimit::section_bytes);
  EXPECT_EQ(kept({.line_bytes = 9}), 6U);
  EXPECT_EQ(receiver.passed, ListLimit::line_bytes);
}

TEST(ListLimit, the_table_goes_on_behind_the_limit) {  // RFC 9113 §4.3
  Receiver limited;
  Receiver whole;
  const BlockBytes block = BlockBytes()
                               .literal(kInsert, "first", "1", Coding::huffman)
                               .literal(kInsert, 62, "2", Coding::huffman)
                               .literal(kInsert, 62, "3")
                               .literal(kInsert, "second", "4", Coding::huffman);
  ASSERT_TRUE(whole.decode(block));
  EXPECT_EQ(limited.decode(block, kDiscardLines), Lines());
  EXPECT_EQ(limited.passed, ListLimit::section_bytes);
  EXPECT_EQ(entries_of(limited.decoder.table()), entries_of(whole.decoder.table()));
  EXPECT_EQ(limited.decode(BlockBytes().indexed(62).indexed(63)),
            (Lines{{"second", "4"}, {"first", "3"}}));
}

TEST(ListLimit, an_error_behind_the_limit_is_still_an_error) {  // RFC 9113 §4.3
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes().indexed(2).indexed(0), kDiscardLines),
            std::unexpected(Violation::hpack_index_zero));
  Receiver huffman;
  EXPECT_EQ(
      huffman.decode(BlockBytes().indexed(2).octets({0x00, 0x82, 0x1f, 0xff, 0x00}), kDiscardLines),
      std::unexpected(Violation::hpack_huffman_padding_too_long));
}

TEST(ListLimit, a_bomb_of_references_costs_neither_memory_nor_copies) {  // RFC 9113 §10.5.1
  Receiver receiver;
  const std::string large(4000, 'x');
  ASSERT_TRUE(receiver.decode(BlockBytes().literal(kInsert, "n", large)));
  BlockBytes bomb;
  for (int i = 0; i < 60000; ++i) bomb.indexed(62);
  for (int i = 0; i < 2000; ++i) bomb.literal(Literal::without_indexing, 62, "");
  const std::uint64_t copies_before = receiver.decoder.work().copies;
  EXPECT_EQ(receiver.decode(bomb)->size(), 16U);
  EXPECT_EQ(receiver.passed, ListLimit::section_bytes);
  EXPECT_LE(receiver.decoder.work().copies - copies_before, 65536U + 2000U);
  EXPECT_LE(receiver.arena.held_bytes(), 256U * 1024U);
}

TEST(ListLimit, limits_come_from_the_shared_struct) {
  http::Limits limits;
  limits.field_lines_max = 7;
  limits.field_section_bytes_max = 8;
  limits.trailer_section_bytes_max = 9;
  EXPECT_EQ(head_limits(limits).lines, 7U);
  EXPECT_EQ(head_limits(limits).section_bytes, 8U);
  EXPECT_EQ(trailer_limits(limits).section_bytes, 9U);
}

}  // namespace
}  // namespace regauge::hpack
