// Serves one HTTP/1 connection by Boost.Beast.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "proxy/origin/counters.h"

namespace regauge::origin {

/// Serves the connection to its end and counts it in `counters`; `statistics` is what it may tell.
boost::asio::awaitable<void> serve_h1(boost::asio::ip::tcp::socket socket, Counters& counters,
                                      const Statistics& statistics);

}  // namespace regauge::origin
