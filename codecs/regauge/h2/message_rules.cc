#include "regauge/h2/message_rules.h"

#include <algorithm>

#include "regauge/h2/field_check.h"
#include "regauge/http/characters.h"
#include "regauge/http/head_check.h"

namespace regauge::h2 {
namespace {

using http::EndStream;
using http::FieldId;
using http::FieldLine;
using http::Framing;
using http::MethodId;

// Tells whether `path` starts with a slash, or is the asterisk of OPTIONS (RFC 9113 §8.3.1).
bool has_path_form(std::string_view path, MethodId method) {
  return path.starts_with('/') || (path == "*" && method == MethodId::options);
}

bool is_http(std::string_view scheme) {
  return http::equal_fold(scheme, "http") || http::equal_fold(scheme, "https");
}

bool has_visible_octets_only(std::string_view text) {
  bool good = true;
  for (const char octet : text) {
    const auto byte = static_cast<unsigned char>(octet);
    good &= byte > 0x20 && byte != 0x7f;
  }
  return good;
}

// Parses 1*DIGIT below 2^63.
std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  if (text.empty() || text.size() > 18) {
    while (text.size() > 18 && text.starts_with('0')) text.remove_prefix(1);
    if (text.empty() || text.size() > 18) return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char octet : text) {
    if (octet < '0' || octet > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(octet - '0');
  }
  return value;
}

// Finds the next member of a comma list, without its white space; moves `rest` behind it.
std::string_view next_member(std::string_view& rest) {
  const std::size_t comma = rest.find(',');
  const std::string_view member = http::trim(rest.substr(0, comma));
  rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  return member;
}

}  // namespace

bool MessageReader::tolerates(Violation violation) {
  const Action action = setting_.policy->action(violation);
  if (action == Action::connection || action == Action::stream) return false;
  tolerated_.push_back(violation);
  return true;
}

MessageReader::Verdict MessageReader::read_lines(const hpack::FieldBlock& block, Kind kind) {
  if (block.passed != hpack::ListLimit::none) return Violation::header_list_limits;
  lines_ = block.lines;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < block.lines.size(); ++i) {
    FieldLine& line = block.lines[i];
    const hpack::Mark mark = block.marks[i];
    if ((mark & kPseudo) != 0) {
      if (const Verdict fault = read_pseudo(line, kind)) return fault;
      continue;
    }
    regular_seen_ = true;
    if (mark != 0 || kind == Kind::trailers) {
      const Judged judged = judge(line, mark, kind);
      if (!judged) return judged.error();
      if (*judged == Keep::no) continue;
    }
    if (kept != i) lines_[kept] = line;
    ++kept;
  }
  lines_ = lines_.first(kept);
  return std::nullopt;
}

MessageReader::Judged MessageReader::judge(FieldLine& line, hpack::Mark mark, Kind kind) {
  if ((mark & kNameFault) != 0) {
    const Judged judged = judge_name(line, mark);
    if (!judged || *judged == Keep::no) return judged;
  }
  const Judged judged = judge_value(line, mark);
  if (!judged || *judged == Keep::no) return judged;
  if ((mark & kRuled) != 0) {
    const Judged ruled = judge_ruled(line, kind);
    if (!ruled || *ruled == Keep::no) return ruled;
  }
  if (kind == Kind::trailers && http::is_forbidden_in_trailers(line.id)) {
    // A line that frames or routes the message must not be seen at all behind the content.
    const bool frames = line.id == FieldId::content_length || line.id == FieldId::host ||
                        line.id == FieldId::trailer;
    if (frames || !tolerates(Violation::trailers_forbidden_field)) {
      return std::unexpected(Violation::trailers_forbidden_field);
    }
    return Keep::no;
  }
  return Keep::yes;
}

