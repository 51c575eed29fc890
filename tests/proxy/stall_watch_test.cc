#include "proxy/stall_watch.h"

#include <gtest/gtest.h>

namespace regauge::proxy {
namespace {

constexpr std::uint64_t kLimitMs = 400;
constexpr std::uint64_t kStepMs = kLimitMs / 4;

// Looks whenever that is due, from `now_ms` on; returns when the peer was found to have stalled.
template <typename OutputAt>
std::uint64_t stalled_at(StallWatch& watch, std::uint64_t until_ms, OutputAt output_at) {
  while (watch.due_ms() != 0 && watch.due_ms() <= until_ms) {
    const std::uint64_t now_ms = watch.due_ms();
    if (watch.look(output_at(now_ms), now_ms)) return now_ms;
  }
  return 0;
}

TEST(StallWatch, a_peer_that_takes_nothing_has_stalled_behind_the_limit) {
  for (std::uint64_t blocked_ms = 1000; blocked_ms < 1000 + 2 * kStepMs; blocked_ms += 7) {
    StallWatch watch(kLimitMs);
    watch.begin(1000);
    const std::uint64_t stalled_ms = stalled_at(watch, 10'000, [blocked_ms](std::uint64_t now_ms) {
      return StallWatch::Output{now_ms >= blocked_ms, 5};
    });
    EXPECT_GE(stalled_ms, blocked_ms + kLimitMs);
    EXPECT_LE(stalled_ms, blocked_ms + kLimitMs + kStepMs);
  }
}

TEST(StallWatch, one_octet_taken_begins_the_limit_anew) {
  StallWatch watch(kLimitMs);
  watch.begin(0);
  const auto slow = [](std::uint64_t now_ms) {
    return StallWatch::Output{true, std::min<std::uint64_t>(now_ms, 5000) / (kLimitMs - 1)};
  };
  const std::uint64_t stalled_ms = stalled_at(watch, 20'000, slow);
  EXPECT_GE(stalled_ms, 5000U);
  EXPECT_LE(stalled_ms, 5000 + kLimitMs + kStepMs);
}

TEST(StallWatch, a_peer_for_which_nothing_waits_never_stalls) {
  StallWatch watch(kLimitMs);
  watch.begin(0);
  EXPECT_EQ(stalled_at(watch, 100'000, [](std::uint64_t) { return StallWatch::Output{false, 9}; }),
            0U);
  // What was taken before says nothing of an octet that has only now begun to wait.
  EXPECT_FALSE(watch.look({true, 9}, 100'001));
  EXPECT_FALSE(watch.look({true, 9}, 100'000 + kLimitMs));
  EXPECT_TRUE(watch.look({true, 9}, 100'001 + kLimitMs));
}

TEST(StallWatch, a_watch_that_ended_knows_nothing_when_it_begins_again) {
  StallWatch watch(kLimitMs);
  watch.begin(0);
  EXPECT_FALSE(watch.look({true, 9}, kStepMs));
  watch.end();
  EXPECT_EQ(watch.due_ms(), 0U);
  watch.begin(10'000);
  EXPECT_EQ(watch.due_ms(), 10'000 + kStepMs);
  EXPECT_FALSE(watch.look({true, 9}, 10'000 + kStepMs));
}

TEST(StallWatch, to_begin_twice_puts_nothing_off) {
  StallWatch watch(kLimitMs);
  watch.begin(0);
  watch.begin(50);
  EXPECT_EQ(watch.due_ms(), kStepMs);
}

TEST(StallWatch, a_limit_of_nothing_is_a_millisecond) {
  StallWatch watch(0);
  watch.begin(7);
  EXPECT_EQ(watch.due_ms(), 8U);
}

}  // namespace
}  // namespace regauge::proxy
