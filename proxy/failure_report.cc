#include "proxy/failure_report.h"

#include <utility>

#include <fmt/format.h>

namespace regauge::proxy {

std::optional<std::string> FailureReport::line(std::string_view upstream, std::string_view what,
                                               http::Tick now) {
  const std::scoped_lock lock(mutex_);
  // Threads read the clock at different times: one may be a little behind.
  if (last_ms_ && now.ms < *last_ms_ + kEveryMs) {
    ++left_out_;
    return std::nullopt;
  }
  last_ms_ = now.ms;
  std::string text = fmt::format("upstream {}: {}", upstream, what);
  if (const std::uint64_t count = std::exchange(left_out_, 0); count > 0) {
    text += fmt::format(" ({} more failures since the last such line)", count);
  }
  return text;
}

}  // namespace regauge::proxy
