#include "regauge/h1/encoder_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "regauge/h1/characters.h"

namespace regauge::h1 {
namespace {

using http::EndStream;
using http::FieldId;
using http::Framing;
using http::MethodId;
using http::Refusal;
using http::Version;

// Room for the framing line, the connection line and the empty line.
constexpr std::size_t kOwnLinesBytes = 128;

// Says what becomes of a known field line of the input.
enum class Treatment : std::uint8_t { copy, skip, te, upgrade, trailer, expect };

Treatment treatment_of(FieldId id, std::string_view name) {
  switch (id) {
    case FieldId::connection:
    case FieldId::content_length:
    case FieldId::host:
    case FieldId::http2_settings:
    case FieldId::keep_alive:
    case FieldId::proxy_connection:
    case FieldId::transfer_encoding: return Treatment::skip;
    case FieldId::te: return Treatment::te;
    case FieldId::upgrade: return Treatment::upgrade;
    case FieldId::trailer: return Treatment::trailer;
    case FieldId::expect: return Treatment::expect;
    case FieldId::unknown: return is_framing_alias(name) ? Treatment::skip : Treatment::copy;
    default: return Treatment::copy;
  }
}

// Tells whether the line is written, and notes what the connection line has to name.
bool keeps(const http::FieldLine& line, HeadPlan& plan) {
  const bool modern = plan.peer_version == Version::http_1_1;
  switch (treatment_of(http::field_id(line.name), line.name)) {
    case Treatment::copy: return true;
    case Treatment::skip: return false;
    case Treatment::te:
      // Only `trailers` is about the message; the rest of TE is about this hop (RFC 9110 §10.1.4).
      if (!plan.request || !modern || plan.te || !equal_fold(line.value, "trailers")) return false;
      plan.te = true;
      return true;
    case Treatment::upgrade:
      if (!modern) return false;
      plan.upgrade = true;
      return true;
    case Treatment::trailer: return plan.line == FramingLine::chunked;
    case Treatment::expect:
      if (!plan.request) return true;
      // The one expectation that there is, once; no other may pass (RFC 9110 §10.1.1).
      if (!plan.expect || !equal_fold(line.value, "100-continue")) return false;
      plan.expect = false;
      return true;
  }
  return false;
}

// The length that a HEAD or 304 response announces by its field; nothing follows it anyway, so the
// field can only inform (RFC 9110 §8.6).
std::optional<std::uint64_t> announced_length(http::FieldSection fields) {
  std::optional<std::uint64_t> length;
  for (const http::FieldLine& line : fields) {
    if (line.name != "content-length") continue;
    constexpr std::size_t kDigitsMax = 18;  // below 2^63, and no reader's integer overflows
    if (length || line.value.empty() || line.value.size() > kDigitsMax) return std::nullopt;
    length = 0;
    for (const char digit : line.value) {
      if (digit < '0' || digit > '9') return std::nullopt;
      *length = *length * 10 + static_cast<std::uint64_t>(digit - '0');
    }
  }
  return length;
}

// A request without content says so where its method usually has some (RFC 9110 §8.6).
bool says_zero(MethodId method) {
  return method == MethodId::post || method == MethodId::put || method == MethodId::patch;
}

}  // namespace

std::expected<HeadPlan, Refusal> plan_request_head(const http::RequestHead& head,
                                                   const Situation& situation) {
  if (!head.protocol.empty()) return std::unexpected(Refusal::not_supported);
  HeadPlan plan;
  plan.request = true;
  plan.persistence = situation.persistence;
  plan.peer_version = situation.peer_version;
  const MethodId method = http::method_id(head.method.token);
  const bool ends = situation.end_stream == EndStream::yes;
  switch (head.content.framing) {
    case Framing::until_close: return std::unexpected(Refusal::invalid_head);
    case Framing::none:
    case Framing::tunnel: break;
    case Framing::length:
      if (ends && head.content.length > 0) return std::unexpected(Refusal::length_mismatch);
      if (method == MethodId::connect && head.content.length == 0) break;
      plan.framing = Framing::length;
      plan.length = head.content.length;
      plan.announced = head.content.length;
      plan.line = FramingLine::content_length;
      break;
    case Framing::stream:
      if (ends) break;
      if (situation.peer_version != Version::http_1_1) {
        return std::unexpected(Refusal::not_supported);
      }
      plan.framing = Framing::stream;
      plan.line = FramingLine::chunked;
      break;
  }
  // A request without content must not expect 100, and what HTTP/1.0 expects is ignored.
  const bool content = plan.framing == Framing::stream || plan.length > 0;
  plan.expect = content && head.version != Version::http_1_0;
  // Content has no meaning there, and readers disagree on where it ends (RFC 9110 §9.3.6).
  if (method == MethodId::connect && plan.line != FramingLine::nothing) {
    return std::unexpected(Refusal::invalid_head);
  }
  if (plan.line == FramingLine::nothing && says_zero(method)) {
    plan.line = FramingLine::content_length;
  }
  return plan;
}

std::expected<HeadPlan, Refusal> plan_response_head(const http::ResponseHead& head,
                                                    const Situation& situation) {
  const std::uint16_t status = head.status.value;
  if (status < 101 || status > 999 || (status > 101 && status < 200)) {
    return std::unexpected(Refusal::invalid_head);
  }
  HeadPlan plan;
  plan.persistence = situation.persistence;
  plan.peer_version = situation.peer_version;
  const bool success = status >= 200 && status < 300;
  if (status == 101 || (situation.request_method == MethodId::connect && success)) {
    if (situation.peer_version != Version::http_1_1 && status == 101) {
      return std::unexpected(Refusal::not_supported);
    }
    plan.framing = Framing::tunnel;
    return plan;
  }
  const Framing framing = head.content.framing;
  if (framing == Framing::tunnel) return std::unexpected(Refusal::invalid_head);
  if (situation.request_method == MethodId::head || http::is_bodyless(head.status)) {
    if (status == 204) return plan;
    const std::optional<std::uint64_t> length = framing == Framing::length
                                                    ? std::optional(head.content.length)
                                                    : announced_length(head.fields);
    if (length) plan.line = FramingLine::content_length;
    plan.announced = length.value_or(0);
    return plan;
  }
  const bool unknown = framing == Framing::stream || framing == Framing::until_close;
  if (unknown && situation.end_stream == EndStream::no) {
    if (situation.peer_version == Version::http_1_1) {
      plan.framing = Framing::stream;
      plan.line = FramingLine::chunked;
      return plan;
    }
    plan.framing = Framing::until_close;
    plan.persistence = Persistence::close;
    return plan;
  }
  plan.framing = Framing::length;
  plan.length = framing == Framing::length ? head.content.length : 0;
  plan.announced = plan.length;
  plan.line = FramingLine::content_length;
  if (situation.end_stream == EndStream::yes && plan.length > 0) {
    return std::unexpected(Refusal::length_mismatch);
  }
  return plan;
}

std::size_t field_bytes_bound(http::FieldSection fields) {
  std::size_t bound = kOwnLinesBytes;
  for (const http::FieldLine& line : fields) {
    // Checked before adding, so that no sum can wrap.
    if (line.name.size() > Encoder::kHeadBytesMax || line.value.size() > Encoder::kHeadBytesMax) {
      return Encoder::kHeadBytesMax + 1;
    }
    bound += line.name.size() + line.value.size() + 4;
    if (bound > Encoder::kHeadBytesMax) return Encoder::kHeadBytesMax + 1;
  }
  return bound;
}

bool HeadWriter::request_start(const http::RequestHead& head, TargetForm form) {
  std::string_view authority = head.authority;
  if (authority.empty()) {
    const http::FieldLine* first = nullptr;
    for (const http::FieldLine& line : head.fields) {
      if (line.name != "host") continue;
      if (first != nullptr) return false;
      first = &line;
    }
    if (first != nullptr) authority = first->value;
  }
  if (!is_token(head.method.token) || !is_writable_authority(authority)) return false;
  out_.text(head.method.token);
  out_.text(" ");
  if (!target(head, authority, form)) return false;
  out_.text(" HTTP/1.1\r\n");
  line("host", authority);
  return true;
}

bool HeadWriter::target(const http::RequestHead& head, std::string_view authority,
                        TargetForm form) {
  const MethodId method = http::method_id(head.method.token);
  if (method == MethodId::connect) {
    out_.text(authority);
    return head.path.empty() && is_connect_authority(authority);
  }
  const bool asterisk = head.path == "*";
  if (asterisk && method != MethodId::options) return false;
  if (!is_writable_path(head.path) || (!asterisk && head.path.front() != '/')) return false;
  if (form == TargetForm::absolute) {
    if (!is_scheme(head.scheme) || authority.empty()) return false;
    out_.text(head.scheme);
    out_.text("://");
    out_.text(authority);
    if (asterisk) return true;  // RFC 9112 §3.2.4: the last proxy writes it back
  }
  path(head.path);
  return true;
}

void HeadWriter::path(std::string_view path) {
  // Some servers take a backslash for a slash, which would move a request past a path rule.
  for (std::size_t at = path.find('\\'); at != std::string_view::npos; at = path.find('\\')) {
    out_.text(path.substr(0, at));
    out_.text("%5C");
    path.remove_prefix(at + 1);
  }
  out_.text(path);
}

void HeadWriter::status_line(http::Status status) {
  const std::array<char, 3> digits{static_cast<char>('0' + status.value / 100 % 10),
                                   static_cast<char>('0' + status.value / 10 % 10),
                                   static_cast<char>('0' + status.value % 10)};
  out_.text("HTTP/1.1 ");
  out_.text({digits.data(), digits.size()});
  out_.text(" ");
  out_.text(http::reason_phrase(status));
  out_.text("\r\n");
}

void HeadWriter::name(std::string_view name, std::string_view spelling) {
  const bool spelled =
      name_case_ == NameCase::received && !spelling.empty() && equal_fold(spelling, name);
  if (spelled || !titles_) {
    out_.text(spelled ? spelling : name);
    return;
  }
  bool first = true;
  for (const char octet : name) {
    const bool raise = first && octet >= 'a' && octet <= 'z';
    out_.u8(static_cast<std::uint8_t>(raise ? octet - ('a' - 'A') : octet));
    first = octet == '-';
  }
}

void HeadWriter::line(std::string_view field_name, std::string_view value,
                      std::string_view spelling) {
  name(field_name, spelling);
  out_.text(": ");
  out_.text(value);
  out_.text("\r\n");
}

bool HeadWriter::checked_line(const http::FieldLine& field) {
  if (!is_writable_name(field.name) || !is_writable_value(field.value)) return false;
  line(field.name, field.value, field.spelling);
  return true;
}

bool HeadWriter::fields(http::FieldSection fields, HeadPlan& plan) {
  for (const http::FieldLine& field : fields) {
    if (keeps(field, plan) && !checked_line(field)) return false;
  }
  framing_line(plan);
  connection_line(plan);
  out_.text("\r\n");
  RG_ASSERT(!out_.overflowed());
  return true;
}

void HeadWriter::framing_line(const HeadPlan& plan) {
  switch (plan.line) {
    case FramingLine::nothing: return;
    case FramingLine::chunked: line("transfer-encoding", "chunked"); return;
    case FramingLine::content_length: {
      std::array<char, 20> digits{};
      char* end = std::to_chars(digits.begin(), digits.end(), plan.announced).ptr;
      line("content-length", {digits.begin(), static_cast<std::size_t>(end - digits.begin())});
      return;
    }
  }
}

void HeadWriter::connection_line(const HeadPlan& plan) {
  bool first = true;
  const auto option = [&](std::string_view token) {
    if (first) {
      name("connection");
      out_.text(": ");
    } else {
      out_.text(", ");
    }
    out_.text(token);
    first = false;
  };
  // A tunnel has no next message, so nothing is said about one.
  if (plan.framing != Framing::tunnel) {
    if (plan.persistence == Persistence::close) {
      option("close");
    } else if (plan.peer_version == Version::http_1_0) {
      option("keep-alive");
    }
  }
  if (plan.upgrade) option("upgrade");
  if (plan.te) option("te");
  if (!first) out_.text("\r\n");
}

bool HeadWriter::trailers(http::FieldSection section) {
  for (const http::FieldLine& field : section) {
    const FieldId id = http::field_id(field.name);
    const bool alias = id == FieldId::unknown && is_framing_alias(field.name);
    if (alias || http::is_forbidden_in_trailers(id)) continue;
    if (!checked_line(field)) return false;
  }
  out_.text("\r\n");
  RG_ASSERT(!out_.overflowed());
  return true;
}

}  // namespace regauge::h1
