// Endpoints: what the origin answers, by path. The same on every protocol.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "proxy/origin/counters.h"
#include "proxy/origin/exchange.h"

namespace regauge::origin {

/// Answers one request.
boost::asio::awaitable<void> answer(Exchange& exchange, const Statistics& statistics);

}  // namespace regauge::origin
