// What a host finds for a stream, whatever came and went before.
#include "proxy/stream_map.h"

#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace regauge::tests {
namespace {

using http::StreamId;
using proxy::StreamMap;

TEST(StreamMap, finds_what_was_added_and_not_removed) {
  StreamMap<int> map;
  int one = 1;
  int two = 2;
  EXPECT_EQ(map.find(StreamId{1}), nullptr);
  map.add(StreamId{1}, one);
  map.add(StreamId{3}, two);
  EXPECT_EQ(map.find(StreamId{1}), &one);
  EXPECT_EQ(map.find(StreamId{3}), &two);
  EXPECT_EQ(map.find(StreamId{5}), nullptr);
  map.remove(StreamId{1});
  EXPECT_EQ(map.find(StreamId{1}), nullptr);
  EXPECT_EQ(map.find(StreamId{3}), &two);
  map.remove(StreamId{5});
  EXPECT_EQ(map.size(), 1U);
}

TEST(StreamMap, agrees_with_an_ordered_map_under_churn) {
  std::mt19937 random(7);
  std::vector<int> values(1);
  StreamMap<int> map;
  std::map<std::uint32_t, int*> expected;
  std::uint32_t next = 1;
  for (int step = 0; step < 20'000; ++step) {
    if (expected.size() < 100 && random() % 2 == 0) {
      // Rising identifiers with gaps that a peer may choose to let them collide.
      next += 2U << (random() % 8);
      map.add(StreamId{next}, values[0]);
      expected[next] = values.data();
    } else if (!expected.empty()) {
      auto chosen = expected.begin();
      std::advance(chosen, static_cast<long>(random() % expected.size()));
      map.remove(StreamId{chosen->first});
      EXPECT_EQ(map.find(StreamId{chosen->first}), nullptr);
      expected.erase(chosen);
    }
    ASSERT_EQ(map.size(), expected.size());
    if (step % 100 != 0) continue;
    for (const auto& [stream, value] : expected) ASSERT_EQ(map.find(StreamId{stream}), value);
  }
}

TEST(StreamMap, is_usable_behind_a_shrink) {
  StreamMap<int> map;
  int one = 1;
  map.add(StreamId{1}, one);
  map.shrink();
  EXPECT_EQ(map.find(StreamId{1}), &one);
  map.remove(StreamId{1});
  map.shrink();
  map.add(StreamId{3}, one);
  EXPECT_EQ(map.find(StreamId{3}), &one);
}

}  // namespace
}  // namespace regauge::tests
