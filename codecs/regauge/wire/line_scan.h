// Stage two of the line scan: where the lines of a piece of input end and what is unusual in them.
//
// A piece may be cut anywhere: what is known of the unfinished line is carried to the next one, so
// each octet is classified once.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "regauge/wire/bytes.h"
#include "regauge/wire/simd_block.h"

namespace regauge::wire {

/// Stands for a place that has not come yet.
inline constexpr std::size_t kNowhere = SIZE_MAX;

/// Tells how a line ends and whether it has a control that does not belong to its end.
enum class LineKind : std::uint8_t {
  clean,    ///< ends with CRLF, has no other control, and begins with a tchar
  bare_lf,  ///< ends with a LF that has no CR; apart from that it is clean, or empty
  odd,      ///< anything else
};

/// Marks one line; places count from where the caller says.
struct LineMark {
  std::size_t begin;
  std::size_t separator;  ///< the first octet that is no tchar
  std::size_t line_feed;
  LineKind kind;
};

/// Carries what is known of an unfinished line.
struct LineStart {
  std::size_t begin = 0;
  std::size_t separator = kNowhere;
  bool odd = false;       ///< there is a control that does not belong to a line end
  bool after_cr = false;  ///< the last octet is a CR
};

/// Views where a text is copied to; each has room for a block more than the text has.
struct LineRoom {
  MutableBytes kept;   ///< the octets as they are; they may be there already
  MutableBytes lower;  ///< with small letters; of a long value, only what its first block has
};

/// Marks the lines of one piece of input and copies it.
class LineScan {
 public:
  /// Bounds the octets that are classified at once.
  static constexpr std::size_t kOctetsMax = kBlocksMax * kBlockOctets;

  /// Begins at the octet with the place `place`, with the unfinished line `start` before it.
  /// Lifetime: all views stay as long as the scan.
  LineScan(Bytes text, std::size_t place, const LineStart& start, const LineRoom& room,
           const BlockScanner& scanner)
      : text_(text),
        room_(room),
        scanner_(scanner),
        line_(start),
        place_(place),
        before_{start.after_cr ? 1U : 0U, start.begin == place ? 1U : 0U} {}

  /// Says that `octets` octets are likely to be wanted: so many are classified at once, or 256 if
  /// they are more than 1,024, since there may be values among them to pass over. Without it, what
  /// is classified before it is asked for is no more than was asked for already, or one block.
  void expect(std::size_t octets) {
    const std::size_t blocks = (octets + kBlockOctets - 1) / kBlockOctets;
    ahead_ = blocks > kBlocksMax ? kBlocksGrown : std::max<std::size_t>(blocks, 1);
  }
  /// Classifies more of the text and copies it, once `next` has found all lines of what was
  /// classified. Returns false at its end.
  /// Cost: one step an octet. Nothing outside the text is read, and nothing twice, but for the last
  /// block, which overlaps the one before it.
  [[nodiscard]] bool read_more();
  /// Finds the next line. Returns false if it does not end in what was classified.
  /// Cost: a step for each block of the line.
  [[nodiscard]] bool next(LineMark& line);
  /// Offers the next lines to `take(mark, number)`, at most `lines`, up to the first one that is
  /// not clean, or that does not begin and end in what was classified, or for which `take` returns
  /// false. Here places count from `first`. Returns how many were taken.
  /// Cost: inline, so that a loop over lines has all of this in registers.
  template <typename Take>
  [[gnu::always_inline]] std::size_t take_clean(std::size_t lines, Take take) {
    if (line_.begin < first_) return 0;
    const BlockMarks::Place* const feeds = &marks_.line_feeds[next_];
    std::size_t begin = line_.begin - first_;
    std::size_t number = 0;
    // What is odd stops it, wherever that was found last, and so do the place behind the last line
    // and that of the first one too many.
    const std::size_t stop =
        next_ + lines < marks_.lines ? std::min<std::size_t>(odd_, feeds[lines]) : odd_;
    for (;; ++number) {
      const std::size_t feed = feeds[number];
      if (feed >= stop) break;
      // Where the name does not end in a word, it is too long for this way.
      const std::uint64_t separators = separators_from(begin);
      if (separators == 0) break;
      if (!take({begin, begin + first_of(separators), feed, LineKind::clean}, number)) break;
      begin = feed + 1;
    }
    if (number > 0) line_ = {first_ + begin};
    next_ += number;
    return number;
  }
  /// Offers the last `lines` lines that `take_clean` took once more; nothing else happened since.
  void go_back(std::size_t lines) {
    next_ -= lines;
    line_.begin = next_ == 0 ? begin_ : first_ + marks_.line_feeds[next_ - 1] + 1;
  }
  /// Passes the next line if it begins and ends in what was classified and is CRLF. Returns whether
  /// it is.
  [[nodiscard]] bool pass_empty_line() {
    const std::size_t feed = first_ + marks_.line_feeds[next_];
    if (line_.begin < first_ || feed != line_.begin + 1) return false;
    if (room_.kept[line_.begin - place_] != '\r') return false;
    line_ = {feed + 1};
    ++next_;
    return true;
  }
  /// Returns the place of the first octet of what was classified last.
  [[nodiscard]] std::size_t first() const { return first_; }
  /// Returns where the next line begins.
  [[nodiscard]] std::size_t line_begin() const { return line_.begin; }
  /// Returns what is known of the unfinished line, once the text is used up.
  [[nodiscard]] LineStart rest() const {
    return {line_.begin, line_.separator, line_.odd, before_.carriage_return != 0};
  }

 private:
  static constexpr std::size_t kBlocksGrown = 4;

  static std::size_t first_of(std::uint64_t mask) {
    // No mask is empty here, which the processor would have to be asked about.
    if (mask == 0) std::unreachable();
    return static_cast<unsigned>(std::countr_zero(mask));
  }
  // The separators among the octets from `begin` on, some sixty of them.
  [[nodiscard]] std::uint64_t separators_from(std::size_t begin) const {
    return load_octets(Bytes(marks_.separator).subspan(begin / 8)) >> begin % 8;
  }
  [[nodiscard]] std::size_t classified() const { return place_ + at_ - first_; }
  [[nodiscard]] std::size_t first_separator(std::size_t from, std::size_t end) const;
  [[nodiscard]] std::size_t first_odd(std::size_t from, std::size_t end) const;
  void pass_odd(std::size_t from);
  void pass_rest();
  void scan_short();

  Bytes text_;
  LineRoom room_;
  const BlockScanner& scanner_;
  LineStart line_;  // without what is known of it in the blocks that are classified
  std::size_t place_;
  BeforeBlock before_;     // of the next octet to be classified
  std::size_t at_ = 0;     // of that octet in the text
  std::size_t ahead_ = 1;  // blocks to classify at once
  std::size_t first_ = 0;  // the place of the first octet of those that are classified
  std::size_t begin_ = 0;  // where the line began that goes on there
  std::size_t next_ = 0;   // of their line feeds
  std::size_t odd_ = 0;    // the first odd octet, perhaps before the next line
  BlockMarks marks_;
};

}  // namespace regauge::wire
