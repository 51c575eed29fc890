// The code table of RFC 7541 Appendix B, from its code lengths. Private to the module.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace regauge::hpack {

/// Counts the symbols: 256 octets and EOS.
inline constexpr std::size_t kSymbols = 257;
/// Numbers the EOS symbol.
inline constexpr std::size_t kEos = 256;
/// Counts the bits of the longest code.
inline constexpr unsigned kCodeBitsMax = 30;

/// Lists the bits of each symbol's code. The code is canonical (codes of one length rise with the
/// symbol, and follow on from the shorter ones), so that the lengths say all.
inline constexpr std::array<std::uint8_t, kSymbols> kCodeBits{
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,  //
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,  //
    6,  10, 10, 12, 13, 6,  8,  11, 10, 10, 8,  11, 8,  6,  6,  6,   //
    5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8,  15, 6,  12, 10,  //
    13, 6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,   //
    7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8,  13, 19, 13, 14, 6,   //
    15, 5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,   //
    6,  7,  6,  5,  5,  6,  7,  7,  7,  7,  7,  15, 11, 14, 13, 28,  //
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,  //
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,  //
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,  //
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,  //
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,  //
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,  //
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,  //
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,  //
    30};

/// Holds the canonical code: what each length starts with, and the symbols in code order.
struct CanonicalCode {
  std::array<std::uint32_t, kSymbols> codes{};             ///< by symbol, right-aligned
  std::array<std::uint16_t, kSymbols> symbols{};           ///< in code order
  std::array<std::uint32_t, kCodeBitsMax + 2> first{};     ///< first code of a length
  std::array<std::uint16_t, kCodeBitsMax + 2> position{};  ///< its place in `symbols`
  /// The first 32-bit window, left-aligned, above all codes of up to this length.
  std::array<std::uint64_t, kCodeBitsMax + 2> limit{};
};

/// Builds the code from the lengths.
consteval CanonicalCode canonical_code() {
  CanonicalCode made;
  std::uint32_t code = 0;
  std::uint16_t position = 0;
  for (unsigned bits = 1; bits <= kCodeBitsMax; ++bits) {
    code <<= 1U;
    made.first[bits] = code;
    made.position[bits] = position;
    for (std::size_t symbol = 0; symbol < kSymbols; ++symbol) {
      if (kCodeBits[symbol] != bits) continue;
      made.codes[symbol] = code++;
      made.symbols[position++] = static_cast<std::uint16_t>(symbol);
    }
    made.limit[bits] = std::uint64_t{code} << (32U - bits);
  }
  return made;
}

/// Holds the code of Appendix B.
inline constexpr CanonicalCode kCode = canonical_code();
static_assert(kCode.codes[kEos] == 0x3fffffffU, "the lengths are not those of Appendix B");

}  // namespace regauge::hpack
