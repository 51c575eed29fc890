// On AArch64 blocks are scanned by NEON.
#include <gtest/gtest.h>

#include "regauge/wire/simd_block.h"

namespace regauge::wire {
namespace {

TEST(SimdBlock, the_variant_of_this_processor_is_neon) {
  ASSERT_EQ(block_scanners().size(), 2U);
  EXPECT_EQ(block_scanners().front().name, "neon");
}

}  // namespace
}  // namespace regauge::wire
