// FailureReport: what the operator is told of an upstream that cannot be reached.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "regauge/http/ids.h"

namespace regauge::proxy {

/// Lets one line through in `kEveryMs`, however many requests fail. All members may be called on
/// any thread.
class FailureReport {
 public:
  static constexpr std::uint64_t kEveryMs = 10'000;

  /// Makes the line about a failure. Returns nothing when the last one is too fresh; what was left
  /// out is counted in the next line.
  [[nodiscard]] std::optional<std::string> line(std::string_view upstream, std::string_view what,
                                                http::Tick now);

 private:
  std::mutex mutex_;
  std::optional<std::uint64_t> last_ms_;
  std::uint64_t left_out_ = 0;
};

}  // namespace regauge::proxy
