// The rules of RFC 7541 that a peer can break, one enumerator each. Every one of them leaves the
// two tables out of step, so each ends the connection with COMPRESSION_ERROR (RFC 9113 §4.3).
#pragma once

#include <cstddef>
#include <cstdint>

#include "regauge/http/rule.h"

namespace regauge::hpack {

/// Names a broken rule; the catalogue name is the same with `-` for `_`.
enum class Violation : std::uint8_t {
  hpack_index_zero,                ///< RFC 7541 §6.1
  hpack_index_out_of_range,        ///< RFC 7541 §2.3.3
  hpack_integer_overflow,          ///< RFC 7541 §5.1: above 2^32 - 1
  hpack_integer_too_many_octets,   ///< RFC 7541 §5.1: more than 5 octets after the prefix
  hpack_string_overrun,            ///< RFC 7541 §5.2: a string longer than what is left
  hpack_block_truncated,           ///< RFC 9113 §4.3: the block ends inside a representation
  hpack_huffman_eos,               ///< RFC 7541 §5.2
  hpack_huffman_padding_too_long,  ///< RFC 7541 §5.2: 8 bits or more
  hpack_huffman_padding_not_ones,  ///< RFC 7541 §5.2
  hpack_size_update_too_large,     ///< RFC 7541 §6.3: above our SETTINGS_HEADER_TABLE_SIZE
  hpack_size_update_not_at_start,  ///< RFC 7541 §4.2
  hpack_size_update_count,         ///< RFC 7541 §4.2: more than `table_size_updates_max` a block
  hpack_size_update_missing,       ///< RFC 9113 §4.3.1: after we reduced the limit
};

/// Returns the catalogue row of a violation. Cost: constant. Lifetime: static.
[[nodiscard]] const http::Rule& rule_of(Violation violation);

/// Tells which rule a field block broke, and where.
struct DecodeError {
  Violation violation = Violation::hpack_block_truncated;
  std::size_t offset = 0;  ///< octets from the start of the block to the representation
};

}  // namespace regauge::hpack
