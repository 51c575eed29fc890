// Stage one of the line scan: what each of sixty-four octets is, as bits of three words.
//
// The same function stands here once a processor: its best variant is chosen when the program runs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace regauge::wire {

/// Counts the octets of a block.
inline constexpr std::size_t kBlockOctets = 64;

/// Tells what the octets of a block are: bit i of each word is about octet i.
struct BlockMasks {
  std::uint64_t line_feed = 0;
  std::uint64_t control = 0;    ///< no field text (RFC 9110 §5.5): CR and LF, NUL, other controls
  std::uint64_t separator = 0;  ///< no tchar (RFC 9110 §5.6.2); all obs-text is
};

/// Views the octets of one block.
using BlockOctets = std::span<const std::uint8_t, kBlockOctets>;
/// Classifies one block. Cost: constant.
using ScanBlock = void (*)(BlockOctets octets, BlockMasks& masks);
/// Counts the octets at the front that are no controls, in whole blocks: the octets behind may be
/// anything. Cost: one pass over them.
using SkipText = std::size_t (*)(std::span<const std::uint8_t> octets);

/// Holds the variants for one kind of processor.
struct BlockScanner {
  ScanBlock scan;
  SkipText skip_text;
  std::string_view name;
};

/// Returns the variant in plain C++.
[[nodiscard]] const BlockScanner& portable_scanner();
/// Returns the variants that this processor can run, the best one first. Lifetime: static.
[[nodiscard]] std::span<const BlockScanner> block_scanners();

// An octet below 0x80 is looked up by its low half, which gives a bit for each high half it is in
// the class with; every octet from 0x80 on is in no class.
consteval std::array<std::uint8_t, 16> halves_of(bool (*in_class)(unsigned)) {
  std::array<std::uint8_t, 16> table{};
  for (unsigned octet = 0; octet < 0x80; ++octet) {
    if (in_class(octet)) table[octet & 15U] |= static_cast<std::uint8_t>(1U << (octet >> 4U));
  }
  return table;
}

/// Tells whether an octet is no field text (RFC 9110 §5.5).
constexpr bool is_control(unsigned octet) {
  return (octet < 0x20 && octet != '\t') || octet == 0x7f;
}

/// Tells whether an octet is a tchar (RFC 9110 §5.6.2).
constexpr bool is_tchar(unsigned octet) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const unsigned letter = octet | 0x20U;
  return (letter >= 'a' && letter <= 'z') || (octet >= '0' && octet <= '9') ||
         (octet < 0x80 && kMarks.contains(static_cast<char>(octet)));
}

/// Holds, for each low half of an octet, the high halves with which it is a control or a tchar.
inline constexpr std::array<std::uint8_t, 16> kControlHalves = halves_of(is_control);
inline constexpr std::array<std::uint8_t, 16> kTokenHalves = halves_of(is_tchar);
/// Holds the bit of each high half.
inline constexpr std::array<std::uint8_t, 16> kHighBits{1, 2, 4, 8, 16, 32, 64, 128};

}  // namespace regauge::wire
