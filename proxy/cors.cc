#include "proxy/cors.h"

#include <algorithm>

namespace regauge::proxy {
namespace {

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) {
    if (!text.empty()) text += ", ";
    text += value;
  }
  return text;
}

}  // namespace

bool CorsPolicy::allows(std::string_view origin) const {
  return std::any_of(origins.begin(), origins.end(),
                     [origin](const std::string& each) { return each == "*" || each == origin; });
}

bool is_preflight(const http::RequestHead& head) {
  return head.method.id == http::MethodId::options &&
         http::find_field(head.fields, http::FieldId::origin) != nullptr &&
         http::find_field(head.fields, http::FieldId::access_control_request_method) != nullptr;
}

CorsFields::CorsFields(const CorsPolicy& policy, std::string_view origin)
    : methods_(joined(policy.methods)),
      headers_(joined(policy.headers)),
      exposed_(joined(policy.exposed)),
      max_age_(std::to_string(policy.max_age_s)) {
  const bool listed =
      std::find(policy.origins.begin(), policy.origins.end(), "*") == policy.origins.end();
  const bool allowed = policy.allows(origin);
  origin_ = listed ? std::string(origin) : "*";
  const auto both = [this](std::string_view name, std::string_view value) {
    preflight_.push_back(http::field_line(name, value));
    response_.push_back(http::field_line(name, value));
  };
  // The answer depends on the origin, and a cache must know that.
  if (listed) both("vary", "origin");
  if (!allowed) return;
  both("access-control-allow-origin", origin_);
  if (policy.credentials) both("access-control-allow-credentials", "true");
  if (!exposed_.empty()) {
    response_.push_back(http::field_line("access-control-expose-headers", exposed_));
  }
  preflight_.push_back(http::field_line("access-control-allow-methods", methods_));
  preflight_.push_back(http::field_line("access-control-allow-headers", headers_));
  preflight_.push_back(http::field_line("access-control-max-age", max_age_));
}

}  // namespace regauge::proxy
