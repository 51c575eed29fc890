// EndpointUrl: where to listen, or what to connect to, as one word (design §10).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "regauge/translate/options.h"

namespace regauge::proxy {

/// Holds a parsed URL: scheme, then host and port or the path of a unix socket.
struct EndpointUrl {
  std::string scheme;                                        ///< h1, h2c, http, https, h1s, h2s
  translate::UpstreamWeb web = translate::UpstreamWeb::off;  ///< +grpc-web, +grpc-web-text
  std::string host;
  std::uint16_t port = 0;
  std::string unix_path;  ///< not empty: a unix socket

  /// Renders host:port or unix:path.
  [[nodiscard]] std::string address() const;
};

/// Parses scheme://host:port, unix:/path and scheme+unix:/path, with +grpc-web or +grpc-web-text
/// after the scheme. The port may be left out where the scheme has one (http 80, https 443).
/// Errors: one line that names the URL and what is wrong.
[[nodiscard]] std::expected<EndpointUrl, std::string> parse_url(std::string_view text);

}  // namespace regauge::proxy
