// Stage one of the line scan: what each of sixty-four octets is, as bits of four words; the octets
// are copied on the way, as they are and in lower case.
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
  std::uint64_t line_feed;
  std::uint64_t carriage_return;
  std::uint64_t separator;  ///< no tchar (RFC 9110 §5.6.2); all obs-text is
  /// No field text (RFC 9110 §5.5) and no part of CRLF: other controls, a LF without its CR, what
  /// stands where a CR wants its LF; and a separator where a line begins.
  std::uint64_t odd;
};

/// Tells what stands before an octet: 1 or 0 each.
struct BeforeBlock {
  std::uint64_t carriage_return = 0;
  std::uint64_t line_feed = 0;
};

/// States what is to be classified and where it is copied to.
struct BlockScan {
  std::span<const std::uint8_t> octets;  ///< a block, or more
  std::span<std::uint8_t> kept;          ///< a copy; may be the octets themselves
  std::span<std::uint8_t> lower;         ///< a copy with small letters
  std::span<BlockMasks> masks;           ///< one a block; the first ones are written
  BeforeBlock before;                    ///< what stands before the first octet
};
/// Classifies blocks and copies them. If the octets are no whole number of blocks, the last one
/// overlaps the one before it; what is odd at its first octet is not known then.
/// Cost: one step a block.
using ScanBlocks = void (*)(const BlockScan& scan);
/// Copies the octets at the front up to the first block with a CR, a LF or another control, whole
/// blocks alone: the octets behind may be anything. Returns how many. Cost: one pass over them.
using CopyText = std::size_t (*)(std::span<const std::uint8_t> octets,
                                 std::span<std::uint8_t> kept);

/// Holds the variants for one kind of processor.
struct BlockScanner {
  ScanBlocks scan;
  CopyText copy_text;
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

/// Tells whether an octet is no field text and no part of a line end.
constexpr bool is_odd_control(unsigned octet) {
  return is_control(octet) && octet != '\r' && octet != '\n';
}

/// Tells whether an octet is a tchar (RFC 9110 §5.6.2).
constexpr bool is_tchar(unsigned octet) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const unsigned letter = octet | 0x20U;
  return (letter >= 'a' && letter <= 'z') || (octet >= '0' && octet <= '9') ||
         (octet < 0x80 && kMarks.contains(static_cast<char>(octet)));
}

/// Finds what is odd in a block whose `odd` has the other controls, and goes on to the next one.
inline void find_odd(BlockMasks& masks, BeforeBlock& before) {
  const std::uint64_t wants_feed = masks.carriage_return << 1U | before.carriage_return;
  const std::uint64_t starts = masks.line_feed << 1U | before.line_feed;
  masks.odd |= (masks.line_feed ^ wants_feed) | (starts & masks.separator);
  before.carriage_return = masks.carriage_return >> (kBlockOctets - 1);
  before.line_feed = masks.line_feed >> (kBlockOctets - 1);
}

/// Holds, for each low half of an octet, the high halves with which it is in the class.
inline constexpr std::array<std::uint8_t, 16> kControlHalves = halves_of(is_control);
inline constexpr std::array<std::uint8_t, 16> kOddControlHalves = halves_of(is_odd_control);
inline constexpr std::array<std::uint8_t, 16> kTokenHalves = halves_of(is_tchar);
/// Holds the bit of each high half.
inline constexpr std::array<std::uint8_t, 16> kHighBits{1, 2, 4, 8, 16, 32, 64, 128};

}  // namespace regauge::wire
