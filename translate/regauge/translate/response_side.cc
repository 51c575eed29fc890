#include "regauge/translate/response_side.h"

#include <algorithm>

#include "regauge/http/head_check.h"
#include "regauge/translate/field_list.h"
#include "regauge/translate/websocket.h"

namespace regauge::translate {
namespace {

using grpc::Format;
using grpc::StatusCode;
using http::EndStream;
using http::FieldId;
using http::FieldLine;
using http::Framing;

constexpr std::size_t kNominatedMax = 32;

}  // namespace

Produced ResponseSide::produced(EndStream end) {
  complete_ |= end == EndStream::yes;
  return {nullptr, content_, trailers_, end};
}

void ResponseSide::add(std::string_view name, std::string_view value) {
  fields_.push_back(http::field_line(name, value));
}

void ResponseSide::reset(const Options& options, const Downstream& downstream) {
  options_ = &options;
  downstream_ = downstream;
  upstream_ = Protocol::h1;
  texts_.reset();
  out_ = http::ResponseHead();
  clear_lines(fields_);
  begin_step();
  stage_ = Stage::pass;
  begun_ = false;
  complete_ = false;
  tunnel_ = false;
  head_waits_ = false;
}

void ResponseSide::begin_step() {
  content_.clear();
  trailers_.clear();
}

// Copies the fields that are meant for the client (RFC 9110 §7.6.1).
std::expected<void, Fault> ResponseSide::take_fields(const http::ResponseHead& head) {
  const bool forgiven = !head.notes.empty();
  texts_.reset();  // what is left is of an interim response, which was sent
  fields_.clear();
  nominated_.clear();
  for (const FieldLine& line : head.fields) {
    if (line.id != FieldId::connection) continue;
    std::string_view rest = line.value;
    while (!rest.empty()) {
      if (nominated_.size() == kNominatedMax) return std::unexpected(Fault::nominated_field);
      const std::string_view option = next_list_member(rest);
      if (!option.empty()) nominated_.push_back(keep_lower(option, texts_));
    }
  }
  for (const FieldLine& line : head.fields) {
    if (http::is_connection_specific(line.id)) continue;
    const bool named =
        std::find(nominated_.begin(), nominated_.end(), line.name) != nominated_.end();
    if (named && line.id != FieldId::content_length && line.id != FieldId::set_cookie) continue;
    fields_.push_back(
        {line.id == FieldId::unknown ? texts_.keep(line.name) : http::field_name(line.id),
         texts_.keep(forgiven ? without_controls(line.value, texts_) : line.value), line.id,
         line.indexing, texts_.keep(line.spelling)});
  }
  return {};
}

std::expected<Produced, Fault> ResponseSide::interim(const http::ResponseHead& head) {
  begin_step();
  if (head.status.value == 101) return std::unexpected(Fault::upgrade_unsolicited);
  if (request_->head().version == http::Version::http_1_0 ||
      request_->head().version == http::Version::http_0_9) {
    return Produced();  // RFC 9110 §15.2: such a client does not know interim responses
  }
  if (const auto taken = take_fields(head); !taken) return std::unexpected(taken.error());
  out_ = head;
  out_.fields = fields_;
  out_.notes = {};
  if (!head.fields.empty()) out_.name_style = http::style_of(head.fields.front().spelling);
  return Produced{&out_, {}, {}, EndStream::no};
}

std::expected<Produced, Fault> ResponseSide::head(const http::ResponseHead& head,
                                                  EndStream end_stream) {
  begin_step();
  if (const auto taken = take_fields(head); !taken) return std::unexpected(taken.error());
  out_ = head;
  out_.notes = {};
  if (!head.fields.empty()) out_.name_style = http::style_of(head.fields.front().spelling);
  const bool success = head.status.value >= 200 && head.status.value < 300;
  const bool switches =
      upstream_ == Protocol::h1 ? head.status.value == 101 : success && request_->is_websocket();
  if (switches) return switch_protocols(head);
  const http::MethodId method = request_->head().method.id;
  if (method == http::MethodId::connect && !request_->is_websocket() && success) {
    tunnel_ = true;
    out_.content = {Framing::tunnel, 0};
    return begin(EndStream::no);
  }
  if (out_.content.framing == Framing::tunnel) out_.content = {Framing::stream, 0};
  // To an H1 client this is the answer to a plain GET; to an H2 client it would open the tunnel,
  // and what the origin says as content would be read as frames of WebSocket.
  const bool declined = request_->is_websocket() && success;
  if (declined && downstream_.protocol == Protocol::h2) {
    return std::unexpected(Fault::websocket_declined);
  }
  const bool bodyless = http::is_bodyless(head.status) || method == http::MethodId::head;
  const FieldLine* length = http::find_field(fields_, FieldId::content_length);
  if (out_.content.framing == Framing::none && length != nullptr && !bodyless) {
    out_.content = {Framing::length, 0};  // the only length that is no content at all
  }
  switch (request_->bridge()) {
    case WebBridge::none: return begin(end_stream);
    case WebBridge::web_to_grpc: return web_head(head, end_stream);
    case WebBridge::grpc_to_web: return grpc_head(head, end_stream);
  }
  return begin(end_stream);
}

// Ends the handshakes of both sides (RFC 6455 §4.2.2, RFC 8441 §5).
std::expected<Produced, Fault> ResponseSide::switch_protocols(const http::ResponseHead& head) {
  if (!request_->is_websocket()) return std::unexpected(Fault::upgrade_unsolicited);
  if (upstream_ == Protocol::h1) {
    const FieldLine* accept = http::find_field(head.fields, FieldId::sec_websocket_accept);
    if (accept == nullptr || accept->value != websocket_accept(request_->upstream_key()).view()) {
      return std::unexpected(Fault::websocket_accept);
    }
  }
  std::erase_if(fields_, [](const FieldLine& line) {
    return line.id == FieldId::sec_websocket_accept || line.id == FieldId::content_length;
  });
  tunnel_ = true;
  out_.content = {Framing::tunnel, 0};
  if (downstream_.protocol == Protocol::h2) {
    out_.status = http::Status{200};
    return begin(EndStream::no);
  }
  out_.status = http::Status{101};
  add("upgrade", "websocket");
  add("sec-websocket-accept", texts_.keep(websocket_accept(request_->client_key()).view()));
  return begin(EndStream::no);
}

Produced ResponseSide::begin(EndStream end) {
  begun_ = true;
  out_.fields = fields_;
  Produced out = produced(end);
  out.head = &out_;
  return out;
}

// --- Content, trailers, ends ---------------------------------------------------------------------

Produced ResponseSide::content(const wire::Slice& slice) {
  begin_step();
  switch (stage_) {
    case Stage::pass: content_.push_back(slice); return produced(EndStream::no);
    case Stage::discard: return produced(EndStream::no);
    case Stage::to_web:
    case Stage::from_web: break;
  }
  const WebStream::Trouble trouble = web_.take(slice, content_);
  if (trouble != WebStream::Trouble::none) {
    return stage_ == Stage::to_web ? web_failed(trouble) : grpc_failed(trouble);
  }
  return web_.saw_message() ? go_on(EndStream::no) : produced(EndStream::no);
}

Produced ResponseSide::end(http::FieldSection trailers) {
  begin_step();
  if (complete_) return Produced();
  switch (stage_) {
    case Stage::discard: return Produced();
    case Stage::from_web: return grpc_end();
    case Stage::pass: take_trailers(trailers, trailers_, texts_); return produced(EndStream::yes);
    case Stage::to_web: break;
  }
  const WebStream::Trouble trouble = web_.finish(content_);
  if (web_.inside_message()) {
    // A trailer frame would be read as the rest of the message; without one the call has failed.
    stage_ = Stage::discard;
    return produced(EndStream::yes);
  }
  if (trouble != WebStream::Trouble::none) return web_failed(trouble);
  take_trailers(trailers, trailers_, texts_);
  if (head_waits_ && trailers_.empty()) return end_trailers_only();
  add_missing_status(trailers_);
  return web_trailers();
}

std::optional<Produced> ResponseSide::reset(http::ErrorCode code) {
  begin_step();
  if (stage_ == Stage::discard) return Produced();
  const std::string_view reason = texts_.join({"upstream reset: ", http::error_code_name(code)});
  const std::string_view number = grpc::number_of(grpc::status_of_reset(code));
  if (stage_ == Stage::to_web && web_.inside_message()) return std::nullopt;
  if (stage_ == Stage::to_web) return web_failed(number, reason);
  if (stage_ == Stage::from_web) return grpc_failed(number, reason);
  return std::nullopt;
}

Produced ResponseSide::answer(http::Status status, std::string_view reason) {
  begin_step();
  fields_.clear();
  stage_ = Stage::discard;
  head_waits_ = false;
  out_ = http::ResponseHead();
  out_.status = status;
  out_.content = {Framing::length, 0};
  if (request_->format() != Format::none) {
    const bool web = request_->format() != Format::grpc;
    add("content-type", web ? client_type({}) : grpc::media_type_of(Format::grpc));
    const bool too_large = status.value == 413;
    add("grpc-status",
        grpc::number_of(too_large ? StatusCode::resource_exhausted : grpc::status_of_http(status)));
    add("grpc-message", reason);
  }
  return begin(EndStream::yes);
}

}  // namespace regauge::translate
