// RequestSide: a request head on its way from the client to the upstream (RFC 9110 §7.6, RFC 9112
// §3, RFC 9113 §8.3, RFC 8441 §5).
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include "regauge/grpc/media_type.h"
#include "regauge/http/head.h"
#include "regauge/http/ids.h"
#include "regauge/translate/options.h"
#include "regauge/translate/refusal.h"
#include "regauge/translate/text_store.h"

namespace regauge::translate {

/// Says how a gRPC call is translated.
enum class WebBridge : std::uint8_t {
  none,
  web_to_grpc,  ///< the client speaks gRPC-Web, the upstream gRPC
  grpc_to_web,  ///< the other way round
};

/// Says whether a connection carries extended CONNECT (RFC 8441 §3).
enum class ExtendedConnect : bool { no, yes };

/// Holds a head to open an upstream stream with. Views live while the exchange does, until the next
/// call of `request_for`.
struct RequestOut {
  http::RequestHead head;
  http::EndStream end_stream = http::EndStream::no;
};

/// Keeps a request head and writes it for either protocol, as often as needed.
class RequestSide {
 public:
  /// `options` outlives the exchange.
  RequestSide(const Options& options, const Downstream& downstream)
      : options_(&options), downstream_(downstream) {}

  /// Takes a head from the client: copies it and applies what does not depend on the upstream.
  /// Once after construction or `reset`.
  [[nodiscard]] std::expected<void, Fault> take(const http::RequestHead& head,
                                                http::EndStream end_stream);
  /// Forgets the request and keeps the memory, for the next one.
  void reset(const Options& options, const Downstream& downstream);
  /// Writes the head for an upstream connection.
  [[nodiscard]] std::expected<RequestOut, Fault> write(Protocol upstream, ExtendedConnect extended);

  [[nodiscard]] const http::RequestHead& head() const { return head_; }
  [[nodiscard]] bool is_websocket() const { return websocket_; }
  /// Tells whether the request asks for a tunnel: CONNECT, or a WebSocket handshake.
  [[nodiscard]] bool wants_tunnel() const {
    return websocket_ || head_.method.id == http::MethodId::connect;
  }
  [[nodiscard]] bool came_by_h1() const { return downstream_.protocol == Protocol::h1; }
  [[nodiscard]] WebBridge bridge() const { return bridge_; }
  /// Returns the format of a gRPC call of the client.
  [[nodiscard]] grpc::Format format() const { return media_type_.format; }
  /// Returns the format in which the client wants the response.
  [[nodiscard]] grpc::Format response_format() const { return response_format_; }
  /// Returns the key of the client's WebSocket handshake (H1); empty in H2.
  [[nodiscard]] std::string_view client_key() const { return client_key_; }
  /// Returns the key that was sent to an H1 upstream.
  [[nodiscard]] std::string_view upstream_key() const { return upstream_key_; }

 private:
  using Status = std::expected<void, Fault>;

  Status check_target(const http::RequestHead& head);
  Status check_connection(http::FieldSection fields);
  Status check_upgrade(const http::RequestHead& head, http::EndStream end_stream);
  Status check_call(const http::RequestHead& head);
  Status take_fields(http::FieldSection fields);
  Status take_field(const http::FieldLine& line);
  Status take_max_forwards(const http::FieldLine& line);
  [[nodiscard]] bool is_nominated(std::string_view name) const;
  void add(std::string_view name, std::string_view value);
  void write_fields(Protocol upstream);
  void write_cookies(Protocol upstream);
  [[nodiscard]] http::FieldLine joined(http::FieldId id, std::string_view separator,
                                       std::string_view last);
  void write_added(Protocol upstream);
  [[nodiscard]] bool adds_via() const { return !options_->via.empty(); }
  [[nodiscard]] bool adds_forwarded() const {
    return options_->forwarded != Forwarded::keep && !downstream_.address.empty();
  }
  void write_via();
  void write_forwarded();
  void write_call();

  const Options* options_;
  Downstream downstream_;
  TextStore texts_;
  bool forgiven_ = false;  // a codec let something through in the head
  http::RequestHead head_;
  http::EndStream end_stream_ = http::EndStream::no;
  std::vector<http::FieldLine> fields_;
  std::vector<http::FieldLine> out_;
  std::vector<std::string_view> nominated_;
  bool upgrade_nominated_ = false;
  bool websocket_ = false;
  bool te_trailers_ = false;
  bool says_empty_ = false;  // content-length: 0
  std::string_view client_key_;
  std::string_view upstream_key_;
  grpc::MediaType media_type_;
  grpc::Format response_format_ = grpc::Format::none;
  WebBridge bridge_ = WebBridge::none;
};

}  // namespace regauge::translate
