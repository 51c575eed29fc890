// The inspections, one for each kind of input. Each returns the exit status.
#pragma once

#include <string_view>

#include "proxy/inspect.h"
#include "proxy/inspect_print.h"

namespace regauge::proxy {

[[nodiscard]] int inspect_h1(const InspectOptions& options, std::string_view octets,
                             EventPrinter& printer);
[[nodiscard]] int inspect_h2(const InspectOptions& options, std::string_view octets,
                             EventPrinter& printer);
[[nodiscard]] int inspect_hpack(const InspectOptions& options, std::string_view text,
                                EventPrinter& printer);
[[nodiscard]] int inspect_web(const InspectOptions& options, std::string_view octets,
                              EventPrinter& printer);

/// Exit statuses (design §10).
inline constexpr int kClean = 0;
inline constexpr int kViolated = 1;
inline constexpr int kNeedsMore = 3;

}  // namespace regauge::proxy
