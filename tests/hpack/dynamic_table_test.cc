// The dynamic table against a deque, and its memory (RFC 7541 §2.3.2, §4).
#include "regauge/hpack/dynamic_table.h"

#include <deque>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/hpack/block_bytes.h"

namespace regauge::hpack {
namespace {

// The table of the RFC in its plainest form.
struct Model {
  std::deque<Line> lines;
  std::uint32_t max_bytes = 4096;

  static std::uint32_t bytes_of(const Line& line) {
    return static_cast<std::uint32_t>(line.name.size() + line.value.size() + 32);
  }
  [[nodiscard]] std::uint32_t bytes() const {
    std::uint32_t sum = 0;
    for (const Line& line : lines) sum += bytes_of(line);
    return sum;
  }
  void evict(std::uint32_t limit) {
    while (bytes() > limit) lines.pop_back();
  }
  void insert(const Line& line) {
    if (bytes_of(line) > max_bytes) return lines.clear();
    evict(max_bytes - bytes_of(line));
    lines.push_front(line);
  }
};

void insert(DynamicTable& table, const Line& line, wire::Work& work) {
  table.insert({.name = wire::as_bytes(line.name), .value = wire::as_bytes(line.value)}, work);
}

TEST(DynamicTable, an_empty_line_is_read_within_the_slack) {
  static_assert(kCopySlack >= 32, "a copy of no octets still moves a step of 32");
  DynamicTable table(4096);
  wire::Work work;
  insert(table, {"", ""}, work);
  std::vector<std::uint8_t> room(kCopySlack, 'r');
  table.read(table.entry(0), room);
  table.read_name(table.entry(0), room);
  EXPECT_EQ(table.entry_count(), 1U);
}

TEST(DynamicTable, behaves_like_a_deque_at_every_size) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    DynamicTable table(4096);
    Model model;
    wire::Work work;
    for (int i = 0; i < 2000; ++i) {
      const auto action = random() % 40;
      if (action == 0) {
        model.max_bytes = static_cast<std::uint32_t>(random() % (seed % 2 == 0 ? 5000 : 300));
        table.set_max_bytes(model.max_bytes, work);
        model.evict(model.max_bytes);
      } else if (action == 1) {
        table.shrink();
      } else {
        const Line line{std::string(random() % 90, static_cast<char>('a' + random() % 26)),
                        std::string(random() % (random() % 9 == 0 ? 4000 : 70),
                                    static_cast<char>('a' + random() % 26))};
        insert(table, line, work);
        model.insert(line);
      }
      ASSERT_EQ(table.table_bytes(), model.bytes());
      ASSERT_LE(table.table_bytes(), table.max_bytes());
      const std::vector<Line> lines(model.lines.begin(), model.lines.end());
      ASSERT_EQ(entries_of(table), lines);
      if (!lines.empty()) {
        const TableEntry& oldest = table.entry(table.entry_count() - 1);
        EXPECT_TRUE(table.name_is(oldest, wire::as_bytes(lines.back().name), work));
        EXPECT_TRUE(table.value_is(oldest, wire::as_bytes(lines.back().value), work));
      }
    }
  }
}

TEST(DynamicTable, has_no_memory_before_the_first_insertion) {
  DynamicTable table(65536);
  EXPECT_EQ(table.held_bytes(), 0U);
  wire::Work work;
  insert(table, {std::string(70000, 'n'), ""}, work);
  EXPECT_EQ(table.held_bytes(), 0U);
}

TEST(DynamicTable, memory_grows_with_the_content_up_to_a_bound) {
  DynamicTable table(4096);
  wire::Work work;
  insert(table, {"name", "value"}, work);
  EXPECT_LE(table.held_bytes(), 512U);
  std::mt19937 random(1);
  for (int i = 0; i < 10000; ++i) insert(table, {"n", std::string(random() % 100, 'x')}, work);
  for (int i = 0; i < 1000; ++i) insert(table, {"", ""}, work);
  EXPECT_EQ(table.entry_count(), 128U);
  EXPECT_LE(table.held_bytes(), 4096U + kCopySlack + 128U * sizeof(TableEntry));
}

TEST(DynamicTable, shrinking_keeps_the_content_and_frees_the_rest) {
  DynamicTable table(4096);
  wire::Work work;
  for (int i = 0; i < 200; ++i) insert(table, {"n", std::string(100, 'x')}, work);
  table.set_max_bytes(300, work);
  const auto before = entries_of(table);
  table.shrink();
  EXPECT_EQ(entries_of(table), before);
  EXPECT_LE(table.held_bytes(), 512U);
  table.clear(work);
  table.shrink();
  EXPECT_EQ(table.held_bytes(), 0U);
}

TEST(DynamicTable, a_long_name_that_goes_takes_its_memory_along) {
  DynamicTable table(4096);
  wire::Work work;
  // Many names at once, so that there are many places for names; then a wide one in each of them.
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 40; ++i) insert(table, {std::string(49, 'n'), ""}, work);
    for (int i = 0; i < 40; ++i) insert(table, {std::string(3000, 'n'), ""}, work);
  }
  EXPECT_EQ(table.entry_count(), 1U);
  EXPECT_LE(table.held_bytes(), 3000U + 64U * sizeof(TableEntry) + 4096U);
  table.clear(work);
  table.shrink();
  EXPECT_EQ(table.held_bytes(), 0U);
}

TEST(DynamicTable, an_entry_is_evicted_once) {
  DynamicTable table(4096);
  wire::Work work;
  for (int i = 0; i < 128; ++i) insert(table, {"", ""}, work);
  insert(table, {"", std::string(4064, 'x')}, work);
  EXPECT_EQ(work.evictions, 128U);
  table.set_max_bytes(0, work);
  EXPECT_EQ(work.evictions, 129U);
}

}  // namespace
}  // namespace regauge::hpack