// RFC 9113 §8.2.1. A name in capitals is folded and judged again: it may be one that is ruled.
MessageReader::Judged MessageReader::judge_name(FieldLine& line, hpack::Mark& mark) {
  const auto drop_or_refuse = [this](Violation violation) -> Judged {
    if (!tolerates(violation)) return std::unexpected(violation);
    return Keep::no;
  };
  if (line.name.empty()) return drop_or_refuse(Violation::field_name_empty);
  if (line.name.contains(':')) return std::unexpected(Violation::field_name_colon);
  if (!http::is_token(line.name)) return drop_or_refuse(Violation::field_name_invalid_char);
  if (!tolerates(Violation::field_name_uppercase)) {
    return std::unexpected(Violation::field_name_uppercase);
  }
  if (setting_.policy->action(Violation::field_name_uppercase) == Action::drop_field) {
    return Keep::no;
  }
  const wire::MutableBytes room = arena_->reserve(line.name.size());
  for (std::size_t i = 0; i < line.name.size(); ++i) {
    room[i] = static_cast<std::uint8_t>(http::to_lower(line.name[i]));
  }
  line.name = wire::as_text(arena_->commit(line.name.size()));
  line.id = http::field_id(line.name);
  mark = static_cast<hpack::Mark>((mark & ~kNameFault) | check_name(line.name, line.id));
  return Keep::yes;
}

MessageReader::Judged MessageReader::judge_value(FieldLine& line, hpack::Mark mark) {
  if ((mark & kValueForbidden) != 0) return std::unexpected(Violation::field_value_nul_cr_lf);
  if ((mark & kValueControl) != 0 && !tolerates(Violation::field_value_ctl)) {
    return std::unexpected(Violation::field_value_ctl);
  }
  if ((mark & kValueEdge) == 0) return Keep::yes;
  if (!tolerates(Violation::field_value_edge_whitespace)) {
    return std::unexpected(Violation::field_value_edge_whitespace);
  }
  if (setting_.policy->action(Violation::field_value_edge_whitespace) == Action::drop_field) {
    return Keep::no;
  }
  line.value = http::trim(line.value);
  return Keep::yes;
}

MessageReader::Judged MessageReader::judge_ruled(FieldLine& line, Kind kind) {
  if (line.id == FieldId::te) return judge_te(line);
  if (line.id == FieldId::transfer_encoding) {
    // A response is framed by HTTP/2 all the same. Whoever framed a request by it has sent another
    // one than the one that arrived; and what frames a message must not stand behind it.
    if (kind == Kind::response && tolerates(Violation::transfer_encoding_field)) return Keep::no;
    return std::unexpected(Violation::transfer_encoding_field);
  }
  if (http::is_connection_specific(line.id)) {
    if (tolerates(Violation::connection_specific_field)) return Keep::no;
    return std::unexpected(Violation::connection_specific_field);
  }
  if (kind == Kind::trailers) return Keep::yes;
  if (line.id == FieldId::content_length) return judge_content_length(line);
  if (line.id == FieldId::host && kind == Kind::request) {
    if (host_) return std::unexpected(Violation::host_duplicate);
    host_ = line.value;
  }
  return Keep::yes;
}

// RFC 9113 §8.2.2: te may only say trailers. What else it says concerns the next hop alone.
MessageReader::Judged MessageReader::judge_te(FieldLine& line) {
  if (http::equal_fold(line.value, "trailers")) return Keep::yes;
  if (!tolerates(Violation::te_value)) return std::unexpected(Violation::te_value);
  if (setting_.policy->action(Violation::te_value) == Action::drop_field) return Keep::no;
  std::string_view rest = line.value;
  while (!rest.empty()) {
    if (!http::equal_fold(next_member(rest), "trailers")) continue;
    line.value = "trailers";
    return Keep::yes;
  }
  return Keep::no;
}

// RFC 9110 §8.6: one value, or the same value several times, which is then written once.
MessageReader::Judged MessageReader::judge_content_length(FieldLine& line) {
  std::string_view rest = line.value;
  const std::string_view first = next_member(rest);
  const std::optional<std::uint64_t> length = parse_decimal(first);
  bool list = first.size() != line.value.size();
  bool equal = true;
  while (!rest.empty()) equal &= parse_decimal(next_member(rest)) == length;
  if (!length || !equal || line.value.ends_with(',')) {
    return std::unexpected(Violation::content_length_syntax);
  }
  if (list && !tolerates(Violation::content_length_syntax)) {
    return std::unexpected(Violation::content_length_syntax);
  }
  line.value = first;
  if (!content_length_) {
    content_length_ = length;
    return Keep::yes;
  }
  if (*content_length_ != *length || !tolerates(Violation::content_length_duplicate)) {
    return std::unexpected(Violation::content_length_duplicate);
  }
  return Keep::no;
}

