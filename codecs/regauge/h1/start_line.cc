#include "regauge/h1/start_line.h"

#include <cstddef>
#include <optional>

#include "regauge/h1/characters.h"
#include "regauge/wire/simd_block.h"
#include "regauge/wire/simd_scan.h"

namespace regauge::h1 {
namespace {

constexpr std::string_view kVersionName = "HTTP/";
constexpr wire::OctetClass kUriOctets =
    wire::class_of([](unsigned octet) { return has_class(static_cast<char>(octet), kUri); });

bool refuse_octets(std::string_view line, std::uint64_t offset, Report& report) {
  if (wire::all_field_text(line)) return true;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\0') return report.refuse(Deviation::nul_start_line, offset + i);
    if (line[i] == '\r') return report.refuse(Deviation::bare_cr_start_line, offset + i);
  }
  return true;
}

// Exactly "HTTP/1." and one digit; no generic number parser comes near a version.
bool parse_version(std::string_view text, std::uint64_t offset, Report& report,
                   http::Version& version) {
  const bool shape = text.size() == 8 && text.starts_with(kVersionName) && text[6] == '.' &&
                     text[7] >= '0' && text[7] <= '9';
  if (!shape) return report.refuse(Deviation::bad_version, offset);
  const bool higher = text[5] >= '2' && text[5] <= '9';
  if (higher) return report.refuse(Deviation::bad_major_version, offset);
  if (text[5] != '1') return report.refuse(Deviation::bad_version, offset);
  version = text[7] == '0' ? http::Version::http_1_0 : http::Version::http_1_1;
  if (text[7] > '1') return report.note(Deviation::http1_higher_minor, offset);
  return true;
}

// Notes what stands between two parts of a start line when it is not one SP.
bool note_gap(std::string_view gap, std::uint64_t offset, Report& report, Side side) {
  const bool in_request = side == Side::request;
  if (gap == " ") return true;
  if (gap.contains('\t') &&
      !report.note(in_request ? Deviation::tab_in_request_line : Deviation::tab_in_status_line,
                   offset)) {
    return false;
  }
  return gap.size() <= 1 || report.note(in_request ? Deviation::multiple_space_request_line
                                                   : Deviation::multiple_space_status_line,
                                        offset);
}

std::size_t skip_white(std::string_view line, std::size_t at) {
  while (at < line.size() && is_white(line[at])) ++at;
  return at;
}

std::size_t skip_word(std::string_view line, std::size_t at) {
  while (at < line.size() && !is_white(line[at])) ++at;
  return at;
}

// Finds where the last word of the line begins.
std::size_t last_word(std::string_view line) {
  std::size_t at = line.size();
  while (at > 0 && !is_white(line[at - 1])) --at;
  return at;
}

bool parse_http09(std::string_view line, std::uint64_t offset, HeadScratch scratch,
                  RequestLine& out) {
  if (out.method_id != http::MethodId::get) {
    return scratch.report.refuse(Deviation::http09_non_get, offset);
  }
  if (!scratch.report.note(Deviation::http09_request, offset)) return false;
  out.version = http::Version::http_0_9;
  return parse_target(line, out.method_id, offset, scratch, out.target);
}

// Parses all behind the method; `line` begins with the white space behind it.
bool parse_behind_method(std::string_view line, std::uint64_t offset, HeadScratch scratch,
                         RequestLine& out) {
  const std::size_t target_at = skip_white(line, 0);
  const std::string_view rest = line.substr(target_at);
  if (rest.empty()) return scratch.report.refuse(Deviation::missing_target, offset);
  if (!note_gap(line.substr(0, target_at), offset, scratch.report, Side::request)) return false;
  const std::size_t version_at = last_word(rest);
  const std::string_view version = rest.substr(version_at);
  if (version_at == 0) {
    if (version.starts_with(kVersionName)) {
      return scratch.report.refuse(Deviation::missing_target, offset);
    }
    return parse_http09(rest, offset + target_at, scratch, out);
  }
  const std::string_view target = trim(rest.substr(0, version_at));
  const std::string_view gap = rest.substr(target.size(), version_at - target.size());
  if (!parse_version(version, offset + target_at + version_at, scratch.report, out.version)) {
    return false;
  }
  if (!note_gap(gap, offset + target_at + target.size(), scratch.report, Side::request))
    return false;
  return parse_target(target, out.method_id, offset + target_at, scratch, out.target);
}

std::optional<std::uint16_t> parse_code(std::string_view text) {
  if (text.size() != 3) return std::nullopt;
  unsigned code = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    code = code * 10 + static_cast<unsigned>(digit - '0');
  }
  if (code < 100) return std::nullopt;
  return static_cast<std::uint16_t>(code);
}

