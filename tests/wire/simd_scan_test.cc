#include "regauge/wire/simd_scan.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/http/characters.h"

namespace regauge::wire {
namespace {

constexpr std::size_t kSizeMax = 40;

TEST(SimdScan, an_octet_above_ascii_is_seen_wherever_it_stands) {
  for (std::size_t size = 0; size < kSizeMax; ++size) {
    const std::string plain(size, '\x7f');
    EXPECT_FALSE(has_high_octet(plain));
    for (std::size_t at = 0; at < size; ++at) {
      std::string text = plain;
      text.at(at) = '\x80';
      EXPECT_TRUE(has_high_octet(text)) << at << " of " << size;
    }
  }
}

}  // namespace
}  // namespace regauge::wire