std::optional<std::string_view>* MessageReader::slot_of(std::string_view name) {
  if (name == ":method") return &pseudo_.method;
  if (name == ":scheme") return &pseudo_.scheme;
  if (name == ":path") return &pseudo_.path;
  if (name == ":authority") return &pseudo_.authority;
  if (name == ":status") return &pseudo_.status;
  if (name == ":protocol") return &pseudo_.protocol;
  return nullptr;
}

MessageReader::Verdict MessageReader::read_pseudo(const FieldLine& line, Kind kind) {
  if (kind == Kind::trailers) {
    if (tolerates(Violation::pseudo_in_trailers)) return std::nullopt;
    return Violation::pseudo_in_trailers;
  }
  std::optional<std::string_view>* const slot = slot_of(line.name);
  if (slot == nullptr) return Violation::pseudo_unknown;
  const bool of_response = slot == &pseudo_.status;
  if (of_response && kind == Kind::request) return Violation::pseudo_response_in_request;
  if (!of_response && kind == Kind::response) return Violation::pseudo_request_in_response;
  if (slot->has_value()) return Violation::pseudo_duplicate;
  if (regular_seen_ && !tolerates(Violation::pseudo_after_regular)) {
    return Violation::pseudo_after_regular;
  }
  *slot = line.value;
  return std::nullopt;
}

std::expected<http::RequestHead, Violation> MessageReader::request(const hpack::FieldBlock& block,
                                                                   EndStream end_stream) {
  if (const Verdict fault = read_lines(block, Kind::request)) return std::unexpected(*fault);
  http::RequestHead head;
  head.version = http::Version::http_2;
  if (const Verdict fault = request_rules(head)) return std::unexpected(*fault);
  const bool connect = head.method.id == MethodId::connect;
  // Only a response may have the line all the same (RFC 9110 §9.3.6): what a request announces here
  // would be read as content by some recipients and as tunnel by others.
  if (connect && content_length_) return std::unexpected(Violation::connect_content_length);
  head.fields = lines_;
  if (connect) {
    head.content = {Framing::tunnel, 0};
  } else if (content_length_) {
    if (end_stream == EndStream::yes && *content_length_ != 0) {
      return std::unexpected(Violation::content_length_mismatch);
    }
    head.content = {Framing::length, *content_length_};
  } else {
    head.content = {end_stream == EndStream::yes ? Framing::none : Framing::stream, 0};
  }
  return head;
}

MessageReader::Verdict MessageReader::request_rules(http::RequestHead& head) {
  if (!pseudo_.method) return Violation::pseudo_missing_method;
  if (!http::is_token(*pseudo_.method)) return Violation::method_invalid_char;
  head.method = http::method_of(*pseudo_.method);
  if (pseudo_.protocol) {
    if (setting_.extended_connect == Offer::no) return Violation::extended_connect_not_enabled;
    if (head.method.id != MethodId::connect) return Violation::extended_connect_method;
    if (!pseudo_.scheme || !pseudo_.path || !pseudo_.authority) {
      return Violation::extended_connect_pseudo;
    }
    if (!http::is_token(*pseudo_.protocol)) return Violation::extended_connect_pseudo;
    head.protocol = *pseudo_.protocol;
  } else if (head.method.id == MethodId::connect) {
    return connect_rules(head);
  }
  if (const Verdict fault = target_rules(head)) return fault;
  return authority_rules(head);
}

// RFC 9113 §8.5: no scheme, no path, and an authority with a port.
MessageReader::Verdict MessageReader::connect_rules(http::RequestHead& head) {
  if (pseudo_.scheme || pseudo_.path || !pseudo_.authority) return Violation::connect_pseudo;
  if (pseudo_.authority->contains('@')) return Violation::authority_userinfo;
  if (!http::is_connect_authority(*pseudo_.authority)) return Violation::connect_pseudo;
  head.authority = *pseudo_.authority;
  return std::nullopt;
}

MessageReader::Verdict MessageReader::target_rules(http::RequestHead& head) {
  if (!pseudo_.scheme) {
    if (!tolerates(Violation::pseudo_missing_scheme)) return Violation::pseudo_missing_scheme;
    pseudo_.scheme = setting_.scheme;
  }
  head.scheme = *pseudo_.scheme;
  if (head.scheme != "https" && !http::is_scheme(head.scheme)) {
    return Violation::scheme_invalid_char;
  }
  if (!pseudo_.path) return Violation::pseudo_missing_path;
  std::string_view path = *pseudo_.path;
  if (path.empty()) {
    if (!tolerates(Violation::path_empty)) return Violation::path_empty;
    path = "/";
  }
  if (!has_visible_octets_only(path)) return Violation::path_invalid_char;
  if (const std::size_t hash = path.find('#'); hash != std::string_view::npos) {
    if (!tolerates(Violation::path_fragment)) return Violation::path_fragment;
    path = hash == 0 ? "/" : path.substr(0, hash);
  }
  if (!has_path_form(path, head.method.id)) return Violation::path_form;
  head.path = path;
  return std::nullopt;
}

