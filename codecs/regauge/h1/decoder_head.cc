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

std::string_view default_port_of(std::string_view scheme) {
  return scheme == "https" ? ":443" : ":80";
}

// Compares authorities after the default port (RFC 9110 §4.2.3).
bool same_authority(std::string_view left, std::string_view right, std::string_view scheme) {
  const auto bare = [scheme](std::string_view authority) {
    if (authority.ends_with(':')) authority.remove_suffix(1);
    const std::string_view port = default_port_of(scheme);
    if (authority.ends_with(port)) authority.remove_suffix(port.size());
    return authority;
  };
  return equal_fold(bare(left), bare(right));
}

}  // namespace

bool Decoder::has_framing_fields() const {
  return fields_.seen(FieldId::content_length) || fields_.seen(FieldId::transfer_encoding);
}

std::optional<FramingFields> Decoder::framing_fields() {
  if (!has_framing_fields()) return FramingFields{};
  return read_framing_fields(fields_.records(), arena_, report_);
}

Part Decoder::finish_head() { return request() ? finish_request() : finish_response(); }

bool Decoder::judge_host_lines(const FieldRecord*& first) {
  if (fields_.host_lines() == 0) return true;
  if (fields_.host_lines() == 1) {
    first = &fields_.first_host();
    if (is_host(arena_.view(first->value))) return true;
    return report_.refuse(Deviation::invalid_host, first->offset);
  }
  for (const FieldRecord& record : fields_.records()) {
    if (record.id != FieldId::host) continue;
    const std::string_view value = arena_.view(record.value);
    if (!is_host(value)) return report_.refuse(Deviation::invalid_host, record.offset);
    if (first == nullptr) {
      first = &record;
    } else if (!equal_fold(arena_.view(first->value), value)) {
      return report_.refuse(Deviation::conflicting_host, record.offset);
    } else if (!report_.note(Deviation::duplicate_host, record.offset)) {
      return false;
    }
  }
  return true;
}

bool Decoder::judge_host() {
  const FieldRecord* host = nullptr;
  if (!judge_host_lines(host)) return false;
  const Target& target = request_line_.target;
  if (host == nullptr) {
    return request_line_.version != http::Version::http_1_1 ||
           report_.note(Deviation::missing_host, line_offset_);
  }
  if (!target.absolute) return true;
  return same_authority(arena_.view(host->value), arena_.view(target.authority),
                        arena_.view(target.scheme)) ||
         report_.note(Deviation::absolute_form_host_mismatch, host->offset);
}

bool Decoder::judge_expect() {
  // RFC 9110 §10.1.1: an expectation of an HTTP/1.0 request is ignored.
  if (request_line_.version != http::Version::http_1_1) return true;
  if (!fields_.seen(FieldId::expect)) return true;
  std::erase_if(fields_.records(), [this](const FieldRecord& record) {
    if (record.id != FieldId::expect || is_known_expectation(arena_.view(record.value))) {
      return false;
    }
    return report_.note(Deviation::unknown_expect, record.offset);
  });
  return !report_.violation();
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
    close_after_ = close_after_ || version != http::Version::http_1_1;
    return;
  }
  for (const FieldRecord& record : fields_.records()) {
    if (record.id != FieldId::connection) continue;
    read_options(arena_.view(record.value), options);
    offset = record.offset;
  }
  if (options.close && options.keep_alive) {
    // A lawful pair with a fixed meaning (RFC 9112 §9.3).
    report_.remark(Deviation::close_and_keep_alive, offset);
  }
  const bool persistent =
      version == http::Version::http_1_1 ? !options.close : options.keep_alive && !options.close;
  close_after_ = close_after_ || !persistent;
}

// Leaves one Content-Length in decimal or one Transfer-Encoding, or none (design: canonical head).
void Decoder::rewrite_framing(const BodyPlan& plan) {
  if (!has_framing_fields()) return;
  bool length_kept = false;
  bool encoding_kept = false;
  std::erase_if(fields_.records(), [&](const FieldRecord& record) {
    if (record.id == FieldId::content_length) {
      const bool drop = !plan.keep_length || length_kept;
      length_kept = true;
      return drop;
    }
    if (record.id == FieldId::transfer_encoding) {
      const bool drop = !plan.keep_encoding || (encoding_kept && !plan.raw_encoding);
      encoding_kept = true;
      return drop;
    }
    return false;
  });
  for (FieldRecord& record : fields_.records()) {
    if (record.id == FieldId::content_length) {
      char digits[20];
      const auto end = std::to_chars(std::begin(digits), std::end(digits), plan.content.length);
      record.value = arena_.append({digits, static_cast<std::size_t>(end.ptr - digits)});
    } else if (record.id == FieldId::transfer_encoding && !plan.raw_encoding) {
      record.value = arena_.append("chunked");
    }
  }
}