bool parse_reason(std::string_view rest, std::uint64_t offset, HeadScratch scratch,
                  StatusLine& out) {
  if (rest.empty()) return scratch.report.note(Deviation::missing_reason_sp, offset);
  const std::size_t begin = skip_white(rest, 0);
  if (!note_gap(rest.substr(0, begin), offset, scratch.report, Side::response)) return false;
  const std::string_view reason = rest.substr(begin);
  if (!all_of_class(reason, kFieldText) &&
      !scratch.report.note(Deviation::ctl_in_reason, offset + begin)) {
    return false;
  }
  out.reason = scratch.text.append(reason);
  return true;
}

}  // namespace

bool take_clean_request_line(const HeadText& text, const wire::LineMark& mark,
                             const wire::BlockScanner& scanner, RequestLine& out) {
  // Behind the target: one SP and the version, which is read as one word.
  constexpr std::string_view kVersion = "HTTP/1.1";
  const std::size_t line_end = mark.line_feed - 1;
  const std::size_t method_size = mark.separator - mark.begin;
  const std::size_t target = mark.separator + 1;
  const wire::Bytes octets = text.kept();
  if (method_size == 0 || line_end < target + kVersion.size() + 2) return false;
  const std::size_t version = line_end - kVersion.size();
  const auto word = wire::load_word<std::uint64_t>(octets.subspan(version));
  if (word != wire::load_word<std::uint64_t>(wire::as_bytes(kVersion)) ||
      octets[version - 1] != ' ' || octets[mark.separator] != ' ' || octets[target] != '/') {
    return false;
  }
  const std::size_t target_size = version - 1 - target;
  const std::string_view method = text.kept(mark.begin, mark.separator);
  const http::MethodId id = method == "GET" ? http::MethodId::get : http::method_id(method);
  // That the first octet is one, is known.
  const wire::Bytes rest = octets.subspan(target + 1);
  if (id == http::MethodId::connect ||
      (target_size > 1 &&
       scanner.count_class(rest, target_size - 1, kUriOctets) != target_size - 1)) {
    return false;
  }
  out.method = method;
  out.method_id = id;
  out.target.path = text.kept(target, version - 1);
  return true;
}

bool take_clean_status_line(const HeadText& text, const wire::LineMark& mark, StatusLine& out) {
  constexpr std::string_view kBegin = "HTTP/1.1 ";
  constexpr std::size_t kReasonAt = kBegin.size() + 4;
  const std::string_view line = text.kept(mark.begin, mark.line_feed - 1);
  if (line.size() <= kReasonAt || !line.starts_with(kBegin) || line[kReasonAt - 1] != ' ' ||
      is_white(line[kReasonAt])) {
    return false;
  }
  const auto code = parse_code(line.substr(kBegin.size(), 3));
  if (!code || *code > 599) return false;
  out.status = *code;
  out.reason = line.substr(kReasonAt);
  return true;
}

bool parse_request_line(std::string_view line, std::uint64_t offset, HeadScratch scratch,
                        RequestLine& out) {
  if (!refuse_octets(line, offset, scratch.report)) return false;
  if (line == "PRI * HTTP/2.0") return scratch.report.refuse(Deviation::h2_preface, offset);
  const std::size_t method_at = skip_white(line, 0);
  if (method_at > 0 && !scratch.report.note(Deviation::leading_space_request_line, offset)) {
    return false;
  }
  const std::size_t method_end = skip_word(line, method_at);
  const std::string_view method = line.substr(method_at, method_end - method_at);
  if (!is_token(method)) return scratch.report.refuse(Deviation::non_token_method, offset);
  out.method = scratch.text.append(method);
  out.method_id = http::method_id(method);
  std::string_view rest = line.substr(method_end);
  if (!rest.empty() && is_white(rest.back()) && !trim(rest).empty()) {
    if (!scratch.report.note(Deviation::trailing_space_request_line, offset + line.size() - 1)) {
      return false;
    }
    while (is_white(rest.back())) rest.remove_suffix(1);
  }
  return parse_behind_method(rest, offset + method_end, scratch, out);
}

bool parse_status_line(std::string_view line, std::uint64_t offset, HeadScratch scratch,
                       StatusLine& out) {
  if (!refuse_octets(line, offset, scratch.report)) return false;
  const std::size_t version_end = skip_word(line, 0);
  if (line.starts_with("ICY")) {
    if (!scratch.report.note(Deviation::icy_status_line, offset)) return false;
    out.icy = true;
    out.version = http::Version::http_1_0;
  } else if (!parse_version(line.substr(0, version_end), offset, scratch.report, out.version)) {
    return false;
  }
  const std::size_t code_at = skip_white(line, version_end);
  if (code_at > version_end && !note_gap(line.substr(version_end, code_at - version_end),
                                         offset + version_end, scratch.report, Side::response)) {
    return false;
  }
  const std::size_t code_end = skip_word(line, code_at);
  const auto code = parse_code(line.substr(code_at, code_end - code_at));
  if (!code) return scratch.report.refuse(Deviation::bad_status_code, offset + code_at);
  out.status = *code;
  if (*code > 599 && !scratch.report.note(Deviation::status_code_out_of_range, offset + code_at)) {
    return false;
  }
  return parse_reason(line.substr(code_end), offset + code_end, scratch, out);
}

}  // namespace regauge::h1
