#include "regauge/wire/ring.h"

#include <deque>
#include <memory>
#include <random>

#include <gtest/gtest.h>

namespace regauge::wire {
namespace {

TEST(Ring, values_come_out_in_the_order_in_which_they_went_in) {
  Ring<int> ring(8);
  for (int i = 0; i < 5; ++i) ring.push(i);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ring.front(), i);
    ring.pop();
  }
  EXPECT_TRUE(ring.empty());
}

TEST(Ring, the_limit_need_not_be_a_power_of_two) {
  Ring<int> ring(5);
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(ring.full());
    ring.push(i);
  }
  EXPECT_TRUE(ring.full());
  EXPECT_EQ(ring.at(0), 0);
  EXPECT_EQ(ring.back(), 4);
}

TEST(Ring, a_value_that_was_popped_is_destroyed_at_once) {
  const auto owned = std::make_shared<int>(1);
  Ring<std::shared_ptr<int>> ring(4);
  ring.push(owned);
  EXPECT_EQ(owned.use_count(), 2);
  ring.pop();
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Ring, it_grows_while_its_content_wraps) {
  Ring<int> ring(64);
  for (int i = 0; i < 4; ++i) ring.push(i);
  ring.pop();
  ring.pop();
  ring.push(4);
  ring.push(5);  // wraps in the first four slots
  ring.push(6);  // grows
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ring.at(static_cast<std::size_t>(i)), i + 2);
}

TEST(Ring, it_does_as_a_deque_does_for_any_order_of_calls) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    Ring<int> ring(37);
    std::deque<int> model;
    for (int step = 0; step < 400; ++step) {
      const unsigned choice = random() % 8;
      if (choice < 4 && !ring.full()) {
        ring.push(step);
        model.push_back(step);
      } else if (choice < 7 && !ring.empty()) {
        ring.pop();
        model.pop_front();
      } else {
        ring.shrink();
      }
      ASSERT_EQ(ring.size(), model.size());
      for (std::size_t i = 0; i < model.size(); ++i) ASSERT_EQ(ring.at(i), model[i]);
    }
  }
}

}  // namespace
}  // namespace regauge::wire