// The target wins over Host, equal Hosts are one, and a request of HTTP/1.1 always has one.
void Decoder::build_fields(const BodyPlan& plan) {
  rewrite_framing(plan);
  const std::span<const FieldRecord> records = fields_.records();
  if (field_lines_.size() < records.size() + 1) field_lines_.resize(records.size() + 1);
  std::size_t octets = 0;
  std::size_t lines = 0;
  for (const FieldRecord& record : records) {
    octets += record.name.size + record.value.size;
    field_lines_[lines++] = {arena_.view(record.name), arena_.view(record.value), record.id,
                             http::Indexing::allowed};
  }
  work_.bytes_emitted += octets;
  if (request()) lines = build_host(lines);
  section_ = http::FieldSection(field_lines_).first(lines);
}

// Leaves one Host among the lines of a request; returns how many lines there are then.
std::size_t Decoder::build_host(std::size_t lines) {
  const Target& target = request_line_.target;
  if (fields_.host_lines() == 0) {
    if (request_line_.version != http::Version::http_1_1) return lines;
    const std::string_view authority = arena_.view(target.authority);
    field_lines_[lines] = {http::field_name(FieldId::host), authority, FieldId::host,
                           http::Indexing::allowed};
    work_.bytes_emitted += field_lines_[lines].name.size() + authority.size();
    return lines + 1;
  }
  if (fields_.host_lines() == 1 && !target.absolute) return lines;
  std::size_t kept = 0;
  bool host_kept = false;
  for (http::FieldLine& line : std::span(field_lines_).first(lines)) {
    if (line.id == FieldId::host) {
      if (std::exchange(host_kept, true)) continue;
      if (target.absolute) line.value = arena_.view(target.authority);
    }
    field_lines_[kept++] = line;
  }
  return kept;
}

Part Decoder::finish_request() {
  const http::Version version = request_line_.version;
  BodyPlan plan;
  if (version == http::Version::http_0_9) {
    close_after_ = true;
  } else {
    if (has_framing_fields()) {
      // Both are judged: what stands first in the head names the refusal.
      const bool host = judge_host();
      const auto framing = framing_fields();
      if (!framing) return failed();
      const auto planned = plan_request(*framing, request_line_.method_id, version, report_);
      if (!host || !planned || !judge_structure(*planned)) return failed();
      plan = *planned;
    } else if (!judge_host()) {
      return failed();  // without the two fields a request has no content
    }
    if (!judge_expect()) return failed();
    judge_connection(version);
  }
  build_fields(plan);
  const Target& target = request_line_.target;
  request_ = {};
  request_.method = {arena_.view(request_line_.method), request_line_.method_id};
  request_.scheme = arena_.view(target.scheme);
  request_.path = arena_.view(target.path);
  request_.version = version;
  request_.fields = section_;
  request_.authority = arena_.view(target.authority);
  if (request_.authority.empty()) {
    const http::FieldLine* host = http::find_field(request_.fields, FieldId::host);
    if (host != nullptr) request_.authority = host->value;
  }
  request_.content = plan.content;
  request_.notes = report_.notes();
  enter_body(plan);
  return {PartKind::head, {}, {}};
}

Part Decoder::finish_response() {
  const http::Status status{status_line_.status};
  const auto framing = framing_fields();
  if (!framing) return failed();
  const auto plan = plan_response(*framing, status, status_line_.version, context_, report_);
  if (!plan) return failed();
  // The final response must follow an interim one: only the exchange as a whole may close.
  if (!http::is_interim(status)) judge_connection(status_line_.version);
  build_fields(*plan);
  response_ = {};
  response_.status = status;
  response_.reason = arena_.view(status_line_.reason);
  response_.version = status_line_.version;
  response_.fields = section_;
  response_.content = plan->content;
  response_.notes = report_.notes();
  enter_body(*plan);
  return {PartKind::head, {}, {}};
}

}  // namespace regauge::h1
