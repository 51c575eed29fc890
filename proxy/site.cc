#include "proxy/site.h"

#include "regauge/http/characters.h"
#include "regauge/http/head_check.h"

namespace regauge::proxy {
namespace {

std::string_view without_port(std::string_view authority) {
  const std::string_view port = http::port_of(authority);
  if (!port.empty()) authority.remove_suffix(port.size() + 1);
  if (port.empty() && authority.ends_with(':')) authority.remove_suffix(1);
  return authority;
}

// Tells whether a path lies under a prefix: at its end, or at a slash.
bool lies_under(std::string_view path, std::string_view prefix) {
  if (prefix.empty() || prefix == "/") return true;
  if (!path.starts_with(prefix)) return false;
  if (prefix.ends_with('/') || path.size() == prefix.size()) return true;
  return path[prefix.size()] == '/' || path[prefix.size()] == '?';
}

}  // namespace

const Route* Site::route(std::string_view authority, std::string_view path) const {
  const std::string_view host = without_port(authority);
  for (const Route& route : routes) {
    const bool right_host = route.host.empty() || http::equal_fold(route.host, host);
    if (right_host && lies_under(path, route.path_prefix)) return &route;
  }
  return nullptr;
}

}  // namespace regauge::proxy
