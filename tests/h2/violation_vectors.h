// One breach for each rule that an HTTP/2 peer can break, with what RFC 9113 says about it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/h2/connection_host.h"

namespace regauge::h2 {

/// Holds a breach: what the peer sends, to whom, and the reaction that the RFC wants.
struct ViolationVector {
  Violation rule = Violation::count_;
  http::Scope scope = http::Scope::connection;
  ErrorCode code = ErrorCode::protocol_error;
  std::uint32_t stream = 0;  ///< of a stream error
  Options options = Host::server_options();
  std::string octets;                 ///< from the start of the connection
  std::function<void(Host&)> before;  ///< what the host does first: requests of a client
  std::function<void(Host&)> after;   ///< what happens behind the octets, such as time
};

/// Returns the breaches of the frame layer, of streams and of flow control (§3 to §5, §6.9).
[[nodiscard]] std::vector<ViolationVector> frame_vectors();
/// Returns the breaches of single frame types (§6; RFC 8441, RFC 9218) and of our limits.
[[nodiscard]] std::vector<ViolationVector> payload_vectors();
/// Returns the breaches of RFC 7541.
[[nodiscard]] std::vector<ViolationVector> hpack_vectors();
/// Returns the malformed requests and trailers (§8).
[[nodiscard]] std::vector<ViolationVector> request_vectors();
/// Returns the malformed responses and promised requests (§8).
[[nodiscard]] std::vector<ViolationVector> response_vectors();
/// Returns all of them.
[[nodiscard]] std::vector<ViolationVector> all_vectors();

}  // namespace regauge::h2
