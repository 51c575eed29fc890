// CORS: which pages of other origins may call, decided by the proxy for each route (Fetch, "CORS
// protocol"). Without a policy all such fields pass between client and upstream.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "regauge/http/head.h"

namespace regauge::proxy {

/// Holds the policy of a route.
struct CorsPolicy {
  std::vector<std::string> origins;  ///< such as "https://a.test"; "*" for every origin
  std::vector<std::string> methods{"GET", "HEAD", "POST"};
  std::vector<std::string> headers{"content-type", "x-grpc-web", "x-user-agent", "grpc-timeout"};
  std::vector<std::string> exposed{"grpc-status", "grpc-message", "grpc-status-details-bin"};
  bool credentials = false;       ///< may not stand together with "*"
  std::uint32_t max_age_s = 600;  ///< how long a browser may remember a preflight

  /// Tells whether pages of `origin` may call.
  [[nodiscard]] bool allows(std::string_view origin) const;
};

/// Tells whether a request is a preflight: OPTIONS with Origin and Access-Control-Request-Method.
[[nodiscard]] bool is_preflight(const http::RequestHead& head);

/// Makes the field lines for the answers to one origin; views live with this object and the policy.
class CorsFields {
 public:
  CorsFields(const CorsPolicy& policy, std::string_view origin);

  /// Lists what the answer to a preflight says.
  [[nodiscard]] http::FieldSection preflight() const { return preflight_; }
  /// Lists what every other response says.
  [[nodiscard]] http::FieldSection response() const { return response_; }

 private:
  std::string origin_;
  std::string methods_;
  std::string headers_;
  std::string exposed_;
  std::string max_age_;
  std::vector<http::FieldLine> preflight_;
  std::vector<http::FieldLine> response_;
};

}  // namespace regauge::proxy
