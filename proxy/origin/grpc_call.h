// GrpcCall: one call of gRPC or gRPC-Web over an exchange: messages in, messages and status out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "proxy/origin/exchange.h"

namespace regauge::origin {

/// Says whether a request is a call, by its content-type.
[[nodiscard]] bool is_grpc(const RequestHead& head);

/// Holds how a call ended.
struct GrpcStatus {
  unsigned code = 0;
  std::string message;
};

/// One call.
class GrpcCall {
 public:
  explicit GrpcCall(Exchange& exchange);

  /// Waits for the next message; nothing: the client has no more.
  boost::asio::awaitable<std::optional<std::string>> next();
  /// Sends a message, and the head before the first.
  boost::asio::awaitable<void> send(std::string message);
  /// Ends the call; without a message before it, gRPC over HTTP/2 sends the trailers alone.
  boost::asio::awaitable<void> finish(GrpcStatus status);

 private:
  enum class Framing : std::uint8_t { grpc, web, web_text };

  boost::asio::awaitable<void> send_frame(std::uint8_t flags, std::string octets);
  // Metadata of the request whose name begins so.
  [[nodiscard]] Lines echoed(std::string_view prefix) const;
  void send_head(Lines more);

  Exchange& exchange_;
  std::string type_;
  Framing framing_ = Framing::grpc;
  std::string received_;  // after base64
  std::string encoded_;   // less than one group of base64
  bool is_head_sent_ = false;
};

}  // namespace regauge::origin