MessageReader::Verdict MessageReader::authority_rules(http::RequestHead& head) {
  std::string_view authority = pseudo_.authority ? *pseudo_.authority : host_.value_or("");
  bool missing = authority.empty();
  if (missing) authority = host_.value_or("");
  bool writable = http::is_writable_authority(authority);
  if (const std::size_t at = writable ? std::string_view::npos : authority.rfind('@');
      at != std::string_view::npos) {
    if (!tolerates(Violation::authority_userinfo)) return Violation::authority_userinfo;
    authority = authority.substr(at + 1);
    missing |= authority.empty();  // user information of no host
    writable = http::is_writable_authority(authority);
  }
  if (missing && is_http(head.scheme) && !tolerates(Violation::authority_missing)) {
    return Violation::authority_missing;
  }
  if (!writable) return Violation::authority_invalid_char;
  if (pseudo_.authority && host_ &&
      !http::is_same_authority(*host_, *pseudo_.authority, head.scheme)) {
    if (!tolerates(Violation::authority_host_mismatch)) return Violation::authority_host_mismatch;
    for (FieldLine& line : lines_) {
      if (line.id == FieldId::host) line.value = authority;
    }
  }
  head.authority = authority;
  return std::nullopt;
}

std::expected<http::Status, Violation> MessageReader::status_rules() const {
  if (!pseudo_.status) return std::unexpected(Violation::pseudo_missing_status);
  const std::string_view text = *pseudo_.status;
  const std::optional<std::uint64_t> number = parse_decimal(text);
  if (text.size() != 3 || !number || *number < 100) {
    return std::unexpected(Violation::status_syntax);
  }
  if (*number == 101) return std::unexpected(Violation::status_101);
  return http::Status{static_cast<std::uint16_t>(*number)};
}

std::expected<http::ResponseHead, Violation> MessageReader::response(const hpack::FieldBlock& block,
                                                                     MethodId method,
                                                                     EndStream end_stream) {
  if (const Verdict fault = read_lines(block, Kind::response)) return std::unexpected(*fault);
  const std::expected<http::Status, Violation> status = status_rules();
  if (!status) return std::unexpected(status.error());
  http::ResponseHead head;
  head.version = http::Version::http_2;
  head.status = *status;
  const bool interim = http::is_interim(*status);
  if (interim && end_stream == EndStream::yes) {
    return std::unexpected(Violation::informational_end_stream);
  }
  const bool tunnel = method == MethodId::connect && status->value >= 200 && status->value < 300;
  if (content_length_ && (interim || status->value == 204 || tunnel)) {
    const Violation rule =
        tunnel ? Violation::connect_content_length : Violation::content_length_on_204;
    if (!tolerates(rule)) return std::unexpected(rule);
    drop_content_length();
  }
  head.fields = lines_;
  if (tunnel) {
    head.content = {Framing::tunnel, 0};
  } else if (method == MethodId::head || http::is_bodyless(*status)) {
    head.content = {Framing::none, 0};
  } else if (content_length_) {
    if (end_stream == EndStream::yes && *content_length_ != 0) {
      return std::unexpected(Violation::content_length_mismatch);
    }
    head.content = {Framing::length, *content_length_};
  } else {
    head.content = {end_stream == EndStream::yes ? Framing::none : Framing::stream, 0};
  }
  return head;
}

std::expected<http::FieldSection, Violation> MessageReader::trailers(
    const hpack::FieldBlock& block) {
  if (const Verdict fault = read_lines(block, Kind::trailers)) return std::unexpected(*fault);
  return http::FieldSection(lines_);
}

void MessageReader::drop_content_length() {
  const auto rest = std::remove_if(lines_.begin(), lines_.end(), [](const FieldLine& line) {
    return line.id == FieldId::content_length;
  });
  lines_ = lines_.first(static_cast<std::size_t>(rest - lines_.begin()));
  content_length_.reset();
}

}  // namespace regauge::h2
