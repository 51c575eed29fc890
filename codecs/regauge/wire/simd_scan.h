// Scans over text sixteen octets at a time where SSE2 is at hand (every x86-64), eight elsewhere.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "regauge/wire/bytes.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace regauge::wire {

/// Tells whether an octet is HTAB, SP, visible or obs-text (RFC 9110 §5.5).
[[nodiscard]] constexpr bool is_field_text(char octet) {
  const auto byte = static_cast<unsigned char>(octet);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

namespace scan_detail {

template <typename Word>
Word load(std::string_view text, std::size_t at) {
  Word word;
  __builtin_memcpy(&word, text.substr(at, sizeof(Word)).data(), sizeof(Word));
  return word;
}

// May only err toward "look closer": HTAB counts as a control here (Warren, Hacker's Delight,
// §6-1).
inline bool may_have_control(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighs = 0x8080808080808080U;
  const std::uint64_t below_space = (word - kOnes * 0x20U) & ~word;
  const std::uint64_t against_del = word ^ (kOnes * 0x7fU);
  const std::uint64_t is_del = (against_del - kOnes) & ~against_del;
  return ((below_space | is_del) & kHighs) != 0;
}

#if defined(__SSE2__)
inline bool has_control(__m128i block) {
  const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
  const __m128i tab = _mm_cmpeq_epi8(block, _mm_set1_epi8('\t'));
  const __m128i del = _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f));
  return _mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, low), del)) != 0;
}
#endif

inline bool slowly_all_field_text(std::string_view text) {
  for (const char octet : text) {
    if (!is_field_text(octet)) return false;
  }
  return true;
}

}  // namespace scan_detail

/// Tells whether all octets are HTAB, SP, visible or obs-text; true for an empty text.
/// Cost: one step per sixteen octets, the last block twice.
[[nodiscard]] inline bool all_field_text(std::string_view text) {
  namespace detail = scan_detail;
#if defined(__SSE2__)
  constexpr std::size_t kBlock = sizeof(__m128i);
  if (text.size() >= kBlock) {
    // The last block overlaps the one before it, so there is no tail.
    const std::size_t last = text.size() - kBlock;
    for (std::size_t at = 0; at < last; at += kBlock) {
      if (detail::has_control(detail::load<__m128i>(text, at))) return false;
    }
    return !detail::has_control(detail::load<__m128i>(text, last));
  }
#endif
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (text.size() < kWord) return detail::slowly_all_field_text(text);
  const std::size_t last = text.size() - kWord;
  for (std::size_t at = 0;; at += kWord) {
    at = at < last ? at : last;
    if (detail::may_have_control(detail::load<std::uint64_t>(text, at)) &&
        !detail::slowly_all_field_text(text.substr(at, kWord))) {
      return false;
    }
    if (at == last) return true;
  }
}

}  // namespace regauge::wire
