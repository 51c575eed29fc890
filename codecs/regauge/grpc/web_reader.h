// WebReader: reads a stream of gRPC-Web into messages and trailers, binary or text, and says which
// rule was broken (gRPC-Web, "Protocol differences vs gRPC over HTTP2").
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "regauge/grpc/base64.h"
#include "regauge/grpc/message_frame.h"
#include "regauge/http/field.h"
#include "regauge/http/rule.h"
#include "regauge/wire/bytes.h"

namespace regauge::grpc {

/// Names what makes a stream of gRPC-Web invalid.
enum class WebViolation : std::uint8_t {
  text,            ///< a character, padding or bit that base64 does not have
  frame_flags,     ///< a flag that no frame has, or a trailer frame in a request
  after_trailer,   ///< octets behind the trailer frame
  trailer_line,    ///< a line of the trailer frame that is no field line
  trailer_length,  ///< a trailer frame above the limit
};
/// Returns name, section and sentence of a rule. Lifetime: static.
[[nodiscard]] const http::Rule& rule_of(WebViolation violation);

/// Says which direction is read: only responses end with a trailer frame.
enum class WebSide : std::uint8_t { request, response };
/// Says how the stream is written.
enum class WebCoding : std::uint8_t { binary, text };

/// Holds one frame: a message, or the trailers of a response.
struct WebFrame {
  std::uint8_t flags = 0;
  wire::Bytes message;                    ///< the octets of a message frame
  std::vector<http::FieldLine> trailers;  ///< the lines of a trailer frame
};

/// Reads frames. Memory: the octets of the frame that is being read, as far as they came; who reads
/// from strangers bounds what is fed, or follows the frames with FrameReader.
class WebReader {
 public:
  /// Reads one direction of a call from its first octet.
  WebReader(WebSide side, WebCoding coding) : side_(side), coding_(coding) {}

  /// Takes octets.
  void feed(wire::Bytes octets);
  /// Returns the next whole frame; nothing if more octets are needed. Errors: all of WebViolation,
  /// final. Lifetime of the views: until the next call.
  [[nodiscard]] std::expected<std::optional<WebFrame>, WebViolation> next();
  /// Tells whether the stream may end here.
  [[nodiscard]] bool complete() const;
  /// Counts the octets of the stream, decoded, in front of the frame that is read.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

  /// Bounds a trailer frame, in octets.
  static constexpr std::uint32_t kTrailerBytesMax = 64 * 1024;

 private:
  [[nodiscard]] std::optional<WebViolation> check_prefix() const;
  [[nodiscard]] std::unexpected<WebViolation> fail(WebViolation violation);

  WebSide side_;
  WebCoding coding_;
  Base64Decoder decoder_;
  FrameReader reader_;
  std::vector<std::uint8_t> pending_;  // decoded, not read yet
  std::size_t read_ = 0;
  std::vector<std::uint8_t> message_;
  std::uint64_t offset_ = 0;
  bool trailer_seen_ = false;
  bool text_broken_ = false;  // behind what is pending
  std::optional<WebViolation> failed_;
};

}  // namespace regauge::grpc
