// Octets in JSON: latin-1 strings and base64, as all commands read and print them (design §10).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace regauge::proxy {

/// Writes octets as the UTF-8 of U+0000 to U+00FF.
[[nodiscard]] std::string to_latin1_text(std::string_view octets);
/// Reads such a text back; nothing if it has a code point above U+00FF or is no UTF-8.
[[nodiscard]] std::optional<std::string> from_latin1_text(std::string_view text);
/// Writes octets in base64 with padding.
[[nodiscard]] std::string to_base64(std::string_view octets);
/// Reads base64; nothing if it is none.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace regauge::proxy
