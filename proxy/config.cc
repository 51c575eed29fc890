#include "proxy/config.h"

#include <algorithm>

namespace regauge::proxy {
namespace {

std::string name_of(const ListenerConfig& listener) {
  return listener.name.empty() ? listener.url.address() : listener.name;
}

std::expected<void, std::string> check_listener(const ListenerConfig& listener) {
  const std::string name = "listener " + name_of(listener);
  const bool secure = listener.url.scheme == "https";
  if (listener.url.scheme == "h1s" || listener.url.scheme == "h2s") {
    return std::unexpected(name + ": a listener with TLS is https, ALPN chooses the protocol");
  }
  if (listener.url.web != translate::UpstreamWeb::off) {
    return std::unexpected(name + ": +grpc-web is for upstreams; listeners read both");
  }
  if (secure && (listener.certificate.empty() || listener.key.empty())) {
    return std::unexpected(name + ": https needs a certificate and a key");
  }
  if (!secure && !listener.certificate.empty()) {
    return std::unexpected(name + ": a certificate has no meaning without https");
  }
  return {};
}

}  // namespace

std::expected<void, std::string> check_config(const Config& config) {
  if (config.listeners.empty()) return std::unexpected("no listener: nothing to do");
  if (config.upstreams.empty()) return std::unexpected("no upstream: nowhere to go");
  for (const ListenerConfig& listener : config.listeners) {
    if (const auto checked = check_listener(listener); !checked) return checked;
  }
  for (const UpstreamConfig& upstream : config.upstreams) {
    if (upstream.urls.empty()) {
      return std::unexpected("upstream " + upstream.name + ": no URL");
    }
    for (const EndpointUrl& url : upstream.urls) {
      if (url.scheme == "http") {
        return std::unexpected("upstream " + upstream.name +
                               ": http:// leaves the protocol open; say h1:// or h2c://");
      }
      if (url.scheme != upstream.urls.front().scheme || url.web != upstream.urls.front().web) {
        return std::unexpected("upstream " + upstream.name + ": its URLs have different schemes");
      }
    }
  }
  for (const RouteConfig& route : config.routes) {
    const bool known = std::any_of(
        config.upstreams.begin(), config.upstreams.end(),
        [&route](const UpstreamConfig& upstream) { return upstream.name == route.upstream; });
    if (!known) return std::unexpected("route " + route.path + ": no upstream " + route.upstream);
    if (!route.path.starts_with('/')) {
      return std::unexpected("route " + route.path + ": the path starts with a slash");
    }
    if (!route.cors) continue;
    const std::vector<std::string>& origins = route.cors->origins;
    const bool every = std::find(origins.begin(), origins.end(), "*") != origins.end();
    if (every && route.cors->credentials) {
      return std::unexpected("route " + route.path +
                             ": credentials are not allowed together with every origin");
    }
  }
  return {};
}

}  // namespace regauge::proxy
