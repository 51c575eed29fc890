#include "regauge/wire/simd_block.h"

#include <vector>

#include <gtest/gtest.h>

#include "regauge/http/characters.h"

namespace regauge::wire {
namespace {

// The masks of `octets` as the character classes of the neutral model have them.
BlockMasks expected_masks(BlockOctets octets) {
  BlockMasks masks;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const char octet = static_cast<char>(octets[i]);
    if (octet == '\n') masks.line_feed |= std::uint64_t{1} << i;
    if (!http::has_class(octet, http::kFieldText)) masks.control |= std::uint64_t{1} << i;
    if (!http::has_class(octet, http::kToken)) masks.separator |= std::uint64_t{1} << i;
  }
  return masks;
}

TEST(SimdBlock, every_variant_knows_every_octet_in_every_place) {  // RFC 9110 §5.5, §5.6.2
  for (const BlockScanner& scanner : block_scanners()) {
    for (unsigned octet = 0; octet < 256; ++octet) {
      for (std::size_t at = 0; at < kBlockOctets; ++at) {
        std::array<std::uint8_t, kBlockOctets> block;
        block.fill('a');
        block.at(at) = static_cast<std::uint8_t>(octet);
        BlockMasks found;
        scanner.scan(block, found);
        const BlockMasks expected = expected_masks(block);
        ASSERT_EQ(found.line_feed, expected.line_feed) << scanner.name << ' ' << octet;
        ASSERT_EQ(found.control, expected.control) << scanner.name << ' ' << octet;
        ASSERT_EQ(found.separator, expected.separator) << scanner.name << ' ' << octet;
      }
    }
  }
}

TEST(SimdBlock, text_is_skipped_up_to_the_block_with_a_control) {
  for (const BlockScanner& scanner : block_scanners()) {
    for (std::size_t at = 0; at < 5 * kBlockOctets; ++at) {
      for (const char octet : std::string_view("\0\n\r\x1f\x7f", 5)) {
        std::vector<std::uint8_t> text(5 * kBlockOctets - 1, 0xe4);
        if (at < text.size()) text.at(at) = static_cast<std::uint8_t>(octet);
        const std::size_t whole_blocks = 4;
        const std::size_t expected = std::min(at / kBlockOctets, whole_blocks) * kBlockOctets;
        ASSERT_EQ(scanner.skip_text(text), expected) << scanner.name << ' ' << at;
      }
    }
  }
}

TEST(SimdBlock, the_portable_variant_is_there_on_every_processor) {
  EXPECT_EQ(block_scanners().back().name, portable_scanner().name);
}

}  // namespace
}  // namespace regauge::wire
