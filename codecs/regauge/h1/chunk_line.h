// Chunk-size lines (RFC 9112 §7.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "regauge/h1/report.h"
#include "regauge/wire/bytes.h"

namespace regauge::h1 {

/// Says how much leniency a chunk-size line gets (theorem, clause e: none behind an unusual
/// Transfer-Encoding, since a request line must never parse as one).
enum class ChunkLeniency : std::uint8_t { by_policy, none };

/// Parses a chunk-size line without its line end. `offset` is that of the line in the input.
/// Output:  the chunk size in octets, below 2^63.
/// Errors:  nullopt, with the violation in the report.
/// Cost:    one pass over the line. Source: RFC 9112 §7.1, §7.1.1.
[[nodiscard]] std::optional<std::uint64_t> parse_chunk_line(std::string_view line,
                                                            std::uint64_t offset,
                                                            ChunkLeniency leniency, Report& report);

/// Holds a chunk-size line that is hexadecimal digits and CRLF.
struct PlainChunkLine {
  std::uint64_t size = 0;
  std::size_t octets = 0;  ///< of the line with its end; 0: it is none, or not all of it is there
};

/// Reads such a line of at most six digits off the front of the input, which has eight octets or
/// more. Cost: one load. Source: RFC 9112 §7.1.
[[nodiscard]] PlainChunkLine read_plain_chunk_line(wire::Bytes input);

}  // namespace regauge::h1
