#include "regauge/http/field_id.h"

#include <array>
#include <bit>
#include <cstddef>
#include <utility>

#include "regauge/http/field_lookup.h"

namespace regauge::http {
namespace {

constexpr auto kCount = static_cast<std::size_t>(FieldId::count_);

constexpr std::array<std::string_view, kCount> kNames{
    "",  // FieldId::unknown
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-request-headers",
    "access-control-request-method",
    "age",
    "allow",
    "alt-svc",
    "authorization",
    "cache-control",
    "capsule-protocol",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-security-policy",
    "content-type",
    "cookie",
    "date",
    "dnt",
    "early-data",
    "etag",
    "expect",
    "expires",
    "forwarded",
    "from",
    "grpc-accept-encoding",
    "grpc-encoding",
    "grpc-message",
    "grpc-status",
    "grpc-status-details-bin",
    "grpc-timeout",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "last-modified",
    "link",
    "location",
    "max-forwards",
    "origin",
    "permissions-policy",
    "pragma",
    "priority",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "referrer-policy",
    "retry-after",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "server",
    "server-timing",
    "set-cookie",
    "strict-transport-security",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
    "x-content-type-options",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-frame-options",
    "x-grpc-web",
    "x-real-ip",
    "x-request-id",
    "x-requested-with",
    "x-user-agent",
    "x-xss-protection",
};

// Reads `kOctets` octets as one number. The compiler needs the loop.
template <std::size_t kOctets>
constexpr std::uint64_t number_at(std::string_view text, std::size_t at) {
  std::array<std::uint8_t, sizeof(std::uint64_t)> octets{};
  for (std::size_t i = 0; i < kOctets; ++i) octets[i] = static_cast<std::uint8_t>(text[at + i]);
  return std::bit_cast<std::uint64_t>(octets);
}

constexpr NameEnds ends_of(std::string_view name) {
  const std::size_t size = name.size();
  if (size >= 8) return {number_at<8>(name, 0), number_at<8>(name, size - 8)};
  std::array<std::uint8_t, sizeof(std::uint64_t)> octets{};
  for (std::size_t i = 0; i < size; ++i) {
    octets[octets.size() - size + i] = static_cast<std::uint8_t>(name[i]);
  }
  return {std::bit_cast<std::uint64_t>(octets), 0};
}

constexpr auto kSlots = [] {
  std::array<std::uint8_t, kNameSlots> slots{};
  for (std::size_t id = 1; id < kCount; ++id) {
    slots[name_slot(ends_of(kNames[id]), kNames[id].size())] = static_cast<std::uint8_t>(id);
  }
  return slots;
}();

// A name that shares its slot with a later one is not found: then another multiplier is needed.
consteval bool parts_all_names() {
  for (std::size_t id = 1; id < kCount; ++id) {
    if (kSlots[name_slot(ends_of(kNames[id]), kNames[id].size())] != id) return false;
  }
  return true;
}
static_assert(parts_all_names(), "two names share a slot: change kMultiplier");

}  // namespace

constinit const std::array<std::uint8_t, kNameSlots> kNameSlotTable = kSlots;

constinit const std::array<KnownName, kCount> kKnownNames = [] {
  std::array<KnownName, kCount> known{};
  for (std::size_t id = 0; id < kCount; ++id) known[id] = {ends_of(kNames[id]), kNames[id].size()};
  return known;
}();

FieldId field_id(std::string_view name) {
  const wire::Bytes octets = wire::as_bytes(name);
  if (name.size() < sizeof(std::uint64_t)) {
    std::array<std::uint8_t, sizeof(std::uint64_t)> padded;
    wire::store_word(padded, wire::load_few(octets));
    return short_field_id(padded, name.size());
  }
  const FieldId id = short_field_id(octets, name.size());
  if (name.size() > kShortNameOctets && field_name(id) != name) return FieldId::unknown;
  return id;
}

std::string_view field_name(FieldId id) { return kNames[std::to_underlying(id)]; }

bool is_connection_specific(FieldId id) {
  switch (id) {
    case FieldId::connection:
    case FieldId::keep_alive:
    case FieldId::proxy_connection:
    case FieldId::transfer_encoding:
    case FieldId::upgrade:
    case FieldId::http2_settings: return true;
    default: return false;
  }
}

bool is_forbidden_in_trailers(FieldId id) {
  switch (id) {
    case FieldId::authorization:
    case FieldId::cache_control:
    case FieldId::connection:
    case FieldId::content_encoding:
    case FieldId::content_length:
    case FieldId::content_range:
    case FieldId::content_type:
    case FieldId::cookie:
    case FieldId::expect:
    case FieldId::host:
    case FieldId::http2_settings:
    case FieldId::keep_alive:
    case FieldId::max_forwards:
    case FieldId::proxy_authenticate:
    case FieldId::proxy_authorization:
    case FieldId::proxy_connection:
    case FieldId::range:
    case FieldId::set_cookie:
    case FieldId::te:
    case FieldId::trailer:
    case FieldId::transfer_encoding:
    case FieldId::upgrade:
    case FieldId::www_authenticate: return true;
    default: return false;
  }
}

}  // namespace regauge::http
