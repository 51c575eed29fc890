// Counts what the test program allocates.
#pragma once

#include <cstddef>

namespace regauge::tests {

/// Returns how often `operator new` was called so far.
[[nodiscard]] std::size_t allocation_count();
/// Returns the octets that are allocated now, as the allocator rounds them.
[[nodiscard]] std::size_t allocated_octets();

}  // namespace regauge::tests
