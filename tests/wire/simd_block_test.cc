#include "regauge/wire/simd_block.h"

#include <algorithm>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/http/characters.h"

namespace regauge::wire {
namespace {

// The masks of `octets` as the character classes of the neutral model have them.
BlockMasks expected_masks(std::span<const std::uint8_t> octets, std::uint8_t before = 'a') {
  BlockMasks masks{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const char octet = static_cast<char>(octets[i]);
    const std::uint64_t bit = std::uint64_t{1} << i;
    const bool after_cr = (i == 0 ? before : octets[i - 1]) == '\r';
    const bool starts = (i == 0 ? before : octets[i - 1]) == '\n';
    const bool end = octet == '\r' || octet == '\n';
    const bool separator = !http::has_class(octet, http::kToken);
    if (octet == '\n') masks.line_feed |= bit;
    if (octet == '\r') masks.carriage_return |= bit;
    if (separator) masks.separator |= bit;
    if ((!end && !http::has_class(octet, http::kFieldText)) || after_cr != (octet == '\n') ||
        (starts && separator)) {
      masks.odd |= bit;
    }
  }
  return masks;
}

// What blocks should have.
struct Expected {
  std::vector<BlockMasks> masks;
  std::size_t known = 0;  // octets of the last block that are left out
};

std::uint64_t separators_of(const BlockMarks& marks, std::size_t block) {
  return load_octets(Bytes(marks.separator).subspan(block * sizeof(std::uint64_t)));
}

void expect_marks(const BlockMarks& found, const Expected& expected) {
  std::vector<std::size_t> feeds;
  std::size_t odd = BlockMarks::kNone;
  for (std::size_t i = 0; i < expected.masks.size(); ++i) {
    const std::size_t known = i + 1 == expected.masks.size() ? expected.known : 0;
    const BlockMasks& masks = expected.masks[i];
    ASSERT_EQ(separators_of(found, i), masks.separator >> known);
    ASSERT_EQ(found.odd.at(i), masks.odd >> known);
    for (std::size_t bit = known; bit < kBlockOctets; ++bit) {
      const std::size_t place = i * kBlockOctets + bit - known;
      if ((masks.line_feed >> bit & 1U) != 0) feeds.push_back(place);
      if ((masks.odd >> bit & 1U) != 0) odd = std::min(odd, place);
    }
  }
  ASSERT_EQ(separators_of(found, expected.masks.size()), 0);
  ASSERT_EQ(found.first_odd, odd);
  feeds.push_back(BlockMarks::kNone);
  ASSERT_TRUE(std::equal(feeds.begin(), feeds.end(), found.line_feeds.begin()));
}

void expect_every_octet_known(const BlockScanner& scanner, std::size_t at) {
  for (unsigned octet = 0; octet < 256; ++octet) {
    std::array<std::uint8_t, kBlockOctets> block;
    block.fill('a');
    block.at(at) = static_cast<std::uint8_t>(octet);
    std::array<std::uint8_t, kBlockOctets> kept;
    std::array<std::uint8_t, kBlockOctets> lower;
    BlockMarks found;
    for (const char before : std::string_view("a\r\n")) {
      const BeforeBlock behind =
          scanner.scan({block, kept, lower, 0, {before == '\r', before == '\n'}}, found);
      expect_marks(found, {{expected_masks(block, static_cast<std::uint8_t>(before))}});
      EXPECT_EQ(behind.carriage_return, block.back() == '\r');
      EXPECT_EQ(behind.line_feed, block.back() == '\n');
    }
    ASSERT_EQ(kept, block);
    block.at(at) = static_cast<std::uint8_t>(http::to_lower(static_cast<char>(octet)));
    ASSERT_EQ(lower, block);
  }
}

TEST(SimdBlock, every_variant_knows_every_octet_in_every_place) {  // RFC 9110 §5.5, §5.6.2
  for (const BlockScanner& scanner : block_scanners()) {
    SCOPED_TRACE(scanner.name);
    for (std::size_t at = 0; at < kBlockOctets; ++at) expect_every_octet_known(scanner, at);
  }
}

void expect_blocks_of(const BlockScanner& scanner, const std::vector<std::uint8_t>& text) {
  std::vector<std::uint8_t> kept(text.size());
  std::vector<std::uint8_t> lower(text.size());
  const std::size_t blocks = (text.size() + kBlockOctets - 1) / kBlockOctets;
  Expected expected{{}, blocks * kBlockOctets - text.size()};
  BlockMarks found;
  scanner.scan({text, kept, lower, expected.known, {}}, found);
  ASSERT_EQ(kept, text);
  for (std::size_t i = 0; i < blocks; ++i) {
    const std::size_t at = std::min(i * kBlockOctets, text.size() - kBlockOctets);
    expected.masks.push_back(expected_masks(std::span(text).subspan(at, kBlockOctets),
                                            at == 0 ? std::uint8_t{'a'} : text[at - 1]));
  }
  expect_marks(found, expected);
}

TEST(SimdBlock, octets_of_a_class_are_counted) {
  for (const BlockScanner& scanner : block_scanners()) {
    for (std::size_t size = 0; size < 2 * kBlockOctets; ++size) {
      std::vector<std::uint8_t> text(size + kBlockOctets, ' ');
      std::fill_n(text.begin(), size, std::uint8_t{'a'});
      ASSERT_EQ(scanner.count_class(text, size, kTchars), size) << scanner.name;
      for (const unsigned octet : {0U, 0x2fU, 0x3aU, 0x80U, 0xe1U, 0xffU}) {
        if (size == 0) continue;
        text[size / 2] = static_cast<std::uint8_t>(octet);
        ASSERT_EQ(scanner.count_class(text, size, kTchars), size / 2) << scanner.name;
      }
    }
    for (unsigned octet = 0; octet < 256; ++octet) {
      const std::vector<std::uint8_t> text(1 + kBlockOctets, static_cast<std::uint8_t>(octet));
      ASSERT_EQ(scanner.count_class(text, 1, kTchars), is_tchar(octet) ? 1 : 0) << octet;
    }
  }
}

TEST(SimdBlock, the_last_of_several_blocks_overlaps_the_one_before_it) {
  for (const BlockScanner& scanner : block_scanners()) {
    SCOPED_TRACE(scanner.name);
    for (std::size_t size = kBlockOctets; size <= 4 * kBlockOctets; ++size) {
      std::vector<std::uint8_t> text(size);
      for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<std::uint8_t>(i * 7);
      expect_blocks_of(scanner, text);
    }
  }
}

TEST(SimdBlock, text_is_copied_up_to_the_block_with_a_control) {
  for (const BlockScanner& scanner : block_scanners()) {
    for (std::size_t at = 0; at < 5 * kBlockOctets; ++at) {
      for (const char octet : std::string_view("\0\n\r\x1f\x7f", 5)) {
        std::vector<std::uint8_t> text(5 * kBlockOctets - 1, 0xe4);
        if (at < text.size()) text.at(at) = static_cast<std::uint8_t>(octet);
        std::vector<std::uint8_t> kept(text.size());
        const std::size_t whole_blocks = 4;
        const std::size_t expected = std::min(at / kBlockOctets, whole_blocks) * kBlockOctets;
        ASSERT_EQ(scanner.copy_text(text, kept), expected) << scanner.name << ' ' << at;
        ASSERT_TRUE(std::equal(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(expected),
                               kept.begin()));
      }
    }
  }
}

TEST(SimdBlock, the_portable_variant_is_there_on_every_processor) {
  EXPECT_EQ(block_scanners().back().name, portable_scanner().name);
}

}  // namespace
}  // namespace regauge::wire
