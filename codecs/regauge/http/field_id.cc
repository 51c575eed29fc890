#include "regauge/http/field_id.h"

#include <array>
#include <bit>
#include <cstddef>
#include <utility>

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
    "content-type",
    "cookie",
    "date",
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
    "priority",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "retry-after",
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
    "x-user-agent",
};

constexpr std::size_t kSlots = 2048;

// Reads `kOctets` octets as one number. The compiler needs the loop, the processor a single load.
template <std::size_t kOctets>
constexpr std::uint64_t number_at(std::string_view text, std::size_t at) {
  std::array<std::uint8_t, sizeof(std::uint64_t)> octets{};
  for (std::size_t i = 0; i < kOctets; ++i) octets[i] = static_cast<std::uint8_t>(text[at + i]);
  return std::bit_cast<std::uint64_t>(octets);
}

// The ends of a name, which overlap in a short one: together with its length, all of a name of up
// to sixteen octets.
struct Ends {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  bool operator==(const Ends&) const = default;
};

constexpr Ends ends_of(std::string_view name) {
  const std::size_t size = name.size();
  if (size >= 8) return {number_at<8>(name, 0), number_at<8>(name, size - 8)};
  if (size >= 4) return {number_at<4>(name, 0), number_at<4>(name, size - 4)};
  if (size == 0) return {};
  const auto octet = [name](std::size_t at) { return static_cast<unsigned char>(name[at]); };
  return {octet(0), static_cast<std::uint64_t>(octet(size / 2) << 8U | octet(size - 1))};
}

// Mixes the length with the ends: enough to part all known names.
constexpr std::uint32_t hash_of(Ends ends, std::size_t size, std::uint64_t multiplier) {
  const std::uint64_t mixed = (ends.head ^ (ends.tail * 0x9E3779B97F4A7C15U) ^ size) * multiplier;
  return static_cast<std::uint32_t>(mixed >> 53U);
}

constexpr std::array<std::uint8_t, kSlots> slots_for(std::uint64_t multiplier) {
  std::array<std::uint8_t, kSlots> slots{};
  for (std::size_t id = 1; id < kCount; ++id) {
    std::uint8_t& slot = slots[hash_of(ends_of(kNames[id]), kNames[id].size(), multiplier)];
    if (slot != 0) return {};
    slot = static_cast<std::uint8_t>(id);
  }
  return slots;
}

// Searched by the compiler: the first multiplier under which no two names share a slot.
consteval std::uint64_t search_multiplier() {
  std::uint64_t multiplier = 0x9E3779B97F4A7C15U;
  for (int tries = 0; tries < 4096; ++tries) {
    const auto slots = slots_for(multiplier);
    for (const std::uint8_t slot : slots) {
      if (slot != 0) return multiplier;
    }
    multiplier = multiplier * 6364136223846793005U + 1442695040888963407U;
    multiplier |= 1U;
  }
  return 0;
}

constexpr std::uint64_t kMultiplier = search_multiplier();
static_assert(kMultiplier != 0, "no perfect hash was found: enlarge kSlots");
constexpr auto kSlotTable = slots_for(kMultiplier);

// A name of up to sixteen octets is compared by its ends alone.
constexpr std::size_t kEndsOctets = 16;
struct Row {
  Ends ends;
  std::size_t size = 0;
};
constexpr auto kRows = [] {
  std::array<Row, kCount> rows{};
  for (std::size_t id = 0; id < kCount; ++id) rows[id] = {ends_of(kNames[id]), kNames[id].size()};
  return rows;
}();

}  // namespace

FieldId field_id(std::string_view name) {
  const Ends ends = ends_of(name);
  const std::uint8_t candidate = kSlotTable[hash_of(ends, name.size(), kMultiplier)];
  const Row& row = kRows[candidate];
  if (row.size != name.size() || row.ends != ends) return FieldId::unknown;
  if (row.size > kEndsOctets && kNames[candidate] != name) return FieldId::unknown;
  return static_cast<FieldId>(candidate);
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
