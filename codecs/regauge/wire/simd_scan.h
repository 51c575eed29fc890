// Scans over text sixteen octets at a time. The vector type is the compilers' own (g++ and clang),
// so the same lines become SSE2, NEON or plain words.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "regauge/wire/bytes.h"

namespace regauge::wire {

/// Tells whether an octet is HTAB, SP, visible or obs-text (RFC 9110 §5.5).
[[nodiscard]] constexpr bool is_field_text(char octet) {
  const auto byte = static_cast<unsigned char>(octet);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

/// Holds sixteen octets that are compared at once.
using OctetBlock [[gnu::vector_size(16)]] = std::uint8_t;

/// Loads the sixteen octets at `at`. They lie within `text`.
[[nodiscard]] inline OctetBlock block_at(std::string_view text, std::size_t at) {
  OctetBlock block;
  // The size has to be a constant for this to be one load.
  __builtin_memcpy(&block, text.substr(at).data(), sizeof(block));
  return block;
}

/// Tells whether a block has an octet that `is_field_text` refuses.
[[nodiscard]] inline bool has_control(OctetBlock block) {
  const auto found = ((block < 0x20) & (block != '\t')) | (block == 0x7f);
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(found);
  return (halves[0] | halves[1]) != 0;
}

/// Loads fewer than sixteen octets and repeats some of them, or has spaces behind them.
[[nodiscard]] inline OctetBlock short_block(Bytes octets) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  constexpr std::uint64_t kSpaces = 0x2020202020202020U;
  std::array<std::uint64_t, 2> words{kSpaces, kSpaces};
  if (octets.size() >= kWord) {
    words = {load_word<std::uint64_t>(octets), load_word<std::uint64_t>(octets.last(kWord))};
  } else {
    const std::size_t bits = 8 * octets.size();
    const bool little = std::endian::native == std::endian::little;
    words[0] = load_few(octets) | (little ? kSpaces << bits : kSpaces >> bits);
  }
  return std::bit_cast<OctetBlock>(words);
}

/// Tells whether all octets are HTAB, SP, visible or obs-text; true for an empty text.
/// Cost: one step per sixteen octets, the last block twice.
[[nodiscard]] inline bool all_field_text(std::string_view text) {
  constexpr std::size_t kBlock = sizeof(OctetBlock);
  if (text.size() < kBlock) return !has_control(short_block(as_bytes(text)));
  // The last block overlaps the one before it, so there is no tail.
  const std::size_t last = text.size() - kBlock;
  for (std::size_t at = 0; at < last; at += kBlock) {
    if (has_control(block_at(text, at))) return false;
  }
  return !has_control(block_at(text, last));
}

/// Tells whether an octet is 0x80 or above. Cost: one step per eight octets.
[[nodiscard]] inline bool has_high_octet(std::string_view text) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::uint64_t all = 0;
  Bytes rest = as_bytes(text);
  if (rest.size() >= kWord) {
    // The last word overlaps the one before it, so there is no tail.
    const Bytes last = rest.last(kWord);
    for (; rest.size() > kWord; rest = rest.subspan(kWord)) all |= load_word<std::uint64_t>(rest);
    rest = last.first(0);
    all |= load_word<std::uint64_t>(last);
  }
  for (const std::uint8_t octet : rest) all |= octet;
  return (all & 0x8080808080808080U) != 0;
}

}  // namespace regauge::wire
