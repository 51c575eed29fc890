// h1::Decoder behind the last field line: Host, framing, connection, the canonical head.
#include <charconv>
#include <utility>

#include "regauge/h1/characters.h"
#include "regauge/h1/decoder.h"

namespace regauge::h1 {
namespace {

using http::FieldId;

// Finds connection options (RFC 9110 §7.6.1); whole tokens only, `closed` is not `close`.
struct ConnectionOptions {
  bool close = false;
  bool keep_alive = false;
};

void read_options(std::string_view value, ConnectionOptions& options) {
  while (true) {
    const std::size_t comma = value.find(',');
    const std::string_view option = trim(value.substr(0, comma));
    options.close = options.close || equal_fold(option, "close");
    options.keep_alive = options.keep_alive || equal_fold(option, "keep-alive");
    if (comma == std::string_view::npos) return;
    value.remove_prefix(comma + 1);
  }
}

bool is_known_expectation(std::string_view value) {
  while (true) {
    const std::size_t comma = value.find(',');
    if (!equal_fold(trim(value.substr(0, comma)), "100-continue")) return false;
    if (comma == std::string_view::npos) return true;
    value.remove_prefix(comma + 1);
  }
}

}  // namespace

bool Decoder::has_framing_fields() const {
  return fields_.seen(FieldId::content_length) || fields_.seen(FieldId::transfer_encoding);
}

std::optional<FramingFields> Decoder::framing_fields() {
  if (!has_framing_fields()) return FramingFields{};
  return read_framing_fields(fields_, report_);
}

PartKind Decoder::finish_head() { return request() ? finish_request() : finish_response(); }

bool Decoder::judge_host_lines(const ControlLine*& first) {
  for (const ControlLine& line : fields_.control_lines()) {
    if (line.id != FieldId::host) continue;
    const std::string_view value = fields_.value_of(line);
    if (!is_host(value, scanner_)) return report_.refuse(Deviation::invalid_host, line.offset);
    if (first == nullptr) {
      first = &line;
    } else if (!equal_fold(fields_.value_of(*first), value)) {
      return report_.refuse(Deviation::conflicting_host, line.offset);
    } else if (!report_.note(Deviation::duplicate_host, line.offset)) {
      return false;
    }
  }
  return true;
}

bool Decoder::judge_host() {
  const ControlLine* host = nullptr;
  if (!judge_host_lines(host)) return false;
  const Target& target = request_line_.target;
  if (host == nullptr) {
    return request_line_.version != http::Version::http_1_1 ||
           report_.note(Deviation::missing_host, line_offset_);
  }
  if (!target.absolute) return true;
  return http::is_same_authority(fields_.value_of(*host), target.authority, target.scheme) ||
         report_.note(Deviation::absolute_form_host_mismatch, host->offset);
}

bool Decoder::judge_expect() {
  // RFC 9110 §10.1.1: an expectation of an HTTP/1.0 request is ignored.
  if (request_line_.version != http::Version::http_1_1) return true;
  if (!fields_.seen(FieldId::expect)) return true;
  for (const ControlLine& line : fields_.control_lines()) {
    if (line.id != FieldId::expect || is_known_expectation(fields_.value_of(line))) continue;
    if (!report_.note(Deviation::unknown_expect, line.offset)) return false;
    fields_.take_out(line);
  }
  return true;
}

bool Decoder::judge_structure(const BodyPlan& plan) {
  if (plan.content.framing == http::Framing::none) return true;
  if (fields_.structure_changed()) {
    return report_.refuse(Deviation::structure_with_body, line_offset_);
  }
  if (ends_ == Ends::mixed) return report_.refuse(Deviation::mixed_eol_with_body, line_offset_);
  return true;
}

void Decoder::judge_connection(http::Version version) {
  ConnectionOptions options;
  std::uint64_t offset = 0;
  if (!fields_.seen(FieldId::connection)) {
    close_after_ = version != http::Version::http_1_1;
    return;
  }
  for (const ControlLine& line : fields_.control_lines()) {
    if (line.id != FieldId::connection) continue;
    read_options(fields_.value_of(line), options);
    offset = line.offset;
  }
  if (options.close && options.keep_alive) {
    // A lawful pair with a fixed meaning (RFC 9112 §9.3).
    report_.remark(Deviation::close_and_keep_alive, offset);
  }
  const bool persistent =
      version == http::Version::http_1_1 ? !options.close : options.keep_alive && !options.close;
  close_after_ = !persistent;
}

// Leaves one Content-Length in decimal or one Transfer-Encoding, or none (design: canonical head).
void Decoder::rewrite_framing(const BodyPlan& plan) {
  if (!has_framing_fields()) return;
  bool length_kept = false;
  bool encoding_kept = false;
  for (const ControlLine& line : fields_.control_lines()) {
    if (line.id == FieldId::content_length) {
      if (!plan.keep_length || std::exchange(length_kept, true)) {
        fields_.take_out(line);
        continue;
      }
      char digits[20];
      const auto end = std::to_chars(std::begin(digits), std::end(digits), plan.content.length);
      const std::string_view value(digits, static_cast<std::size_t>(end.ptr - digits));
      if (fields_.value_of(line) != value) fields_.set_value(line, text_.append(value));
    } else if (line.id == FieldId::transfer_encoding) {
      const bool once = encoding_kept && !plan.raw_encoding;
      if (!plan.keep_encoding || once) {
        fields_.take_out(line);
        continue;
      }
      encoding_kept = true;
      if (!plan.raw_encoding) fields_.set_value(line, "chunked");
    }
  }
}

// The target wins over Host, equal Hosts are one, and a request of HTTP/1.1 always has one.
void Decoder::build_fields(const BodyPlan& plan) {
  rewrite_framing(plan);
  if (request()) build_host();
  if (fields_.any_out()) fields_.drop_out();
}

// Leaves one Host among the lines of a request.
void Decoder::build_host() {
  const Target& target = request_line_.target;
  if (!fields_.seen(FieldId::host)) {
    if (request_line_.version != http::Version::http_1_1) return;
    const http::FieldLine host =
        http::field_line(http::field_name(FieldId::host), target.authority);
    fields_.add_own(host);
    work_.bytes_emitted += host.name.size() + host.value.size();
    return;
  }
  bool host_kept = false;
  for (const ControlLine& line : fields_.control_lines()) {
    if (line.id != FieldId::host) continue;
    if (std::exchange(host_kept, true)) {
      fields_.take_out(line);
    } else if (target.absolute) {
      fields_.set_value(line, target.authority);
    }
  }
}

// Weighs the framing fields of a request, its Host lines, Expect and Connection.
bool Decoder::judge_request(BodyPlan& plan) {
  const http::Version version = request_line_.version;
  if (version == http::Version::http_0_9) {
    close_after_ = true;
    return true;
  }
  if (has_framing_fields()) {
    // Both are judged: what stands first in the head names the refusal.
    const bool host = judge_host();
    const auto framing = framing_fields();
    if (!framing) return false;
    const auto planned = plan_request(*framing, request_line_.method_id, version, report_);
    if (!host || !planned || !judge_structure(*planned)) return false;
    plan = *planned;
  } else if (!judge_host()) {
    return false;  // without the two fields a request has no content
  }
  if (!judge_expect()) return false;
  judge_connection(version);
  return true;
}

// Tells whether one Host line, and perhaps one of Connection, is all that there is to weigh.
bool Decoder::has_host_alone() const {
  const std::size_t lines = fields_.control_lines().size();
  const bool alone = lines == 1 || (lines == 2 && fields_.seen(FieldId::connection));
  return alone && fields_.seen(FieldId::host) && request_line_.target.authority.empty() &&
         request_line_.version == http::Version::http_1_1;
}

// Weighs them.
bool Decoder::judge_host_alone() {
  const std::span<const ControlLine> lines = fields_.control_lines();
  const std::size_t host = lines[0].id == FieldId::host ? 0 : 1;
  request_.authority = fields_.value_of(lines[host]);
  if (!is_host(request_.authority, scanner_)) {
    return report_.refuse(Deviation::invalid_host, lines[host].offset);
  }
  if (!fields_.seen(FieldId::connection)) return true;
  // What nearly all browsers send, which changes nothing.
  if (fields_.value_of(lines[1 - host]) != "keep-alive") judge_connection(http::Version::http_1_1);
  return true;
}

PartKind Decoder::finish_request() {
  work_.bytes_emitted += fields_.emitted();
  BodyPlan plan;
  const Target& target = request_line_.target;
  if (has_host_alone()) {
    if (!judge_host_alone()) return failed();
  } else {
    if (!judge_request(plan)) return failed();
    build_fields(plan);
    request_.authority = target.authority;
    if (request_.authority.empty()) {
      const http::FieldLine* host = http::find_field(fields_.lines(), FieldId::host);
      if (host != nullptr) request_.authority = host->value;
    }
  }
  request_.method = {request_line_.method, request_line_.method_id};
  request_.scheme = target.scheme;
  request_.path = target.path;
  request_.version = request_line_.version;
  if (spelling_ == Spelling::keep) fields_.keep_spellings();
  request_.fields = fields_.lines();
  request_.content = plan.content;
  request_.notes = report_.notes();
  enter_body(plan);
  return PartKind::head;
}

PartKind Decoder::finish_response() {
  work_.bytes_emitted += fields_.emitted();
  const http::Status status{status_line_.status};
  const auto framing = framing_fields();
  if (!framing) return failed();
  const auto plan = plan_response(*framing, status, status_line_.version, context_, report_);
  if (!plan) return failed();
  // The final response must follow an interim one: only the exchange as a whole may close.
  if (!http::is_interim(status)) judge_connection(status_line_.version);
  build_fields(*plan);
  response_.status = status;
  response_.reason = status_line_.reason;
  response_.version = status_line_.version;
  if (spelling_ == Spelling::keep) fields_.keep_spellings();
  response_.fields = fields_.lines();
  response_.content = plan->content;
  response_.notes = report_.notes();
  enter_body(*plan);
  return PartKind::head;
}

}  // namespace regauge::h1
