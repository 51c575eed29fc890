// Stage one of the line scan: what each of sixty-four octets is, as bits of four words; the octets
// are copied on the way, as they are and in lower case.
//
// The same function stands here once a processor: its best variant is chosen when the program runs.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "regauge/wire/bytes.h"

namespace regauge::wire {

/// Counts the octets of a block.
inline constexpr std::size_t kBlockOctets = 64;

/// Counts the blocks that are classified at once, at most.
inline constexpr std::size_t kBlocksMax = 16;

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
  std::uint32_t carriage_return = 0;
  std::uint32_t line_feed = 0;
};

/// Holds what was found in blocks that follow one another; places count from the first octet.
struct BlockMarks {
  /// Numbers an octet, from 0.
  using Place = std::uint16_t;
  /// Stands for a place that there is not.
  static constexpr Place kNone = UINT16_MAX;

  /// A bit each, as BlockMasks has them, the lowest octet of a word first, so that they may be read
  /// across words; one word more, which is nought.
  std::array<std::uint8_t, (kBlocksMax + 1) * sizeof(std::uint64_t)> separator;
  std::array<std::uint64_t, kBlocksMax> odd;                    ///< a word each block
  std::array<Place, kBlocksMax * kBlockOctets + 1> line_feeds;  ///< in order, and kNone
  std::size_t lines;                                            ///< the line feeds
  Place first_odd;                                              ///< or kNone
};

/// States what is to be classified and where it is copied to.
struct BlockScan {
  std::span<const std::uint8_t> octets;  ///< a block, or more
  std::span<std::uint8_t> kept;          ///< a copy; may be the octets themselves
  std::span<std::uint8_t> lower;         ///< a copy with small letters
  /// If the octets are no whole number of blocks, the last block overlaps the one before it; so may
  /// the only one overlap what is done with. So many of its octets are left out of the marks.
  std::size_t known;
  BeforeBlock before;  ///< what stands before the first octet
};
/// Classifies at most kBlocksMax blocks and copies them. Returns what stands behind the octets, as
/// before an octet that follows. Cost: one step a block and line.
using ScanBlocks = BeforeBlock (*)(const BlockScan& scan, BlockMarks& marks);
/// Copies the octets at the front up to the first block with a CR, a LF or another control, whole
/// blocks alone: the octets behind may be anything. Returns how many. Cost: one pass over them.
using CopyText = std::size_t (*)(std::span<const std::uint8_t> octets,
                                 std::span<std::uint8_t> kept);

/// Holds a class of octets below 0x80: for each low half of an octet, a bit for each high half it
/// is in the class with.
using OctetClass = std::array<std::uint8_t, 16>;

/// Returns the class of the octets that `in_class` is true for.
consteval OctetClass class_of(bool (*in_class)(unsigned)) {
  OctetClass table{};
  for (unsigned octet = 0; octet < 0x80; ++octet) {
    if (in_class(octet)) table[octet & 15U] |= static_cast<std::uint8_t>(1U << (octet >> 4U));
  }
  return table;
}

/// Returns how many octets at the front of the first `size` ones are of a class. kBlockOctets may
/// be read behind them, whatever they are. Cost: one step per sixteen octets.
using CountClass = std::size_t (*)(std::span<const std::uint8_t> octets, std::size_t size,
                                   const OctetClass& octet_class);

/// Holds the variants for one kind of processor.
struct BlockScanner {
  ScanBlocks scan;
  CopyText copy_text;
  CountClass count_class;
  std::string_view name;
};

/// Returns the variant in plain C++.
[[nodiscard]] const BlockScanner& portable_scanner();
/// Returns the variants that this processor can run, the best one first. Lifetime: static.
[[nodiscard]] std::span<const BlockScanner> block_scanners();

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

/// Writes the marks of blocks, one after the other; a part of each variant.
class MarkWriter {
 public:
  /// Begins with what stands before the scan.
  explicit MarkWriter(const BlockScan& scan, BlockMarks& marks)
      : separator_(marks.separator),
        odd_(marks.odd.data()),
        line_feed_(marks.line_feeds.data()),
        before_(scan.before) {}

  /// Takes the masks of a block, whose `odd` has the other controls; `known` octets of it are left
  /// out, the first one among them, of which it is not known here what stands before it.
  [[gnu::always_inline]] void write(BlockMasks masks, std::size_t known) {
    const std::uint64_t wants_feed = masks.carriage_return << 1U | before_.carriage_return;
    const std::uint64_t starts = masks.line_feed << 1U | before_.line_feed;
    masks.odd |= (masks.line_feed ^ wants_feed) | (starts & masks.separator);
    before_ = {static_cast<std::uint32_t>(masks.carriage_return >> (kBlockOctets - 1)),
               static_cast<std::uint32_t>(masks.line_feed >> (kBlockOctets - 1))};
    store_octets(separator_, masks.separator >> known);
    separator_ = separator_.subspan(sizeof(std::uint64_t));
    const std::uint64_t odd = masks.odd >> known;
    *odd_++ = odd;
    if (odd != 0 && first_odd_ == BlockMarks::kNone) first_odd_ = place_of(odd);
    for (std::uint64_t feeds = masks.line_feed >> known; feeds != 0; feeds &= feeds - 1) {
      *line_feed_++ = place_of(feeds);
    }
    place_ += kBlockOctets;
  }
  /// Ends the marks. Returns what stands behind them.
  [[gnu::always_inline]] BeforeBlock finish(BlockMarks& marks) const {
    store_octets(separator_, 0);
    marks.lines = static_cast<std::size_t>(line_feed_ - marks.line_feeds.data());
    marks.first_odd = first_odd_;
    *line_feed_ = BlockMarks::kNone;
    return before_;
  }

 private:
  [[nodiscard, gnu::always_inline]] BlockMarks::Place place_of(std::uint64_t mask) const {
    return static_cast<BlockMarks::Place>(place_ + static_cast<unsigned>(std::countr_zero(mask)));
  }

  MutableBytes separator_;
  std::uint64_t* odd_;
  BlockMarks::Place* line_feed_;
  BeforeBlock before_;
  std::size_t place_ = 0;
  BlockMarks::Place first_odd_ = BlockMarks::kNone;
};

/// Holds all controls but HTAB.
inline constexpr OctetClass kControls = class_of(is_control);
/// Holds those of them that are no part of a line end.
inline constexpr OctetClass kOddControls = class_of(is_odd_control);
/// Holds the octets of a token.
inline constexpr OctetClass kTchars = class_of(is_tchar);
/// Holds the bit of each high half.
inline constexpr std::array<std::uint8_t, 16> kHighBits{1, 2, 4, 8, 16, 32, 64, 128};

}  // namespace regauge::wire
