#include "regauge/grpc/web_reader.h"

#include <array>
#include <utility>

#include "regauge/grpc/web_trailers.h"
#include "regauge/wire/writer.h"

namespace regauge::grpc {

const http::Rule& rule_of(WebViolation violation) {
  static constexpr std::array<http::Rule, 5> kRules{{
      {"web-text", "RFC 4648 4", "The text was no base64."},
      {"web-frame-flags", "gRPC-Web", "A frame had a flag that no such frame has."},
      {"web-after-trailer", "gRPC-Web", "Octets came behind the trailer frame."},
      {"web-trailer-line", "gRPC-Web", "A line of the trailer frame was no field line."},
      {"web-trailer-length", "gRPC-Web", "The trailer frame was above the limit."},
  }};
  return kRules[std::to_underlying(violation)];
}

void WebReader::feed(wire::Bytes octets) {
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(read_));
  read_ = 0;
  if (coding_ == WebCoding::binary) {
    pending_.insert(pending_.end(), octets.begin(), octets.end());
    return;
  }
  std::vector<std::uint8_t> room(Base64Decoder::decoded_bytes_max(octets.size() + 3));
  wire::Writer decoded(room);
  if (text_broken_) return;
  text_broken_ = !decoder_.decode(octets, decoded);
  const wire::Bytes written = decoded.written();
  pending_.insert(pending_.end(), written.begin(), written.end());
}

std::optional<WebViolation> WebReader::check_prefix() const {
  const FramePrefix& prefix = reader_.prefix();
  const bool trailer = (prefix.flags & kTrailerFlag) != 0;
  const bool known = (prefix.flags & ~(kTrailerFlag | kCompressedFlag)) == 0;
  if (!known || (trailer && side_ == WebSide::request)) return WebViolation::frame_flags;
  if (trailer && prefix.length > kTrailerBytesMax) return WebViolation::trailer_length;
  return std::nullopt;
}

std::unexpected<WebViolation> WebReader::fail(WebViolation violation) {
  failed_ = violation;
  return std::unexpected(violation);
}

std::expected<std::optional<WebFrame>, WebViolation> WebReader::next() {
  if (failed_) return std::unexpected(*failed_);
  wire::Bytes rest = wire::Bytes(pending_).subspan(read_);
  while (true) {
    if (trailer_seen_ && !rest.empty()) return fail(WebViolation::after_trailer);
    switch (reader_.next(rest)) {
      case FrameReader::Found::nothing:
        read_ = pending_.size();
        if (text_broken_) return fail(WebViolation::text);
        return std::nullopt;
      case FrameReader::Found::prefix:
        message_.clear();
        if (const auto fault = check_prefix()) return fail(*fault);
        break;
      case FrameReader::Found::message:
        message_.insert(message_.end(), reader_.octets().begin(), reader_.octets().end());
        break;
      case FrameReader::Found::end: {
        read_ = pending_.size() - rest.size();
        offset_ += kPrefixBytes + message_.size();
        WebFrame frame{reader_.prefix().flags, message_, {}};
        if ((frame.flags & kTrailerFlag) == 0) return frame;
        trailer_seen_ = true;
        if (!parse_trailer_message(message_, frame.trailers)) {
          return fail(WebViolation::trailer_line);
        }
        return frame;
      }
    }
  }
}

bool WebReader::complete() const { return reader_.between_frames() && decoder_.complete(); }

}  // namespace regauge::grpc
