#include "proxy/failure_report.h"

#include <gtest/gtest.h>

namespace regauge::proxy {
namespace {

TEST(FailureReport, the_first_failure_is_told_at_once) {
  FailureReport report;
  EXPECT_EQ(report.line("a", "connect to 127.0.0.1:1: refused", http::Tick{5}),
            "upstream a: connect to 127.0.0.1:1: refused");
}

TEST(FailureReport, those_that_follow_within_ten_seconds_are_only_counted) {
  FailureReport report;
  ASSERT_TRUE(report.line("a", "first", http::Tick{1000}));
  EXPECT_EQ(report.line("a", "second", http::Tick{1000}), std::nullopt);
  EXPECT_EQ(report.line("a", "third", http::Tick{10'999}), std::nullopt);
  EXPECT_EQ(report.line("a", "fourth", http::Tick{11'000}),
            "upstream a: fourth (2 more failures since the last such line)");
}

TEST(FailureReport, a_quiet_time_leaves_no_count) {
  FailureReport report;
  ASSERT_TRUE(report.line("a", "first", http::Tick{0}));
  EXPECT_EQ(report.line("a", "second", http::Tick{60'000}), "upstream a: second");
}

TEST(FailureReport, a_thread_whose_clock_is_behind_does_not_tell_again) {
  FailureReport report;
  ASSERT_TRUE(report.line("a", "first", http::Tick{1000}));
  EXPECT_EQ(report.line("a", "second", http::Tick{990}), std::nullopt);
}

}  // namespace
}  // namespace regauge::proxy
