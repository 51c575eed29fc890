// Serves one HTTP/2 connection, in the clear and with prior knowledge, by libnghttp2.
#pragma once

#include <cstdint>

#include <boost/asio/ip/tcp.hpp>

#include "proxy/origin/counters.h"

namespace regauge::origin {

/// Holds what the origin announces in its SETTINGS.
struct H2Settings {
  std::uint32_t streams_max = 100;          ///< concurrent streams of a connection
  std::uint32_t window_bytes = 256 * 1024;  ///< receive window of a stream and of the connection
};

/// Serves the connection; returns at once, the connection lives until its socket closes.
void serve_h2(boost::asio::ip::tcp::socket socket, Statistics& statistics,
              const H2Settings& settings);

}  // namespace regauge::origin
