#include "fuzz/h2_message_model.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "regauge/http/field_id.h"

namespace regauge::fuzz {
namespace {

using Lines = std::vector<oracle::Line>;

// The limits that http::Limits has by default.
constexpr std::size_t kLinesMax = 256;
constexpr std::size_t kCrumbsMax = 128;
constexpr std::size_t kHeadOctetsMax = 65536;
constexpr std::size_t kTrailerOctetsMax = 16384;
constexpr std::size_t kCookieOctetsMax = 16384;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || is_one_of(c, "!#$%&'*+-.^_`|~");
  });
}

bool is_all_digits(std::string_view text) { return std::ranges::all_of(text, is_digit); }

std::string lower(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return low;
}

bool is_good_name(std::string_view name) { return is_token(name) && lower(name) == name; }

bool is_good_value(std::string_view value) {
  for (const char c : value) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
  }
  return value.empty() || (!is_one_of(value.front(), " \t") && !is_one_of(value.back(), " \t"));
}

bool is_of_one_connection(std::string_view name) {
  return name == "connection" || name == "keep-alive" || name == "proxy-connection" ||
         name == "transfer-encoding" || name == "upgrade";
}

// Splits host and port; the port is what follows the last colon outside of brackets.
struct HostPort {
  std::string host;
  std::optional<std::string> port;
};

HostPort split_authority(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  const bool inside = bracket != std::string_view::npos && colon < bracket;
  if (colon == std::string_view::npos || inside) return {std::string(authority), std::nullopt};
  return {std::string(authority.substr(0, colon)), std::string(authority.substr(colon + 1))};
}

bool is_hexadecimal(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// RFC 3986 §2.1: a percent sign has two hexadecimal digits behind it.
bool has_half_an_escape(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool whole =
        i + 2 < text.size() && is_hexadecimal(text[i + 1]) && is_hexadecimal(text[i + 2]);
    if (text[i] == '%' && !whole) return true;
  }
  return false;
}

bool is_good_port(const std::string& port) {
  return is_all_digits(port) && port.size() <= 5 && (port.empty() || std::stoi(port) <= 65535);
}

bool is_good_authority(std::string_view authority) {
  if (authority.empty()) return true;
  if (has_half_an_escape(authority)) return false;
  for (const char c : authority) {
    if (!is_letter(c) && !is_digit(c) && !is_one_of(c, "-._~!$&'()*+,;=%[]:")) return false;
  }
  auto [host, port] = split_authority(authority);
  if (host.empty() || (port && !is_good_port(*port))) return false;
  const bool literal = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (literal) host = host.substr(1, host.size() - 2);
  // RFC 3986 §3.2.2: what an address of IPv6 may have.
  const auto in_literal = [](char c) { return is_hexadecimal(c) || c == ':' || c == '.'; };
  if (literal && !std::ranges::all_of(host, in_literal)) return false;
  return std::ranges::none_of(
      host, [&](char c) { return c == '[' || c == ']' || (c == ':' && !literal); });
}

bool is_good_connect_authority(std::string_view authority) {
  const auto [host, port] = split_authority(authority);
  if (!is_good_authority(authority) || host.empty() || !port) return false;
  return !port->empty() && std::stoi(*port) >= 1;
}

bool is_same_authority(std::string_view left, std::string_view right, std::string_view scheme) {
  const bool secure = lower(scheme) == "https" || lower(scheme) == "wss";
  const auto canonical = [&](std::string_view authority) {
    auto [host, port] = split_authority(authority);
    const bool usual = !port || port->empty() || *port == (secure ? "443" : "80");
    return lower(usual ? host : std::string(authority));
  };
  return canonical(left) == canonical(right);
}

bool is_over_limit(const Lines& lines, std::size_t octets_max) {
  std::size_t count = 0;
  std::size_t cookies = 0;
  std::size_t cookie_octets = 0;
  std::size_t octets = 0;
  for (const oracle::Line& line : lines) {
    octets += line.name.size() + line.value.size() + 32;
    const bool cookie = line.name == "cookie";
    if (cookie) cookie_octets += line.value.size() + (cookies > 0 ? 2 : 0);
    if (!cookie || cookies == 0) ++count;
    if (cookie) ++cookies;
  }
  return count > kLinesMax || cookies > kCrumbsMax + 1 || cookie_octets > kCookieOctetsMax ||
         octets > octets_max;
}

bool is_good_scheme(std::string_view scheme) {
  return !scheme.empty() && is_letter(scheme.front()) && std::ranges::all_of(scheme, [](char c) {
    return is_letter(c) || is_digit(c) || is_one_of(c, "+-.");
  });
}

bool is_good_path(std::string_view path, std::string_view method) {
  for (const char c : path) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '#') return false;
  }
  return path.starts_with('/') || (path == "*" && method == "OPTIONS");
}

// What a request says in its pseudo-fields, and the two regular lines that belong to them.
struct Parts {
  std::map<std::string, std::string> pseudo;
  std::optional<std::string> host;
  std::optional<std::uint64_t> content_length;

  [[nodiscard]] bool has(const std::string& name) const { return pseudo.contains(name); }
};

enum class Side : std::uint8_t { request, response };

bool take_pseudo(Parts& parts, const oracle::Line& line, Side side) {
  const bool known = side == Side::response
                         ? line.name == ":status"
                         : line.name == ":method" || line.name == ":scheme" ||
                               line.name == ":path" || line.name == ":authority" ||
                               line.name == ":protocol";
  return known && parts.pseudo.emplace(line.name, line.value).second;
}

