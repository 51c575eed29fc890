// The trailer frame of gRPC-Web: the last frame of a response, field lines as its message
// (gRPC-Web, "Trailers").
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "regauge/http/field.h"
#include "regauge/wire/bytes.h"
#include "regauge/wire/writer.h"

namespace regauge::grpc {

/// Counts the octets of a trailer frame, prefix included.
[[nodiscard]] std::size_t trailer_frame_bytes(http::FieldSection section);
/// Writes a trailer frame: a line is name, colon, value, CRLF. `to` has room for it.
void write_trailer_frame(http::FieldSection section, wire::Writer& to);

/// Bounds the field lines of a trailer frame.
inline constexpr std::size_t kTrailerLinesMax = 256;

/// Parses the message of a trailer frame in place: names are lower-cased, white space at the ends
/// of values is left out, the last CRLF may be missing, values may have colons.
///
/// Output:   the lines in order, in `lines`, which forgets what it had; views into `message`. Some
///           may have names that are not for trailer sections and mean no harm there.
/// Errors:   false if a line has no name, no colon or an octet that no field has, if it is of a
///           connection or of framing, or if there are too many; `lines` is of no use then.
/// Cost:     a few steps an octet.
[[nodiscard]] bool parse_trailer_message(wire::MutableBytes message,
                                         std::vector<http::FieldLine>& lines);

}  // namespace regauge::grpc
