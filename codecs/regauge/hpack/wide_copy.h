// Copies and compares of short strings, without a call. Private to the module.
#pragma once

#include <cstddef>
#include <type_traits>

#include "regauge/wire/bytes.h"

namespace regauge::hpack {

/// Counts the octets behind a copy that may be read and overwritten, also behind one of no octets.
inline constexpr std::size_t kCopySlack = 32;

/// Copies the first `octets` of `from` to the start of `to`; both have kCopySlack octets more.
/// Cost: one step for 32 octets.
inline void wide_copy(wire::MutableBytes to, wire::Bytes from, std::size_t octets) {
  if (octets > 128) {
    wire::copy_bytes(to, from.first(octets));
    return;
  }
  std::size_t at = 0;
  do {
    wire::copy_bytes(to.subspan(at), from.subspan(at, 32));
    at += 32;
  } while (at < octets);
}

/// Copies `from` to the start of `to`. Cost: constant up to 32 octets, then that of a call.
[[gnu::always_inline]] inline void short_copy(wire::MutableBytes to, wire::Bytes from) {
  const std::size_t size = from.size();
  // Two copies that may overlap.
  const auto ends = [&]<std::size_t kEach>(std::integral_constant<std::size_t, kEach>) {
    const auto front = from.first<kEach>();
    const auto back = from.last<kEach>();
    wire::copy_bytes(to, front);
    wire::copy_bytes(to.subspan(size - kEach), back);
  };
  if (size > 32) {
    wire::copy_bytes(to, from);
  } else if (size >= 16) {
    ends(std::integral_constant<std::size_t, 16>());
  } else if (size >= 8) {
    ends(std::integral_constant<std::size_t, 8>());
  } else if (size >= 4) {
    ends(std::integral_constant<std::size_t, 4>());
  } else if (size > 0) {
    to[0] = from[0];
    to[size / 2] = from[size / 2];
    to[size - 1] = from[size - 1];
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
