// Stage two of the line scan: where the lines of a piece of input end and what is unusual in them.
//
// A piece may be cut anywhere: what is known of the unfinished line is carried to the next one, so
// each octet is classified once.
#pragma once

#include <array>
#include <cstdint>

#include "regauge/wire/bytes.h"
#include "regauge/wire/simd_block.h"

namespace regauge::wire {

/// Stands for a place that has not come yet.
inline constexpr std::uint32_t kNowhere = UINT32_MAX;

/// Marks one line; places count from where the caller says.
struct LineMark {
  std::uint32_t separator;  ///< the first octet that is no tchar
  std::uint32_t control;    ///< the first octet that is no field text: in a clean line its CR
  std::uint32_t line_feed;
};

/// Carries what is known of an unfinished line.
struct LineStart {
  std::uint32_t begin = 0;
  std::uint32_t separator = kNowhere;
  std::uint32_t control = kNowhere;
};

/// Holds the marks of one call; of `lines`, the first `count` mean something.
struct LineMarks {
  /// Bounds the lines of one call.
  static constexpr std::uint32_t kMax = 32;
  std::array<LineMark, kMax> lines;
  std::uint32_t count;
};

/// Marks the lines of `text`, whose first octet has the place `place`, up to the first empty one.
///
/// Input:  at most 2^31 octets altogether; `start` as the call before left it.
/// Output: how many octets were looked at: all, or up to the end of the last marked line if that
///         one is empty or there is no room for another.
/// Cost:   one step an octet; octets up to the end of their block may be loaded again by the next
///         call. Nothing outside `text` is read.
[[nodiscard]] std::size_t mark_lines(Bytes text, std::uint32_t place, LineStart& start,
                                     LineMarks& marks,
                                     const BlockScanner& scanner = block_scanners().front());

}  // namespace regauge::wire
