// The static table (RFC 7541 Appendix A).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "regauge/http/field.h"

namespace regauge::hpack {

/// Counts the entries of the static table; index 62 is the newest dynamic entry.
inline constexpr std::uint32_t kStaticEntries = 61;

/// Lists the static table by index, 1 to 61; [0] is unused. Pseudo-field names have no id.
inline constexpr std::array<http::FieldLine, kStaticEntries + 1> kStaticTable{{
    {"", "", http::FieldId::unknown},
    {":authority", "", http::FieldId::unknown},
    {":method", "GET", http::FieldId::unknown},
    {":method", "POST", http::FieldId::unknown},
    {":path", "/", http::FieldId::unknown},
    {":path", "/index.html", http::FieldId::unknown},
    {":scheme", "http", http::FieldId::unknown},
    {":scheme", "https", http::FieldId::unknown},
    {":status", "200", http::FieldId::unknown},
    {":status", "204", http::FieldId::unknown},
    {":status", "206", http::FieldId::unknown},
    {":status", "304", http::FieldId::unknown},
    {":status", "400", http::FieldId::unknown},
    {":status", "404", http::FieldId::unknown},
    {":status", "500", http::FieldId::unknown},
    {"accept-charset", "", http::FieldId::accept_charset},
    {"accept-encoding", "gzip, deflate", http::FieldId::accept_encoding},
    {"accept-language", "", http::FieldId::accept_language},
    {"accept-ranges", "", http::FieldId::accept_ranges},
    {"accept", "", http::FieldId::accept},
    {"access-control-allow-origin", "", http::FieldId::access_control_allow_origin},
    {"age", "", http::FieldId::age},
    {"allow", "", http::FieldId::allow},
    {"authorization", "", http::FieldId::authorization},
    {"cache-control", "", http::FieldId::cache_control},
    {"content-disposition", "", http::FieldId::content_disposition},
    {"content-encoding", "", http::FieldId::content_encoding},
    {"content-language", "", http::FieldId::content_language},
    {"content-length", "", http::FieldId::content_length},
    {"content-location", "", http::FieldId::content_location},
    {"content-range", "", http::FieldId::content_range},
    {"content-type", "", http::FieldId::content_type},
    {"cookie", "", http::FieldId::cookie},
    {"date", "", http::FieldId::date},
    {"etag", "", http::FieldId::etag},
    {"expect", "", http::FieldId::expect},
    {"expires", "", http::FieldId::expires},
    {"from", "", http::FieldId::from},
    {"host", "", http::FieldId::host},
    {"if-match", "", http::FieldId::if_match},
    {"if-modified-since", "", http::FieldId::if_modified_since},
    {"if-none-match", "", http::FieldId::if_none_match},
    {"if-range", "", http::FieldId::if_range},
    {"if-unmodified-since", "", http::FieldId::if_unmodified_since},
    {"last-modified", "", http::FieldId::last_modified},
    {"link", "", http::FieldId::link},
    {"location", "", http::FieldId::location},
    {"max-forwards", "", http::FieldId::max_forwards},
    {"proxy-authenticate", "", http::FieldId::proxy_authenticate},
    {"proxy-authorization", "", http::FieldId::proxy_authorization},
    {"range", "", http::FieldId::range},
    {"referer", "", http::FieldId::referer},
    {"refresh", "", http::FieldId::unknown},
    {"retry-after", "", http::FieldId::retry_after},
    {"server", "", http::FieldId::server},
    {"set-cookie", "", http::FieldId::set_cookie},
    {"strict-transport-security", "", http::FieldId::strict_transport_security},
    {"transfer-encoding", "", http::FieldId::transfer_encoding},
    {"user-agent", "", http::FieldId::user_agent},
    {"vary", "", http::FieldId::vary},
    {"via", "", http::FieldId::via},
    {"www-authenticate", "", http::FieldId::www_authenticate},
}};

}  // namespace regauge::hpack
