// Stage two of the line scan: where the lines of a piece of input end and what is unusual in them.
//
// A piece may be cut anywhere: what is known of the unfinished line is carried to the next one, so
// each octet is classified once.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "regauge/wire/bytes.h"
#include "regauge/wire/simd_block.h"

namespace regauge::wire {

/// Stands for a place that has not come yet.
inline constexpr std::uint32_t kNowhere = UINT32_MAX;

/// Marks one line; places count from where the caller says. It begins behind the line before.
struct LineMark {
  std::uint32_t separator;  ///< the first octet that is no tchar
  std::uint32_t line_feed;
};

/// Carries what is known of an unfinished line.
struct LineStart {
  std::uint32_t begin = 0;
  std::uint32_t separator = kNowhere;
  bool odd = false;       ///< there is a control that does not belong to a line end
  bool after_cr = false;  ///< the last octet is a CR
};

/// Holds the marks of lines that follow one another.
struct LineBatch {
  /// Bounds the lines of a batch.
  static constexpr std::uint32_t kMax = 128;

  std::array<LineMark, kMax> lines;  ///< the first `count` mean something
  std::uint32_t count = 0;
  std::uint32_t begin = 0;  ///< of the first line
  /// The last line is not clean. Clean is what ends with CRLF, has no other control, and begins
  /// with a tchar.
  bool odd_last = false;
};

/// Views where a text is copied to; each has room for a block more than the text has.
struct LineRoom {
  MutableBytes kept;   ///< the octets as they are; they may be there already
  MutableBytes lower;  ///< with small letters; of a long value, only what its first block has
};

/// Marks the lines of one piece of input and copies it.
class LineScan {
 public:
  /// Begins at the octet with the place `place`, with the unfinished line `start` before it. At
  /// most 2^31 octets altogether. Lifetime: all views stay as long as the scan.
  LineScan(Bytes text, std::uint32_t place, const LineStart& start, const LineRoom& room,
           const BlockScanner& scanner)
      : text_(text),
        room_(room),
        scanner_(scanner),
        line_(start),
        here_(place),
        before_{start.after_cr ? std::uint64_t{1} : 0,
                start.begin == place ? std::uint64_t{1} : 0} {}

  /// Says that `octets` octets are likely to be wanted: so many are classified at once, at most
  /// 512. Without it, what is classified before it is asked for is no more than was asked for
  /// already, or one block.
  void expect(std::size_t octets) {
    ahead_ = std::clamp<std::size_t>((octets + kBlockOctets - 1) / kBlockOctets, 1, kBlocks);
  }
  /// Finds the next lines, up to the first one that is not clean. Returns false when the text is
  /// used up, with the last lines in the batch.
  /// Cost: one step an octet. Nothing outside the text is read, and nothing twice, but for the last
  /// block, which overlaps the one before it.
  [[nodiscard]] bool next(LineBatch& batch);
  /// Returns what is known of the unfinished line, once the text is used up.
  [[nodiscard]] const LineStart& rest() const { return line_; }

 private:
  static constexpr std::size_t kBlocks = 8;

  void mark_clean_blocks(LineBatch& batch);
  bool mark_odd_block(LineBatch& batch);
  bool scan_more();

  Bytes text_;
  LineRoom room_;
  const BlockScanner& scanner_;
  LineStart line_;
  std::uint32_t here_;     // the place of the first octet of the next block
  BeforeBlock before_;     // of the next octet to be classified
  std::size_t at_ = 0;     // of that octet in the text
  std::size_t ahead_ = 1;  // blocks to classify at once
  std::size_t next_ = 0;   // block of those that are classified
  std::size_t blocks_ = 0;
  std::array<BlockMasks, kBlocks> masks_;  // what was marked of the next one is cleared
};

}  // namespace regauge::wire
