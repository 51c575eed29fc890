// What a listener serves, resolved from the configuration: routes, upstreams, policies, timeouts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/cors.h"
#include "proxy/origin.h"
#include "proxy/socket.h"
#include "proxy/tls.h"
#include "regauge/h1/connection.h"
#include "regauge/h2/options.h"
#include "regauge/translate/options.h"

namespace regauge::proxy {

/// Maps requests to an upstream.
struct Route {
  std::string host;         ///< without port, lower-case; empty: every host
  std::string path_prefix;  ///< "/" or longer
  Origin* origin = nullptr;
  translate::Options translate;
  std::string via;  ///< what `translate.via` views
  std::optional<CorsPolicy> cors;
};

/// Says what is spoken on a listener.
enum class ListenerProtocol : std::uint8_t {
  h1,
  h2c,
  clear,  ///< h1 or h2c, told apart by the first octets
  tls,    ///< h1 or h2 by ALPN
};

/// Bounds how long a client may take, in milliseconds.
struct ClientTimeouts {
  std::uint64_t handshake_ms = 10'000;  ///< TLS, and the first octets
  std::uint64_t head_ms = 30'000;       ///< from the start of a connection to its first whole head
  std::uint64_t idle_ms = 60'000;       ///< between exchanges
  std::uint64_t queue_ms = 5'000;       ///< for a slot of a connection to an upstream
  std::uint64_t response_ms = 60'000;   ///< from the end of a request to the head of its response
  std::uint64_t content_ms = 60'000;    ///< a peer may send nothing of content that it has begun
};

/// Holds all that the connections of one listener share. It outlives them.
struct Site {
  std::string name;
  SocketAddress address;
  ListenerProtocol protocol = ListenerProtocol::clear;
  std::shared_ptr<TlsContext> tls;
  h1::ConnectionOptions h1;
  h2::Options h2;
  ClientTimeouts timeouts;
  std::uint32_t connections_max = 100'000;
  std::vector<Route> routes;  ///< the first that fits is taken; longest prefixes first

  /// Finds the route of a request, or nullptr. Cost: one compare a route.
  [[nodiscard]] const Route* route(std::string_view authority, std::string_view path) const;
};

}  // namespace regauge::proxy
