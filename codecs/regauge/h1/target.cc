#include "regauge/h1/target.h"

#include <array>
#include <cstddef>

#include "regauge/h1/characters.h"

namespace regauge::h1 {
namespace {

constexpr wire::OctetClass kPlainOctets =
    wire::class_of([](unsigned octet) { return has_class(static_cast<char>(octet), kPlainName); });

struct HostAndPort {
  std::string_view host;
  std::string_view port;
  bool has_port = false;
  bool valid = false;
};

HostAndPort split_authority(std::string_view authority) {
  HostAndPort parts;
  std::size_t host_end = authority.find(':');
  if (authority.starts_with('[')) {
    host_end = authority.find(']');
    if (host_end == std::string_view::npos) return parts;
    ++host_end;
    for (const char octet : authority.substr(1, host_end - 2)) {
      if (!has_class(octet, kHexDigit) && octet != ':' && octet != '.') return parts;
    }
    if (host_end <= 2) return parts;
    if (host_end < authority.size() && authority[host_end] != ':') return parts;
  } else if (authority.find_first_of("[]") != std::string_view::npos) {
    return parts;
  }
  parts.host = authority.substr(0, host_end);
  if (host_end < authority.size()) {
    parts.has_port = true;
    parts.port = authority.substr(host_end + 1);
  }
  parts.valid =
      all_of_class(parts.host, kHost) && escapes_are_whole(parts.host) && is_port(parts.port);
  return parts;
}

// Writes path and query; what no target may carry to another reader is percent-encoded.
class PathWriter {
 public:
  /// Writes at most `octets` octets of a target, and "/"; `offset` is that of them in the input.
  PathWriter(HeadScratch scratch, std::uint64_t offset, std::size_t octets)
      : scratch_(scratch), offset_(offset), room_(scratch.text.reserve(1 + 3 * octets)) {}

  void put(char octet) { room_[size_++] = static_cast<std::uint8_t>(octet); }
  bool write(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char octet = text[i];
      if (has_class(octet, kUri)) {
        put(octet);
        continue;
      }
      if (octet == '#') return note(Deviation::fragment_in_target, i);
      if (!judge(octet, i)) return false;
      if (needs_encoding(octet)) {
        encode(octet);
      } else {
        put(octet);
      }
    }
    return true;
  }
  /// Returns what was written.
  [[nodiscard]] std::string_view finish() { return scratch_.text.commit(size_); }

 private:
  static bool needs_encoding(char octet) {
    return octet == '\\' || is_white(octet) || static_cast<unsigned char>(octet) >= 0x80;
  }
  bool judge(char octet, std::size_t at) {
    if (octet == '\\') return note(Deviation::backslash_in_target, at);
    if (is_white(octet)) return note(Deviation::space_in_target, at);
    if (static_cast<unsigned char>(octet) >= 0x80) return note(Deviation::obs_text_in_target, at);
    if (!has_class(octet, kTarget)) {
      return scratch_.report.refuse(Deviation::ctl_in_target, offset_ + at);
    }
    return note(Deviation::non_uri_char_in_target, at);
  }
  // Once a target and deviation: a long target of odd octets is one deviation.
  bool note(Deviation deviation, std::size_t at) {
    return scratch_.report.has(deviation) || scratch_.report.note(deviation, offset_ + at);
  }
  void encode(char octet) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto value = static_cast<unsigned char>(is_white(octet) ? ' ' : octet);
    put('%');
    put(kDigits[value >> 4U]);
    put(kDigits[value & 15U]);
  }

  HeadScratch scratch_;
  std::uint64_t offset_;
  wire::MutableBytes room_;
  std::size_t size_ = 0;
};

bool parse_connect(std::string_view text, std::uint64_t offset, HeadScratch scratch,
                   Target& target) {
  const HostAndPort parts = split_authority(text);
  const bool has_port = parts.has_port && !parts.port.empty();
  const bool zero = parts.port.find_first_not_of('0') == std::string_view::npos;
  if (!parts.valid || !has_port || zero || parts.host.empty()) {
    return scratch.report.refuse(Deviation::bad_connect_target, offset);
  }
  target.authority = scratch.text.append(text);
  return true;
}

bool parse_absolute(std::string_view text, http::MethodId method, std::uint64_t offset,
                    HeadScratch scratch, Target& target) {
  const std::size_t scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, scheme_end);
  bool letters = !scheme.empty();
  for (const char c : scheme) {
    letters = letters && (has_class(c, kHexDigit) || (to_lower(c) >= 'g' && to_lower(c) <= 'z') ||
                          c == '+' || c == '-' || c == '.');
  }
  if (scheme_end == std::string_view::npos || !letters || to_lower(scheme.front()) < 'a') {
    return scratch.report.refuse(Deviation::bad_target_form, offset);
  }
  const std::size_t authority_at = scheme_end + 3;
  const std::size_t end = text.find_first_of("/?#", authority_at);
  const std::string_view authority = text.substr(authority_at, end - authority_at);
  if (authority.contains('@')) {
    return scratch.report.refuse(Deviation::userinfo_in_target, offset + authority_at);
  }
  const HostAndPort parts = split_authority(authority);
  if (!parts.valid || parts.host.empty()) {
    return scratch.report.refuse(Deviation::bad_target_form, offset + authority_at);
  }
  target.absolute = true;
  target.scheme = scratch.text.append_lower(scheme);
  target.authority = scratch.text.append(authority);
  const std::string_view rest = end == std::string_view::npos ? "" : text.substr(end);
  const bool no_path = rest.empty() || rest.front() == '#';
  if (no_path && method == http::MethodId::options) {
    // RFC 9112 §3.2.4: an empty path of OPTIONS is the asterisk-form at the last hop.
    target.path = scratch.text.append("*");
    return rest.empty() || scratch.report.note(Deviation::fragment_in_target, offset + end);
  }
  PathWriter writer(scratch, offset + text.size() - rest.size(), rest.size());
  if (no_path || rest.front() == '?') writer.put('/');
  if (!writer.write(rest)) return false;
  target.path = writer.finish();
  return true;
}

}  // namespace

bool is_host(std::string_view host, const wire::BlockScanner& scanner) {
  // Nearly all are a name, perhaps with a port.
  const std::size_t name = scanner.count_class(wire::as_bytes(host), host.size(), kPlainOctets);
  if (name == host.size()) return true;
  if (host[name] == ':') return name > 0 && is_port(host.substr(name + 1));
  // An IP literal, escapes.
  return split_authority(host).valid;
}

bool parse_target(std::string_view text, http::MethodId method, std::uint64_t offset,
                  HeadScratch scratch, Target& target) {
  if (method == http::MethodId::connect) return parse_connect(text, offset, scratch, target);
  if (text == "*") {
    if (method != http::MethodId::options) {
      return scratch.report.refuse(Deviation::asterisk_non_options, offset);
    }
    target.path = scratch.text.append(text);
    return true;
  }
  if (!text.starts_with('/')) return parse_absolute(text, method, offset, scratch, target);
  PathWriter writer(scratch, offset, text.size());
  if (!writer.write(text)) return false;
  target.path = writer.finish();
  return true;
}

}  // namespace regauge::h1
