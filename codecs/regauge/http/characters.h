// Character classes of RFC 9110 §5.6 and RFC 3986 as one table: one load an octet.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace regauge::http {

/// Bits of `kClasses`.
enum CharacterClass : std::uint8_t {
  kToken = 1,       ///< tchar (RFC 9110 §5.6.2)
  kHexDigit = 2,    ///< HEXDIG
  kFieldText = 4,   ///< HTAB, SP, visible and obs-text: what a field value may have
  kTarget = 8,      ///< octets that stand in a request target as they are, URI characters or not
  kHost = 16,       ///< octets of a reg-name, IPv4 address or IP literal (RFC 3986 §3.2.2)
  kUri = 32,        ///< octets that RFC 3986 allows in a path and query
  kPlainName = 64,  ///< as kHost without "%:[]": no escapes, ports and IP literals
};

consteval std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  const auto mark = [&classes](std::string_view octets, std::uint8_t bits) {
    for (const char c : octets) classes[static_cast<unsigned char>(c)] |= bits;
  };
  constexpr std::string_view kAlphanumeric =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  mark(kAlphanumeric, kToken | kHost | kPlainName | kUri);
  mark("!#$%&'*+-.^_`|~", kToken);
  mark("0123456789abcdefABCDEF", kHexDigit);
  mark("-._~!$&'()*+,;=", kPlainName);
  mark("-._~!$&'()*+,;=%", kHost);
  mark(":[]", kHost);
  mark("-._~!$&'()*+,;=%:@/?[]", kUri);
  for (unsigned c = 0x21; c < 0x7f; ++c) classes[c] |= kTarget | kFieldText;
  for (unsigned c = 0x80; c < 0x100; ++c) classes[c] |= kFieldText;
  mark(" \t", kFieldText);
  return classes;
}

/// Holds the class bits of each octet.
inline constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

/// Tells whether an octet has one of the classes.
[[nodiscard]] constexpr bool has_class(char octet, std::uint8_t bits) {
  return (kClasses[static_cast<unsigned char>(octet)] & bits) != 0;
}

/// Tells whether all octets have one of the classes; true for an empty text. Cost: one step an
/// octet.
[[nodiscard]] constexpr bool all_of_class(std::string_view text, std::uint8_t bits) {
  std::uint8_t common = bits;
  for (const char octet : text) common &= kClasses[static_cast<unsigned char>(octet)];
  return (common & bits) == bits;
}

/// Tells whether the text is a token: not empty and tchar only.
[[nodiscard]] constexpr bool is_token(std::string_view text) {
  return !text.empty() && all_of_class(text, kToken);
}

/// Tells whether an octet is SP or HTAB, the only white space of HTTP (RFC 9110 §5.6.3).
[[nodiscard]] constexpr bool is_white(char octet) { return octet == ' ' || octet == '\t'; }

/// Returns an ASCII letter in lower case and every other octet as it is.
[[nodiscard]] constexpr char to_lower(char octet) {
  return octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet + ('a' - 'A')) : octet;
}

/// Compares without regard to the case of ASCII letters.
[[nodiscard]] constexpr bool equal_fold(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (to_lower(left[i]) != to_lower(right[i])) return false;
  }
  return true;
}

/// Drops SP and HTAB at both ends (OWS). Nothing else is white space: stripping more has let
/// `\xa0chunked` through elsewhere.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_white(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_white(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace regauge::http
