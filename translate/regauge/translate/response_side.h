// ResponseSide: a response on its way from the upstream to the client (RFC 9110 §6, §15; gRPC-Web).
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "regauge/grpc/media_type.h"
#include "regauge/grpc/status.h"
#include "regauge/http/head.h"
#include "regauge/http/ids.h"
#include "regauge/translate/options.h"
#include "regauge/translate/produced.h"
#include "regauge/translate/refusal.h"
#include "regauge/translate/request_side.h"
#include "regauge/translate/text_store.h"
#include "regauge/translate/web_stream.h"

namespace regauge::translate {

/// Writes the response of one exchange. Views live until the next call.
class ResponseSide {
 public:
  /// `options` and `request` outlive the response.
  ResponseSide(const Options& options, const Downstream& downstream, const RequestSide& request)
      : options_(&options), downstream_(downstream), request_(&request) {}

  /// Forgets the response and keeps the memory, for the next exchange.
  void reset(const Options& options, const Downstream& downstream);
  /// Tells which protocol the upstream speaks; before the first response.
  void set_upstream(Protocol upstream) { upstream_ = upstream; }

  /// Takes an interim response. Nothing is produced for a client that cannot read it.
  [[nodiscard]] std::expected<Produced, Fault> interim(const http::ResponseHead& head);
  /// Takes the final head, or 101.
  [[nodiscard]] std::expected<Produced, Fault> head(const http::ResponseHead& head,
                                                    http::EndStream end_stream);
  /// Takes content.
  [[nodiscard]] Produced content(const wire::Slice& slice);
  /// Takes the end of the response with its trailer section, which may be empty.
  [[nodiscard]] Produced end(http::FieldSection trailers);
  /// Takes a reset behind the head: a gRPC-Web client gets a trailer frame with its status. Nothing
  /// if the message has to stay cut, as it must inside a gRPC message.
  [[nodiscard]] std::optional<Produced> reset(http::ErrorCode code);
  /// Makes an answer of our own; a gRPC call gets the status that HTTP maps to and `reason`.
  [[nodiscard]] Produced answer(http::Status status, std::string_view reason);

  /// Tells whether the final head was produced.
  [[nodiscard]] bool begun() const { return begun_; }
  /// Tells whether the response is complete for the client.
  [[nodiscard]] bool complete() const { return complete_; }
  /// Tells whether the exchange is a tunnel from here on.
  [[nodiscard]] bool tunnel() const { return tunnel_; }

 private:
  enum class Stage : std::uint8_t { pass, to_web, from_web, discard };

  void begin_step();
  [[nodiscard]] std::expected<void, Fault> take_fields(const http::ResponseHead& head);
  void add(std::string_view name, std::string_view value);
  [[nodiscard]] std::expected<Produced, Fault> switch_protocols(const http::ResponseHead& head);
  [[nodiscard]] Produced begin(http::EndStream end);
  [[nodiscard]] Produced web_head(const http::ResponseHead& head, http::EndStream end_stream);
  [[nodiscard]] Produced grpc_head(const http::ResponseHead& head, http::EndStream end_stream);
  [[nodiscard]] Produced without_status(http::Status status);
  [[nodiscard]] Produced web_trailers();
  [[nodiscard]] Produced web_failed(WebStream::Trouble trouble);
  [[nodiscard]] Produced web_failed(std::string_view number, std::string_view reason);
  [[nodiscard]] Produced grpc_end();
  [[nodiscard]] Produced grpc_failed(WebStream::Trouble trouble);
  [[nodiscard]] Produced grpc_failed(std::string_view number, std::string_view reason);
  static void add_missing_status(std::vector<http::FieldLine>& lines);
  void set_trailers(std::string_view number, std::string_view reason);
  [[nodiscard]] Produced go_on(http::EndStream end);
  [[nodiscard]] Produced end_trailers_only();
  [[nodiscard]] std::string_view client_type(std::string_view suffix);
  [[nodiscard]] Produced produced(http::EndStream end);

  const Options* options_;
  Downstream downstream_;
  const RequestSide* request_;
  Protocol upstream_ = Protocol::h1;
  TextStore texts_;
  http::ResponseHead out_;
  std::vector<http::FieldLine> fields_;
  std::vector<http::FieldLine> trailers_;
  std::vector<std::string_view> nominated_;
  std::vector<wire::Slice> content_;
  WebStream web_;
  Stage stage_ = Stage::pass;
  bool begun_ = false;
  bool complete_ = false;
  bool tunnel_ = false;
  bool head_waits_ = false;  // gRPC: whether the response is trailers-only is not known yet
};

}  // namespace regauge::translate
