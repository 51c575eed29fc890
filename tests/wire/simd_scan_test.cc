#include "regauge/wire/simd_scan.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/http/characters.h"

namespace regauge::wire {
namespace {

constexpr std::size_t kSizeMax = 40;

// `size` octets of which one differs from the rest, and room for the last block.
std::vector<std::uint8_t> text_with(unsigned octet, std::size_t at, std::size_t size) {
  std::vector<std::uint8_t> text(size, 'a');
  text.at(at) = static_cast<std::uint8_t>(octet);
  text.resize(size + sizeof(OctetBlock), '_');
  return text;
}

TEST(SimdScan, uri_text_is_that_of_the_character_classes) {  // RFC 3986 §3.3, §3.4
  for (std::size_t size = 1; size < kSizeMax; ++size) {
    for (unsigned octet = 0; octet < 256; ++octet) {
      const bool expected = http::has_class(static_cast<char>(octet), http::kUri);
      for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
        ASSERT_EQ(is_uri_text(text_with(octet, at, size), size), expected) << octet << ' ' << size;
      }
    }
  }
}

TEST(SimdScan, what_stands_behind_a_text_says_nothing_of_it) {
  std::vector<std::uint8_t> text(48, ' ');
  std::fill(text.begin(), text.begin() + 20, static_cast<std::uint8_t>('a'));
  EXPECT_TRUE(is_uri_text(text, 20));
  EXPECT_FALSE(is_uri_text(text, 21));
}

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
