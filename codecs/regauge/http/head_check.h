// What a serialiser demands of every part of a head, whatever a parser let through before: this is
// the wall against request smuggling by downgrade (RFC 9112 §11.1, §11.2; RFC 9113 §10.3).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "regauge/http/characters.h"
#include "regauge/wire/simd_scan.h"

namespace regauge::http {

/// Tells whether `name` is a lower-case token. A name with a capital is refused rather than
/// written: its known-field id would not be found, and `Content-Length` would pass as unknown.
/// Cost: one step an octet. Source: RFC 9110 §5.1, §5.6.2.
[[nodiscard]] constexpr bool is_writable_name(std::string_view name) {
  std::uint8_t common = kToken;
  bool capital = false;
  for (const char octet : name) {
    common &= kClasses[static_cast<unsigned char>(octet)];
    capital |= octet >= 'A' && octet <= 'Z';
  }
  return !name.empty() && common == kToken && !capital;
}

/// Tells whether `value` has no control octet but HTAB and no white space at its ends.
/// Cost: one step per sixteen octets. Source: RFC 9110 §5.5.
[[nodiscard]] inline bool is_writable_value(std::string_view value) {
  if (value.empty()) return true;
  if (is_white(value.front()) || is_white(value.back())) return false;
  return wire::all_field_text(value);
}

/// Tells whether `path` can be the path and query of a target once its backslashes are encoded:
/// visible ASCII without `#`. Cost: one step an octet. Source: RFC 9112 §3.2.
[[nodiscard]] constexpr bool is_writable_path(std::string_view path) {
  bool good = !path.empty();
  for (const char octet : path) good &= octet > ' ' && octet < '\x7f' && octet != '#';
  return good;
}

/// Finds the port of an authority: what follows the last colon outside an IP literal.
/// Returns an empty view if there is none. Lifetime: that of `authority`.
[[nodiscard]] constexpr std::string_view port_of(std::string_view authority) {
  const std::size_t literal_end = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return {};
  if (literal_end != std::string_view::npos && colon < literal_end) return {};
  return authority.substr(colon + 1);
}

/// Tells whether two hexadecimal digits stand behind each '%'. Source: RFC 3986 §2.1.
[[nodiscard]] constexpr bool escapes_are_whole(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    const std::string_view digits = text.substr(at + 1, 2);
    if (digits.size() < 2 || !all_of_class(digits, kHexDigit)) return false;
  }
  return true;
}

/// Tells whether `digits` is a port from 0 to 65535, or empty. Source: RFC 3986 §3.2.3.
[[nodiscard]] constexpr bool is_port(std::string_view digits) {
  constexpr std::size_t kDigitsMax = 5;
  if (digits.size() > kDigitsMax) return false;
  std::uint32_t port = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return false;
    port = port * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  return port <= 65535;
}

/// Tells whether `authority` can be a Host value: uri-host [":" digits], no userinfo, possibly
/// empty. Cost: one step an octet. Source: RFC 9110 §7.2, RFC 3986 §3.2.2.
[[nodiscard]] constexpr bool is_writable_authority(std::string_view authority) {
  // Nearly all are a name, perhaps with a port.
  std::size_t name = 0;
  while (name < authority.size() && has_class(authority[name], kPlainName)) ++name;
  if (name == authority.size()) return true;
  if (authority[name] == ':') return name > 0 && is_port(authority.substr(name + 1));
  if (!all_of_class(authority, kHost) || !escapes_are_whole(authority)) return false;
  if (authority.empty()) return true;
  const std::string_view port = port_of(authority);
  if (!is_port(port)) return false;
  std::string_view host = authority;
  if (!port.empty()) host.remove_suffix(port.size() + 1);
  if (port.empty() && host.ends_with(':')) host.remove_suffix(1);
  if (host.empty()) return false;
  const bool literal = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (literal) host = host.substr(1, host.size() - 2);
  for (const char octet : host) {
    if (literal && !has_class(octet, kHexDigit) && octet != ':' && octet != '.') return false;
    if (octet == '[' || octet == ']' || (octet == ':' && !literal)) return false;
  }
  return true;
}

/// Tells whether `authority` can be the target of CONNECT: a host and a port from 1 to 65535.
/// Source: RFC 9112 §3.2.3, RFC 9110 §9.3.6.
[[nodiscard]] constexpr bool is_connect_authority(std::string_view authority) {
  const std::string_view port = port_of(authority);
  if (!is_writable_authority(authority) || port.empty() || port.size() > 5) return false;
  std::uint32_t number = 0;
  for (const char digit : port) number = number * 10 + static_cast<std::uint32_t>(digit - '0');
  return number >= 1 && number <= 65535 && port.size() < authority.size() - 1;
}

/// Returns the port that an authority without one has: of HTTP and of WebSocket, whose letters have
/// any case; nothing for other schemes. Without a scheme it is that of `http`.
/// Lifetime: static. Source: RFC 9110 §4.2, RFC 6455 §3.
[[nodiscard]] constexpr std::string_view default_port_of(std::string_view scheme) {
  if (equal_fold(scheme, "https") || equal_fold(scheme, "wss")) return "443";
  const bool plain = scheme.empty() || equal_fold(scheme, "http") || equal_fold(scheme, "ws");
  return plain ? "80" : "";
}

/// Tells whether two authorities name the same host and port, the default port of `scheme` and an
/// empty port being the same as none. Source: RFC 9110 §4.2.3.
[[nodiscard]] constexpr bool is_same_authority(std::string_view left, std::string_view right,
                                               std::string_view scheme) {
  const std::string_view usual = default_port_of(scheme);
  const auto without_usual_port = [usual](std::string_view authority) {
    const std::string_view port = port_of(authority);
    if (!port.empty() && port == usual) authority.remove_suffix(port.size() + 1);
    if (port.empty() && authority.ends_with(':')) authority.remove_suffix(1);
    return authority;
  };
  return equal_fold(without_usual_port(left), without_usual_port(right));
}

/// Tells whether `scheme` is one (RFC 3986 §3.1).
[[nodiscard]] constexpr bool is_scheme(std::string_view scheme) {
  bool good = !scheme.empty() && to_lower(scheme.front()) >= 'a' && to_lower(scheme.front()) <= 'z';
  for (const char octet : scheme) {
    const char low = to_lower(octet);
    good &= (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') || octet == '+' ||
            octet == '-' || octet == '.';
  }
  return good;
}

/// Tells whether an unknown name reads as a framing field to a server that maps other octets to
/// `-` or drops them, as CGI gateways do with `content_length`.
/// Cost: constant; the name is at most 24 octets when anything is compared.
[[nodiscard]] constexpr bool is_framing_alias(std::string_view name) {
  constexpr std::size_t kLongest = 24;
  if (name.size() > kLongest) return false;
  std::array<char, kLongest> letters{};
  std::size_t count = 0;
  for (const char octet : name) {
    if (octet >= 'a' && octet <= 'z') letters.at(count++) = octet;
  }
  const std::string_view folded(letters.data(), count);
  return folded == "contentlength" || folded == "transferencoding";
}

}  // namespace regauge::http
