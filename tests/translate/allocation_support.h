// Counts what the test program allocates.
#pragma once

#include <cstddef>

namespace regauge::tests {

/// Returns how often `operator new` was called so far.
[[nodiscard]] std::size_t allocation_count();

}  // namespace regauge::tests
