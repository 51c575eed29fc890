// Reads chunked content by the grammar of RFC 9112 §7.1 alone, apart from the codec and for
// clarity: nothing is forgiven.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace regauge::fuzz {

/// What stands at the front of octets as chunked content.
struct ReadChunks {
  enum class Verdict : std::uint8_t { complete, incomplete, refused } verdict;
  std::string content;
  std::size_t octets = 0;     ///< of complete content and its trailer section
  bool has_trailers = false;  ///< whose lines were not judged
};

/// Reads chunked content.
class ChunkReader {
 public:
  explicit ChunkReader(std::string_view octets) : rest_(octets), size_(octets.size()) {}

  ReadChunks read() {
    ReadChunks chunks{ReadChunks::Verdict::incomplete, {}, 0, false};
    while (true) {
      const auto text = line();
      if (!text) return end(chunks);
      const auto size = size_of(*text);
      if (!size) return refuse(chunks);
      if (*size == 0) break;
      const bool whole = rest_.size() >= *size;
      chunks.content += rest_.substr(0, static_cast<std::size_t>(whole ? *size : rest_.size()));
      if (!whole) return chunks;
      rest_.remove_prefix(static_cast<std::size_t>(*size));
      if (!std::string_view("\r\n").starts_with(rest_.substr(0, 2))) return refuse(chunks);
      if (rest_.size() < 2) return chunks;
      rest_.remove_prefix(2);
    }
    while (true) {
      const auto text = line();
      if (!text) return end(chunks);
      if (text->empty()) break;
      chunks.has_trailers = true;
    }
    chunks.verdict = ReadChunks::Verdict::complete;
    chunks.octets = size_ - rest_.size();
    return chunks;
  }

 private:
  static ReadChunks refuse(ReadChunks& chunks) {
    chunks.verdict = ReadChunks::Verdict::refused;
    return chunks;
  }
  ReadChunks end(ReadChunks& chunks) const { return wrong_ ? refuse(chunks) : chunks; }
  // A line ends with CR LF, and neither octet stands elsewhere.
  std::optional<std::string_view> line() {
    const std::size_t lf = rest_.find('\n');
    if (lf == std::string_view::npos) return std::nullopt;
    wrong_ = lf == 0 || rest_[lf - 1] != '\r' || rest_.find('\r') != lf - 1;
    if (wrong_) return std::nullopt;
    const std::string_view text = rest_.substr(0, lf - 1);
    rest_.remove_prefix(lf + 1);
    return text;
  }
  // chunk-size [ *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ) ]
  static std::optional<std::uint64_t> size_of(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::uint64_t size = 0;
    std::size_t digits = 0;
    for (; digits < text.size(); ++digits) {
      const char octet = text[digits];
      const char low = octet >= 'A' && octet <= 'F' ? static_cast<char>(octet + 32) : octet;
      const std::size_t value = kDigits.find(low);
      if (value == std::string_view::npos) break;
      if (digits == 32 || size >= std::uint64_t{1} << 59U) return std::nullopt;  // below 2^63
      size = size * 16 + value;
    }
    text.remove_prefix(digits);
    if (digits == 0) return std::nullopt;
    while (!text.empty()) {
      if (!take(text, ';')) return std::nullopt;
      skip_white(text);
      if (!skip_token(text)) return std::nullopt;
      if (!take(text, '=')) continue;
      skip_white(text);
      if (!skip_quoted(text) && !skip_token(text)) return std::nullopt;
    }
    return size;
  }
  static void skip_white(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  }
  // Takes an octet with white space before it, or nothing.
  static bool take(std::string_view& text, char octet) {
    std::string_view behind = text;
    skip_white(behind);
    if (!behind.starts_with(octet)) return false;
    text = behind.substr(1);
    return true;
  }
  static bool skip_token(std::string_view& text) {
    const auto odd = [](char octet) {
      return octet <= ' ' || octet >= '\x7f' ||
             std::string_view("\"(),/:;<=>?@[\\]{}").contains(octet);
    };
    std::size_t at = 0;
    while (at < text.size() && !odd(text[at])) ++at;
    text.remove_prefix(at);
    return at > 0;
  }
  // A quoted string has no controls but HTAB; a backslash takes the next octet along.
  static bool skip_quoted(std::string_view& text) {
    if (!text.starts_with('"')) return false;
    for (std::size_t at = 1; at < text.size(); ++at) {
      const auto octet = static_cast<unsigned char>(text[at]);
      if ((octet < 0x20 && octet != '\t') || octet == 0x7f) return false;
      if (octet == '"') {
        text.remove_prefix(at + 1);
        return true;
      }
      if (octet != '\\') continue;
      ++at;
      if (at == text.size() || static_cast<unsigned char>(text[at]) == 0x7f) return false;
      if (static_cast<unsigned char>(text[at]) < 0x20 && text[at] != '\t') return false;
    }
    return false;
  }

  std::string_view rest_;
  std::size_t size_;
  bool wrong_ = false;
};

}  // namespace regauge::fuzz
