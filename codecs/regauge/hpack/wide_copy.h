// Copies of short strings by steps of 16 octets, without a call. Private to the module.
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

}  // namespace regauge::hpack
