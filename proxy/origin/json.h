// Text as JSON. Octets above 127 are written as the code points of Latin-1.
#pragma once

#include <string>
#include <string_view>

#include "proxy/origin/exchange.h"

namespace regauge::origin {

/// Returns a JSON string.
[[nodiscard]] std::string json_of(std::string_view octets);
/// Returns an array of pairs.
[[nodiscard]] std::string json_of(const Lines& lines);

}  // namespace regauge::origin
