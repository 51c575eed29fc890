// A reader of whole requests that has some of the habits of sloppy_head.h.
#pragma once

#include <string_view>

#include "tests/oracle/reading.h"
#include "tests/oracle/sloppy_head.h"

namespace regauge::oracle {

/// Reads one request off the front of `octets`.
[[nodiscard]] Reading read_sloppily(std::string_view octets, const Habits& habits);

}  // namespace regauge::oracle
