// Integers with a prefix of 1 to 8 bits (RFC 7541 §5.1).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "regauge/hpack/violation.h"
#include "regauge/wire/reader.h"
#include "regauge/wire/writer.h"

namespace regauge::hpack {

/// Bounds the octets after the prefix: 5 hold any 32-bit value, and padding with zero groups
/// (lawful, RFC 7541 §5.1) is bounded by the same number.
inline constexpr int kIntegerOctetsMax = 5;

/// Reads the rest of an integer whose first octet is `first` and whose prefix has `prefix_bits`.
/// Errors: hpack_integer_overflow, hpack_integer_too_many_octets, hpack_block_truncated.
[[nodiscard]] inline std::expected<std::uint32_t, Violation> read_integer(wire::Reader& reader,
                                                                          std::uint8_t first,
                                                                          unsigned prefix_bits) {
  const std::uint32_t prefix_max = (1U << prefix_bits) - 1;
  const std::uint32_t prefix = first & prefix_max;
  if (prefix < prefix_max) return prefix;
  std::uint64_t value = prefix;
  for (int i = 0; i < kIntegerOctetsMax; ++i) {
    const std::optional<std::uint8_t> octet = reader.u8();
    if (!octet) return std::unexpected(Violation::hpack_block_truncated);
    value += std::uint64_t{*octet & 0x7FU} << static_cast<unsigned>(7 * i);
    if (value > UINT32_MAX) return std::unexpected(Violation::hpack_integer_overflow);
    if ((*octet & 0x80U) == 0) return static_cast<std::uint32_t>(value);
  }
  return std::unexpected(Violation::hpack_integer_too_many_octets);
}

/// Returns how many octets `write_integer` writes for `value`.
[[nodiscard]] constexpr std::size_t integer_octets(unsigned prefix_bits, std::uint32_t value) {
  const std::uint32_t prefix_max = (1U << prefix_bits) - 1;
  if (value < prefix_max) return 1;
  std::size_t octets = 2;
  for (std::uint32_t rest = value - prefix_max; rest >= 0x80U; rest >>= 7U) ++octets;
  return octets;
}

/// Writes a value that does not fit its prefix: 2 to 6 octets. See `write_integer`.
[[gnu::noinline]] inline void write_long_integer(wire::Writer& writer, std::uint8_t pattern,
                                                 unsigned prefix_bits, std::uint32_t value) {
  const std::uint32_t prefix_max = (1U << prefix_bits) - 1;
  writer.u8(static_cast<std::uint8_t>(pattern | prefix_max));
  std::uint32_t rest = value - prefix_max;
  for (; rest >= 0x80U; rest >>= 7U) writer.u8(static_cast<std::uint8_t>(rest | 0x80U));
  writer.u8(static_cast<std::uint8_t>(rest));
}

/// Writes `value` with the bits of `pattern` above the prefix. Writes 1 to 6 octets.
[[gnu::always_inline]] inline void write_integer(wire::Writer& writer, std::uint8_t pattern,
                                                 unsigned prefix_bits, std::uint32_t value) {
  if (value < (1U << prefix_bits) - 1) [[likely]] {
    writer.u8(static_cast<std::uint8_t>(pattern | value));
    return;
  }
  write_long_integer(writer, pattern, prefix_bits, value);
}

}  // namespace regauge::hpack
