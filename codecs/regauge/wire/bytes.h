// Views of octets and the two casts between octets and text, in one place.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace regauge::wire {

/// Views octets as they stand on the wire; never owns.
using Bytes = std::span<const std::uint8_t>;
/// Views octets that may be written; never owns.
using MutableBytes = std::span<std::uint8_t>;

/// Views text as octets. Lifetime: that of `text`. Cost: constant.
[[nodiscard]] inline Bytes as_bytes(std::string_view text [[clang::lifetimebound]]) {
  // A char may alias any object representation (C++ [basic.lval]); the reverse is `as_text`.
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Views octets as text, octet for octet (latin-1 in effect). Lifetime: that of `bytes`.
[[nodiscard]] inline std::string_view as_text(Bytes bytes [[clang::lifetimebound]]) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Copies `from` to the start of `to`; `to` is at least as long. Cost: one step an octet.
inline void copy_bytes(MutableBytes to, Bytes from) {
  if (!from.empty()) {
    __builtin_memcpy(to.first(from.size()).data(), from.data(), from.size());
  }
}

/// Reads the first octets of `from` as a word in the machine's own order. Cost: one load.
template <std::unsigned_integral Word>
[[nodiscard]] Word load_word(Bytes from) {
  Word word = 0;
  __builtin_memcpy(&word, from.first<sizeof(Word)>().data(), sizeof(Word));
  return word;
}

/// Reads the first eight octets of `from`, the first one lowest. Cost: one load.
[[nodiscard]] inline std::uint64_t load_octets(Bytes from) {
  const auto word = load_word<std::uint64_t>(from);
  return std::endian::native == std::endian::little ? word : std::byteswap(word);
}

/// Writes a word to the start of `to`, its lowest octet first. Cost: one store.
inline void store_octets(MutableBytes to, std::uint64_t word) {
  if constexpr (std::endian::native != std::endian::little) word = std::byteswap(word);
  __builtin_memcpy(to.first<sizeof(word)>().data(), &word, sizeof(word));
}

/// Moves the first `count` octets of a word, 1 to 7, to its end; zeros stand before them.
[[nodiscard]] constexpr std::uint64_t octets_at_end(std::uint64_t word, std::size_t count) {
  const auto bits = (0U - 8U * static_cast<unsigned>(count)) % 64U;
  return std::endian::native == std::endian::little ? word << bits : word >> bits;
}

/// Reads fewer than eight octets as a word in the machine's own order; zeros stand behind them.
/// Cost: constant.
[[nodiscard]] inline std::uint64_t load_few(Bytes from) {
  const std::size_t size = from.size();
  if (size == 0) return 0;
  if (std::endian::native == std::endian::little && size >= sizeof(std::uint32_t)) {
    // Two loads that overlap, each in its place.
    const std::uint64_t front = load_word<std::uint32_t>(from);
    const std::uint64_t back = load_word<std::uint32_t>(from.last(sizeof(std::uint32_t)));
    return front | back << 8U * (size - sizeof(std::uint32_t));
  }
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const auto place = static_cast<unsigned>(
        std::endian::native == std::endian::little ? 8 * i : 8 * (sizeof(word) - 1 - i));
    word |= std::uint64_t{from[i]} << place;
  }
  return word;
}

/// Writes a word to the start of `to` in the machine's own order. Cost: one store.
template <std::unsigned_integral Word>
void store_word(MutableBytes to, Word word) {
  __builtin_memcpy(to.first<sizeof(Word)>().data(), &word, sizeof(Word));
}

}  // namespace regauge::wire
