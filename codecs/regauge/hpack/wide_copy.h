// Copies and compares of short strings, without a call. Private to the module.
#pragma once

#include <cstddef>

#include "regauge/wire/bytes.h"

namespace regauge::hpack {

/// Counts the octets behind a copy that may be read and overwritten.
inline constexpr std::size_t kCopySlack = 15;

/// Copies the first `octets` of `from` to the start of `to`; both have kCopySlack octets more.
/// Cost: one step for 16 octets.
inline void wide_copy(wire::MutableBytes to, wire::Bytes from, std::size_t octets) {
  if (octets > 128) {
    wire::copy_bytes(to, from.first(octets));
    return;
  }
  for (std::size_t at = 0; at < octets; at += 16) {
    wire::copy_bytes(to.subspan(at, 16), from.subspan(at, 16));
  }
}

/// Tells whether two views of the same size have the same octets. Cost: one step for 16 octets.
[[nodiscard]] inline bool wide_equal(wire::Bytes left, wire::Bytes right) {
  const std::size_t size = left.size();
  const auto differ = [&]<typename Word>(Word, std::size_t at) {
    return wire::load_word<Word>(left.subspan(at)) ^ wire::load_word<Word>(right.subspan(at));
  };
  if (size > 32) return __builtin_memcmp(left.data(), right.data(), size) == 0;
  // Two loads, or four, that may overlap.
  if (size >= 16) {
    return (differ(std::uint64_t{}, 0) | differ(std::uint64_t{}, 8) |
            differ(std::uint64_t{}, size - 16) | differ(std::uint64_t{}, size - 8)) == 0;
  }
  if (size >= 8) return (differ(std::uint64_t{}, 0) | differ(std::uint64_t{}, size - 8)) == 0;
  if (size >= 4) return (differ(std::uint32_t{}, 0) | differ(std::uint32_t{}, size - 4)) == 0;
  if (size == 0) return true;
  return left[0] == right[0] && left[size / 2] == right[size / 2] &&
         left[size - 1] == right[size - 1];
}

}  // namespace regauge::hpack
