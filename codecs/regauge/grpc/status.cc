#include "regauge/grpc/status.h"

#include <array>
#include <utility>

namespace regauge::grpc {

std::string_view number_of(StatusCode code) {
  static constexpr std::array<std::string_view, 17> kNumbers{
      "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"};
  return kNumbers[std::to_underlying(code)];
}

StatusCode status_of_http(http::Status status) {
  switch (status.value) {
    case 400:
    case 431: return StatusCode::internal;
    case 401: return StatusCode::unauthenticated;
    case 403: return StatusCode::permission_denied;
    case 404: return StatusCode::unimplemented;
    case 429:
    case 502:
    case 503:
    case 504: return StatusCode::unavailable;
    default: return StatusCode::unknown;
  }
}

StatusCode status_of_reset(http::ErrorCode code) {
  switch (code) {
    case http::ErrorCode::refused_stream: return StatusCode::unavailable;
    case http::ErrorCode::cancel: return StatusCode::cancelled;
    case http::ErrorCode::enhance_your_calm: return StatusCode::resource_exhausted;
    case http::ErrorCode::inadequate_security: return StatusCode::permission_denied;
    case http::ErrorCode::no_error:
    case http::ErrorCode::protocol_error:
    case http::ErrorCode::internal_error:
    case http::ErrorCode::flow_control_error:
    case http::ErrorCode::settings_timeout:
    case http::ErrorCode::stream_closed:
    case http::ErrorCode::frame_size_error:
    case http::ErrorCode::compression_error:
    case http::ErrorCode::connect_error:
    case http::ErrorCode::http_1_1_required: return StatusCode::internal;
  }
  return StatusCode::internal;  // a code without a name
}

}  // namespace regauge::grpc
