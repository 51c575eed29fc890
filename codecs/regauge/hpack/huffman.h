// The Huffman code of RFC 7541 §5.2 and Appendix B.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

#include "regauge/hpack/violation.h"
#include "regauge/wire/bytes.h"
#include "regauge/wire/work.h"

namespace regauge::hpack {

/// Returns how many octets `octets` take when coded. Cost: one step an octet.
[[nodiscard]] std::size_t huffman_encoded_bytes(wire::Bytes octets);

/// Codes `octets` into the start of `to` and returns the octets written, which are those of
/// `huffman_encoded_bytes(octets)`; nothing if that is more than `bytes_max` or than `to` has. Up
/// to 7 octets behind the result may be overwritten. Cost: one step an octet.
[[nodiscard]] std::optional<std::size_t> huffman_encode(wire::Bytes octets, wire::MutableBytes to,
                                                        std::size_t bytes_max = SIZE_MAX);

/// Counts the octets behind its result that the decoder may overwrite.
inline constexpr std::size_t kHuffmanSlack = 16;

/// Returns the room that decoding `coded` octets needs: the shortest code has 5 bits.
[[nodiscard]] constexpr std::size_t huffman_decode_room(std::size_t coded) {
  return coded * 8 / 5 + kHuffmanSlack;
}

/// Decodes a whole string into the start of `to`, which has `huffman_decode_room(coded.size())`.
///
/// Output:   the number of octets decoded.
/// Errors:   hpack_huffman_eos, hpack_huffman_padding_too_long, hpack_huffman_padding_not_ones.
/// Cost:     at most 8/5 + 2 steps an octet of `coded`.
/// Source:   RFC 7541 §5.2.
[[nodiscard]] std::expected<std::size_t, Violation> huffman_decode(wire::Bytes coded,
                                                                   wire::MutableBytes to,
                                                                   wire::Work& work);

}  // namespace regauge::hpack
