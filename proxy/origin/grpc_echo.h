// The service regauge.demo.Echo of echo.proto, its messages written by hand.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "proxy/origin/grpc_call.h"

namespace regauge::origin {

/// Answers one call of gRPC or gRPC-Web.
boost::asio::awaitable<void> answer_grpc(Exchange& exchange);

}  // namespace regauge::origin
