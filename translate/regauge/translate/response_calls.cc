// The parts of ResponseSide that translate calls between gRPC and gRPC-Web.
#include <algorithm>
#include <array>
#include <charconv>

#include "regauge/grpc/web_trailers.h"
#include "regauge/translate/field_list.h"
#include "regauge/translate/response_side.h"

namespace regauge::translate {
namespace {

using grpc::Format;
using grpc::StatusCode;
using http::EndStream;
using http::FieldId;
using http::FieldLine;
using http::Framing;

std::string_view decimal(std::uint64_t number, TextStore& texts) {
  std::array<char, 20> digits{};
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return texts.keep({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

std::string_view reason_of(WebStream::Trouble trouble) {
  switch (trouble) {
    case WebStream::Trouble::none: return {};
    case WebStream::Trouble::text: return "bad base64";
    case WebStream::Trouble::flags: return "bad frame flags";
    case WebStream::Trouble::compressed: return "compressed trailer, no encoding";
    case WebStream::Trouble::after_trailer: return "bytes after trailer frame";
    case WebStream::Trouble::too_large: return "message too large";
    case WebStream::Trouble::truncated: return "truncated message";
  }
  return {};
}

bool is_cors(FieldId id) {
  switch (id) {
    case FieldId::access_control_allow_credentials:
    case FieldId::access_control_allow_headers:
    case FieldId::access_control_allow_methods:
    case FieldId::access_control_allow_origin:
    case FieldId::access_control_expose_headers:
    case FieldId::access_control_max_age: return true;
    default: return false;
  }
}

}  // namespace

void ResponseSide::add_missing_status(std::vector<FieldLine>& lines) {
  if (http::find_field(lines, FieldId::grpc_status) != nullptr) return;
  lines.push_back(http::field_line("grpc-status", grpc::number_of(StatusCode::unknown)));
  lines.push_back(http::field_line("grpc-message", "upstream sent no grpc-status"));
}

// --- From gRPC to a client of gRPC-Web -----------------------------------------------------------

std::string_view ResponseSide::client_type(std::string_view suffix) {
  return media_type_with(request_->response_format(), suffix.empty() ? "proto" : suffix, texts_);
}

Produced ResponseSide::web_head(const http::ResponseHead& head, EndStream end_stream) {
  const FieldLine* type = http::find_field(head.fields, FieldId::content_type);
  const grpc::MediaType media =
      type == nullptr ? grpc::MediaType() : grpc::parse_media_type(type->value);
  if (media.format != Format::grpc) return without_status(head.status);
  const std::string_view suffix = texts_.keep(media.suffix);
  std::erase_if(fields_, [](const FieldLine& line) {
    return line.id == FieldId::content_length || line.id == FieldId::trailer;
  });
  for (FieldLine& line : fields_) {
    if (line.id == FieldId::content_type) line.value = client_type(suffix);
  }
  WebStream::Settings settings;
  settings.to = request_->response_format() == Format::web_text ? Coding::text : Coding::binary;
  web_.reset(settings);
  stage_ = Stage::to_web;
  out_.content = {Framing::stream, 0};
  if (end_stream == EndStream::no) {
    // A gateway may have written a trailers-only response as a head and an empty end.
    head_waits_ = http::find_field(fields_, FieldId::grpc_status) != nullptr;
    return head_waits_ ? produced(EndStream::no) : begin(EndStream::no);
  }
  // Trailers-only: the status stands in the head, and no frame follows.
  add_missing_status(fields_);
  out_.content = {Framing::none, 0};
  stage_ = Stage::discard;
  return begin(EndStream::yes);
}

// Answers for an upstream that did not speak gRPC at all: the status says what it can.
Produced ResponseSide::without_status(http::Status status) {
  const bool to_web = request_->bridge() == WebBridge::web_to_grpc;
  fields_.clear();
  add("content-type", to_web ? client_type({}) : grpc::media_type_of(Format::grpc));
  add("grpc-status", grpc::number_of(grpc::status_of_http(status)));
  add("grpc-message", texts_.join({"upstream answered HTTP ", decimal(status.value, texts_)}));
  out_.content = {Framing::none, 0};
  stage_ = Stage::discard;
  return begin(EndStream::yes);
}

// Ends the response with the lines in trailers_ as a frame.
Produced ResponseSide::web_trailers() {
  SliceMaker maker;
  wire::Writer frame(maker.begin(grpc::trailer_frame_bytes(trailers_)));
  grpc::write_trailer_frame(trailers_, frame);
  web_.append(maker.finish(frame.size()), content_);
  trailers_.clear();
  stage_ = Stage::discard;
  return go_on(EndStream::yes);
}

void ResponseSide::set_trailers(std::string_view number, std::string_view reason) {
  trailers_.clear();
  trailers_.push_back(http::field_line("grpc-status", number));
  trailers_.push_back(http::field_line("grpc-message", reason));
}

Produced ResponseSide::web_failed(WebStream::Trouble trouble) {
  return web_failed(grpc::number_of(StatusCode::internal), reason_of(trouble));
}

Produced ResponseSide::web_failed(std::string_view number, std::string_view reason) {
  set_trailers(number, reason);
  return web_trailers();
}

// --- From gRPC-Web to a client of gRPC -----------------------------------------------------------

Produced ResponseSide::grpc_head(const http::ResponseHead& head, EndStream end_stream) {
  const FieldLine* type = http::find_field(head.fields, FieldId::content_type);
  const grpc::MediaType media =
      type == nullptr ? grpc::MediaType() : grpc::parse_media_type(type->value);
  if (media.format != Format::web && media.format != Format::web_text) {
    return without_status(head.status);
  }
  const std::string_view grpc_type = media_type_with(Format::grpc, media.suffix, texts_);
  std::erase_if(fields_, [](const FieldLine& line) {
    return line.id == FieldId::content_length || is_cors(line.id);
  });
  for (FieldLine& line : fields_) {
    if (line.id == FieldId::content_type) line.value = grpc_type;
  }
  WebStream::Settings settings;
  settings.from = media.format == Format::web_text ? Coding::text : Coding::binary;
  settings.trailer_frame = true;
  settings.trailer_bytes_max = options_->limits.trailer_section_bytes_max;
  web_.reset(settings);
  stage_ = Stage::from_web;
  out_.content = {Framing::stream, 0};
  const bool has_status = http::find_field(fields_, FieldId::grpc_status) != nullptr;
  if (end_stream == EndStream::yes) {
    add_missing_status(fields_);
    out_.content = {Framing::none, 0};
    stage_ = Stage::discard;
    return begin(EndStream::yes);
  }
  if (!has_status) return begin(EndStream::no);
  // The status in the head counts only if no message and no trailer line follows.
  head_waits_ = true;
  return produced(EndStream::no);
}

// Goes on with what is no trailers-only response: a head that waited comes first, without status.
Produced ResponseSide::go_on(EndStream end) {
  if (!head_waits_) return produced(end);
  head_waits_ = false;
  std::erase_if(fields_, [](const FieldLine& line) {
    return line.id == FieldId::grpc_status || line.id == FieldId::grpc_message ||
           line.id == FieldId::grpc_status_details_bin;
  });
  return begin(end);
}

// Nothing followed the head that waited: its status counts.
Produced ResponseSide::end_trailers_only() {
  head_waits_ = false;
  out_.content = {Framing::none, 0};
  stage_ = Stage::discard;
  return begin(EndStream::yes);
}

Produced ResponseSide::grpc_failed(WebStream::Trouble trouble) {
  return grpc_failed(grpc::number_of(StatusCode::internal), reason_of(trouble));
}

Produced ResponseSide::grpc_failed(std::string_view number, std::string_view reason) {
  set_trailers(number, reason);
  stage_ = Stage::discard;
  return go_on(EndStream::yes);
}

Produced ResponseSide::grpc_end() {
  const WebStream::Trouble trouble = web_.finish(content_);
  if (trouble != WebStream::Trouble::none) return grpc_failed(trouble);
  if (!grpc::parse_trailer_message(web_.trailer(), trailers_)) {
    return grpc_failed(grpc::number_of(StatusCode::internal), "bad trailer line");
  }
  std::erase_if(trailers_,
                [](const FieldLine& line) { return http::is_forbidden_in_trailers(line.id); });
  if (head_waits_ && trailers_.empty()) return end_trailers_only();
  stage_ = Stage::discard;
  add_missing_status(trailers_);
  return go_on(EndStream::yes);
}

}  // namespace regauge::translate
