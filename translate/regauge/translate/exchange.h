// Exchange: joins one downstream stream with one upstream stream (design §5).
//
// It is a value without I/O. The host hands it what came in on one side and submits what it gets on
// the other; each call's result lives until the next call. What is streamed is not kept: octets go
// in and out of the same call, but for a few that a coding has to hold.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "regauge/translate/produced.h"
#include "regauge/translate/request_side.h"
#include "regauge/translate/response_side.h"

namespace regauge::translate {

/// Translates one request and its response.
class Exchange {
 public:
  /// `options` outlives the exchange, the texts of `downstream` too.
  Exchange(const Options& options, const Downstream& downstream)
      : request_(options, downstream),
        response_(options, downstream, request_),
        options_(&options) {}
  /// Forgets everything and keeps the memory of a usual head, for the next request. Lifetimes: as
  /// for the constructor.
  void reset(const Options& options, const Downstream& downstream);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Takes the request head of the client and keeps a copy. Errors: see Fault.
  [[nodiscard]] std::expected<void, Fault> request_head(const http::RequestHead& head,
                                                        http::EndStream end_stream);
  /// Writes the head for an upstream connection; once more for a retry on another one.
  [[nodiscard]] std::expected<RequestOut, Fault> request_for(Protocol upstream,
                                                             ExtendedConnect extended);
  /// Takes request content. Errors: web_text, web_frame_flags, web_message_too_large.
  [[nodiscard]] std::expected<Produced, Fault> request_content(const wire::Slice& slice);
  /// Takes the end of the request with its trailer section. Errors: web_text, web_truncated.
  [[nodiscard]] std::expected<Produced, Fault> request_end(http::FieldSection trailers);

  /// The response: see ResponseSide.
  [[nodiscard]] ResponseSide& response() { return response_; }
  [[nodiscard]] const ResponseSide& response() const { return response_; }
  [[nodiscard]] const RequestSide& request() const { return request_; }
  /// Returns what was done on the content of gRPC calls. Law: total() <= 4 bytes_in + 8 messages.
  [[nodiscard]] wire::Work work() const { return web_.work(); }

 private:
  RequestSide request_;
  ResponseSide response_;
  const Options* options_;
  WebStream web_;
  std::vector<wire::Slice> content_;
  std::vector<http::FieldLine> trailers_;
  TextStore texts_;  // of the trailers of the request
};

}  // namespace regauge::translate
