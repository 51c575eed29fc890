// Head writer: field sections to HEADERS and CONTINUATION frames (RFC 9113 §4.3, §8).
//
// It writes no message that RFC 9113 §8 calls malformed, whatever it is given: framing fields are
// derived from Content, connection-specific lines and bad octets are refused.
#pragma once

#include <cstdint>
#include <expected>
#include <vector>

#include "regauge/h2/frame.h"
#include "regauge/hpack/encoder.h"
#include "regauge/http/endpoint.h"
#include "regauge/http/head.h"
#include "regauge/wire/outbox.h"

namespace regauge::h2 {

/// Writes field blocks with one encoder to one outbox.
class HeadWriter {
 public:
  /// Both outlive the writer.
  HeadWriter(hpack::Encoder& encoder, wire::Outbox& outbox)
      : encoder_(&encoder), outbox_(&outbox) {}

  /// Writes a request head. Errors: invalid_head; then nothing was written. §8.3.1, §8.5.
  [[nodiscard]] std::expected<void, http::Refusal> request(StreamId stream,
                                                           const http::RequestHead& head,
                                                           http::EndStream end_stream);
  /// Writes a response head, interim or final, to a request of `method`. Errors: invalid_head.
  [[nodiscard]] std::expected<void, http::Refusal> response(StreamId stream,
                                                            const http::ResponseHead& head,
                                                            http::MethodId method,
                                                            http::EndStream end_stream);
  /// Writes a trailer section, which ends the stream. Errors: invalid_head.
  [[nodiscard]] std::expected<void, http::Refusal> trailers(StreamId stream,
                                                            http::FieldSection section);

 private:
  struct Plan;

  [[nodiscard]] static bool are_writable(http::FieldSection section);
  void write(StreamId stream, const Plan& plan, http::EndStream end_stream);
  void encode(const Plan& plan, wire::Writer& to);

  hpack::Encoder* encoder_;
  wire::Outbox* outbox_;
};

/// Tells whether a trailer section can be written. Cost: one step an octet.
[[nodiscard]] bool are_writable_trailers(http::FieldSection section);

}  // namespace regauge::h2
