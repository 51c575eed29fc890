// Small builders around h1::Encoder: heads, situations, and the octets that come of them.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "regauge/h1/encoder.h"

namespace regauge::h1::encoding {

/// Writes messages into an outbox and takes the octets out again.
class Written {
 public:
  explicit Written(EncoderOptions options = {}) : encoder(outbox_, options) {}
  std::string take() {
    std::string text;
    std::array<wire::Piece, 16> pieces{};
    while (const std::size_t filled = outbox_.gather(pieces, 1U << 30U)) {
      std::size_t octets = 0;
      for (std::size_t i = 0; i < filled; ++i) {
        text += wire::as_text({pieces.at(i).data, pieces.at(i).size});
        octets += pieces.at(i).size;
      }
      outbox_.wrote(octets);
    }
    return text;
  }

 private:
  wire::Outbox outbox_{wire::heap_slabs()};

 public:
  Encoder encoder;
};

/// Makes a request head toward a.test.
inline http::RequestHead request(std::string_view method = "GET", std::string_view path = "/") {
  http::RequestHead head;
  head.method = http::method_of(method);
  head.scheme = "http";
  head.authority = "a.test";
  head.path = path;
  return head;
}

/// Makes a response head without field lines.
inline http::ResponseHead response(std::uint16_t status = 200) {
  http::ResponseHead head;
  head.status = {status};
  return head;
}

/// States that nothing follows the head.
inline Situation ends(http::MethodId method = http::MethodId::get) {
  return {method, http::Version::http_1_1, Persistence::persistent, http::EndStream::yes};
}  /// States that content follows the head.
inline Situation goes_on(http::MethodId method = http::MethodId::get) {
  return {method, http::Version::http_1_1, Persistence::persistent, http::EndStream::no};
}

inline wire::Slice slice(std::string_view text) {
  return wire::Slice::copy_of(wire::as_bytes(text));
}

}  // namespace regauge::h1::encoding
