// What all connections to one upstream share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proxy/socket.h"
#include "proxy/tls.h"
#include "regauge/h1/connection.h"
#include "regauge/h2/options.h"

namespace regauge::proxy {

/// Says how the protocol of an upstream connection is found.
enum class UpstreamProtocol : std::uint8_t { h1, h2c, h1s, h2s, alpn };

/// Describes an upstream for its connections. One object for each, outliving all connections.
struct UpstreamOptions {
  std::string name;
  UpstreamProtocol protocol = UpstreamProtocol::h1;
  std::vector<SocketAddress> addresses;  ///< taken in turn
  std::shared_ptr<TlsContext> tls;       ///< nullptr: clear
  std::string server_name;               ///< SNI and the name that is verified
  h1::ConnectionOptions h1;
  h2::Options h2;
  std::uint32_t connections_max = 1024;  ///< open at once; exchanges wait above it
  std::uint32_t waiting_max = 4096;      ///< exchanges that wait; above it they are refused
  std::uint64_t connect_ms = 5'000;      ///< connect and handshake
  std::uint64_t idle_ms = 60'000;        ///< an unused connection is closed after it
  std::uint64_t stall_ms = 60'000;       ///< a peer may take nothing of a request so long

  [[nodiscard]] bool secure() const { return tls != nullptr; }
};

}  // namespace regauge::proxy
