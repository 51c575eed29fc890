#include "proxy/endpoint_url.h"

#include <array>
#include <charconv>

namespace regauge::proxy {
namespace {

constexpr std::array<std::string_view, 6> kSchemes{"h1", "h2c", "http", "https", "h1s", "h2s"};

std::uint16_t usual_port(std::string_view scheme) {
  const bool secure = scheme == "https" || scheme == "h1s" || scheme == "h2s";
  return secure ? 443 : 80;
}

bool is_scheme(std::string_view scheme) {
  for (const std::string_view each : kSchemes) {
    if (each == scheme) return true;
  }
  return false;
}

// Takes "+suffix" off the end of a scheme.
bool take_suffix(std::string_view& scheme, std::string_view suffix) {
  if (!scheme.ends_with(suffix)) return false;
  scheme.remove_suffix(suffix.size());
  return true;
}

std::expected<void, std::string> parse_host_and_port(std::string_view rest, EndpointUrl& url) {
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    if (slash + 1 != rest.size()) return std::unexpected("a path has no meaning here");
    rest = rest.substr(0, slash);
  }
  std::string_view port;
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) return std::unexpected("the bracket is not closed");
    url.host = rest.substr(1, close - 1);
    port = rest.substr(close + 1);
  } else {
    const std::size_t colon = rest.rfind(':');
    url.host = rest.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : rest.substr(colon);
  }
  if (url.host.empty()) return std::unexpected("the host is missing");
  url.port = usual_port(url.scheme);
  if (port.empty()) return {};
  const char* end = port.data() + port.size();
  const auto parsed = std::from_chars(port.data() + 1, end, url.port);
  if (port.front() != ':' || port.size() == 1 || parsed.ec != std::errc() || parsed.ptr != end) {
    return std::unexpected("the port is no number from 0 to 65535");
  }
  return {};
}

}  // namespace

std::string EndpointUrl::address() const {
  if (!unix_path.empty()) return "unix:" + unix_path;
  const bool literal = host.find(':') != std::string::npos;
  return (literal ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::expected<EndpointUrl, std::string> parse_url(std::string_view text) {
  const auto wrong = [text](std::string_view what) {
    return std::unexpected("URL \"" + std::string(text) + "\": " + std::string(what));
  };
  EndpointUrl url;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return wrong("no scheme, such as h1:// or https://");
  std::string_view scheme = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 1);
  bool is_unix = take_suffix(scheme, "+unix");
  if (take_suffix(scheme, "+grpc-web-text")) url.web = translate::UpstreamWeb::text;
  if (take_suffix(scheme, "+grpc-web")) url.web = translate::UpstreamWeb::binary;
  if (scheme == "unix") {
    is_unix = true;
    scheme = "h1";
  }
  if (!is_scheme(scheme)) {
    return wrong("unknown scheme; known are h1, h2c, http, https, h1s, h2s and unix");
  }
  url.scheme = scheme;
  if (is_unix) {
    if (rest.starts_with("//")) rest.remove_prefix(2);
    if (!rest.starts_with('/')) return wrong("the path of a unix socket starts with a slash");
    url.unix_path = rest;
    return url;
  }
  if (!rest.starts_with("//")) return wrong("two slashes are missing behind the scheme");
  if (const auto parsed = parse_host_and_port(rest.substr(2), url); !parsed) {
    return wrong(parsed.error());
  }
  return url;
}

}  // namespace regauge::proxy
