// Field marks: what RFC 9113 §8.2 says about one field line, judged once and kept in the table.
#pragma once

#include <cstdint>
#include <string_view>

#include "regauge/hpack/line_check.h"
#include "regauge/http/characters.h"
#include "regauge/http/field_id.h"
#include "regauge/wire/simd_scan.h"

namespace regauge::h2 {

/// Bits of a mark. A line without marks is a regular field line that no rule speaks of.
enum FieldMark : std::uint8_t {
  kNameFault = 1,       ///< the name is empty, no token, or has an upper-case letter
  kValueForbidden = 2,  ///< the value has NUL, CR or LF
  kValueControl = 4,    ///< the value has another control octet
  kValueEdge = 8,       ///< the value begins or ends with white space
  kPseudo = 16,         ///< the name begins with a colon
  kRuled = 32,          ///< a rule of RFC 9113 §8 or RFC 9110 speaks of this name
};

/// Tells whether a known name needs more than the checks of its octets. HTTP2-Settings is not among
/// the fields that RFC 9113 §8.2.2 calls malformed; a translation leaves it out.
[[nodiscard]] constexpr bool is_ruled(http::FieldId id) {
  switch (id) {
    case http::FieldId::connection:
    case http::FieldId::content_length:
    case http::FieldId::host:
    case http::FieldId::keep_alive:
    case http::FieldId::priority:
    case http::FieldId::proxy_connection:
    case http::FieldId::te:
    case http::FieldId::transfer_encoding:
    case http::FieldId::upgrade: return true;
    default: return false;
  }
}

/// Judges a name. Cost: one step an octet.
[[nodiscard]] constexpr hpack::Mark check_name(std::string_view name, http::FieldId id) {
  if (id != http::FieldId::unknown) return is_ruled(id) ? kRuled : 0;
  if (name.starts_with(':')) return kPseudo;
  bool capital = false;
  std::uint8_t common = http::kToken;
  for (const char octet : name) {
    common &= http::kClasses[static_cast<unsigned char>(octet)];
    capital |= octet >= 'A' && octet <= 'Z';
  }
  return name.empty() || common != http::kToken || capital ? kNameFault : 0;
}

/// Judges a value and returns the mark of the whole line. Cost: one step per sixteen octets, and
/// one an octet of a value with a fault.
[[nodiscard]] constexpr hpack::Mark check_value(std::string_view value, http::FieldId /*id*/,
                                                hpack::Mark name_mark) {
  if (value.empty()) return name_mark;
  bool control = false;
  bool forbidden = false;
  bool text = false;
  if !consteval {
    text = wire::all_field_text(value);
  }
  if (!text) {
    for (const char octet : value) {
      const auto byte = static_cast<unsigned char>(octet);
      control |= (byte < 0x20 && byte != '\t') || byte == 0x7f;
      forbidden |= byte == '\0' || byte == '\r' || byte == '\n';
    }
  }
  const bool edge = http::is_white(value.front()) || http::is_white(value.back());
  return static_cast<hpack::Mark>(name_mark | (forbidden ? kValueForbidden : 0) |
                                  (control ? kValueControl : 0) | (edge ? kValueEdge : 0));
}

/// Judges the lines of every decoder of this codec.
inline constexpr hpack::LineCheck kFieldCheck = hpack::line_check(check_name, check_value);

}  // namespace regauge::h2
