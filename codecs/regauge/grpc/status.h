// gRPC status codes, and what HTTP tells when there is none (gRPC, "HTTP to gRPC Status Code
// Mapping" and "Errors").
#pragma once

#include <cstdint>
#include <string_view>

#include "regauge/http/ids.h"
#include "regauge/http/status.h"

namespace regauge::grpc {

/// Lists the status codes of gRPC.
enum class StatusCode : std::uint8_t {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

/// Returns the decimal number of a code, as it stands in grpc-status. Lifetime: static.
[[nodiscard]] std::string_view number_of(StatusCode code);
/// Returns the status of a response that has none of its own.
[[nodiscard]] StatusCode status_of_http(http::Status status);
/// Returns the status of a stream that was reset.
[[nodiscard]] StatusCode status_of_reset(http::ErrorCode code);

}  // namespace regauge::grpc