bool take_regular(Parts& parts, const oracle::Line& line, Side side) {
  if (!is_good_name(line.name) || !is_good_value(line.value)) return false;
  if (is_of_one_connection(line.name)) return false;
  if (line.name == "te") return lower(line.value) == "trailers";
  if (line.name == "host" && side == Side::request) {
    if (parts.host) return false;
    parts.host = line.value;
  }
  if (line.name == "content-length") {
    std::string digits = line.value;
    while (digits.size() > 18 && digits.front() == '0') digits.erase(0, 1);
    const bool good = !digits.empty() && digits.size() <= 18 && is_all_digits(digits);
    if (!good || parts.content_length) return false;
    parts.content_length = std::stoull(digits);
  }
  return true;
}

bool take_lines(Parts& parts, const Lines& lines, Side side) {
  bool regular = false;
  for (const oracle::Line& line : lines) {
    if (line.name.starts_with(':')) {
      if (regular || !take_pseudo(parts, line, side)) return false;
      continue;
    }
    regular = true;
    if (!take_regular(parts, line, side)) return false;
  }
  return true;
}

// RFC 9113 §8.3.1: the authority of a request that is no plain CONNECT.
bool settle_authority(JudgedRequest& request, const Parts& parts, const std::string& scheme) {
  const bool named = parts.has(":authority");
  request.authority = named ? parts.pseudo.at(":authority") : parts.host.value_or("");
  const bool needed = lower(scheme) == "http" || lower(scheme) == "https";
  if (request.authority.empty() && needed) return false;
  if (!is_good_authority(request.authority)) return false;
  return !named || !parts.host || is_same_authority(*parts.host, request.authority, scheme);
}

bool settle_target(JudgedRequest& request, const Parts& parts) {
  if (!parts.has(":method") || !is_token(parts.pseudo.at(":method"))) return false;
  request.method = parts.pseudo.at(":method");
  const bool connect = request.method == "CONNECT";
  const bool extended = parts.has(":protocol");
  request.tunnel = connect;
  request.extended = extended;
  if (extended && (!connect || !parts.has(":authority"))) return false;
  if (extended && !is_token(parts.pseudo.at(":protocol"))) return false;
  if (connect && parts.content_length) return false;
  if (connect && !extended) {
    if (parts.has(":scheme") || parts.has(":path") || !parts.has(":authority")) return false;
    request.authority = parts.pseudo.at(":authority");
    return is_good_connect_authority(request.authority);
  }
  if (!parts.has(":scheme") || !parts.has(":path")) return false;
  request.target = parts.pseudo.at(":path");
  return is_good_scheme(parts.pseudo.at(":scheme")) &&
         is_good_path(request.target, request.method) &&
         settle_authority(request, parts, parts.pseudo.at(":scheme"));
}

}  // namespace

JudgedRequest judge_request(const Lines& lines, bool ends) {
  JudgedRequest request;
  if (is_over_limit(lines, kHeadOctetsMax)) {
    request.judgement = Judgement::over_limit;
    return request;
  }
  Parts parts;
  const bool good = take_lines(parts, lines, Side::request) && settle_target(request, parts) &&
                    !(ends && parts.content_length.value_or(0) > 0);
  request.content_length = parts.content_length;
  if (!good) request.judgement = Judgement::malformed;
  return request;
}

JudgedResponse judge_response(const Lines& lines, bool ends, const std::string& method) {
  JudgedResponse response;
  if (is_over_limit(lines, kHeadOctetsMax)) {
    response.judgement = Judgement::over_limit;
    return response;
  }
  response.judgement = Judgement::malformed;
  Parts parts;
  if (!take_lines(parts, lines, Side::response) || !parts.has(":status")) return response;
  const std::string& digits = parts.pseudo.at(":status");
  if (digits.size() != 3 || !is_all_digits(digits) || digits[0] == '0') return response;
  response.status = std::stoi(digits);
  response.interim = response.status < 200;
  if (response.status == 101 || (response.interim && ends)) return response;
  response.tunnel = method == "CONNECT" && response.status >= 200 && response.status < 300;
  response.bodyless = !response.tunnel && (response.interim || method == "HEAD" ||
                                           response.status == 204 || response.status == 304);
  // RFC 9110 §8.6, §9.3.6: it says nothing there.
  const bool stripped = response.interim || response.status == 204 || response.tunnel;
  if (parts.content_length && stripped) response.dropped = 1;
  const bool counts = !stripped && !response.bodyless;
  if (counts && ends && parts.content_length.value_or(0) > 0) return response;
  if (counts) response.content_length = parts.content_length;
  response.judgement = Judgement::good;
  return response;
}

JudgedTrailers judge_trailers(const Lines& lines) {
  if (is_over_limit(lines, kTrailerOctetsMax)) return {Judgement::over_limit, 0};
  JudgedTrailers trailers;
  for (const oracle::Line& line : lines) {
    const bool good = is_good_name(line.name) && is_good_value(line.value) &&
                      !is_of_one_connection(line.name) && line.name != "content-length" &&
                      line.name != "host" && line.name != "trailer" &&
                      (line.name != "te" || lower(line.value) == "trailers");
    if (!good) return {Judgement::malformed, 0};
    if (http::is_forbidden_in_trailers(http::field_id(line.name))) ++trailers.dropped;
  }
  return trailers;
}

}  // namespace regauge::fuzz
