#include "regauge/h1/encoder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "regauge/h1/encoder_head.h"

namespace regauge::h1 {

using http::EndStream;
using http::Framing;
using http::Refusal;

namespace {

// Sixteen hexadecimal digits and CRLF.
constexpr std::size_t kChunkLineBytes = 18;

}  // namespace

std::expected<WrittenHead, Refusal> Encoder::request_head(const http::RequestHead& head,
                                                          const Situation& situation) {
  if (begun()) return std::unexpected(Refusal::wrong_state);
  std::expected<HeadPlan, Refusal> plan = plan_request_head(head, situation);
  if (!plan) return std::unexpected(plan.error());
  const std::size_t line_bound = head.method.token.size() + head.scheme.size() +
                                 2 * head.authority.size() + 3 * head.path.size() + 32;
  const std::size_t bound = line_bound + field_bytes_bound(head.fields);
  if (bound > kHeadBytesMax) return std::unexpected(Refusal::invalid_head);
  HeadWriter writer(outbox_->reserve(bound), options_.name_case, head.name_style);
  work_.steps += bound;
  const bool good =
      writer.request_start(head, options_.target_form) && writer.fields(head.fields, *plan);
  if (!good) return std::unexpected(Refusal::invalid_head);
  work_.copies += writer.size();
  work_.bytes_emitted += writer.size();
  ++work_.messages;
  outbox_->commit(writer.size());
  begin_body(plan->framing, plan->length, situation.end_stream);
  return WrittenHead{plan->framing, plan->persistence};
}

std::expected<WrittenHead, Refusal> Encoder::response_head(const http::ResponseHead& head,
                                                           const Situation& situation) {
  if (begun()) return std::unexpected(Refusal::wrong_state);
  if (situation.peer_version == http::Version::http_0_9) {
    // HTTP/0.9 knows content only; it ends with the connection.
    begin_body(Framing::until_close, 0, situation.end_stream);
    return WrittenHead{Framing::until_close, Persistence::close};
  }
  std::expected<HeadPlan, Refusal> plan = plan_response_head(head, situation);
  if (!plan) return std::unexpected(plan.error());
  const std::size_t bound = 64 + field_bytes_bound(head.fields);
  if (bound > kHeadBytesMax) return std::unexpected(Refusal::invalid_head);
  HeadWriter writer(outbox_->reserve(bound), options_.name_case, head.name_style);
  work_.steps += bound;
  writer.status_line(head.status);
  if (!writer.fields(head.fields, *plan)) return std::unexpected(Refusal::invalid_head);
  // 101 has to say which protocol follows (RFC 9110 §15.2.2).
  if (head.status.value == 101 && !plan->upgrade) return std::unexpected(Refusal::invalid_head);
  work_.copies += writer.size();
  work_.bytes_emitted += writer.size();
  ++work_.messages;
  outbox_->commit(writer.size());
  begin_body(plan->framing, plan->length, situation.end_stream);
  return WrittenHead{plan->framing, plan->persistence};
}

std::expected<void, Refusal> Encoder::interim_head(const http::ResponseHead& head,
                                                   const Situation& situation) {
  if (begun()) return std::unexpected(Refusal::wrong_state);
  const bool interim = head.status.value >= 100 && head.status.value < 200;
  if (!interim || head.status.value == 101) return std::unexpected(Refusal::invalid_head);
  if (situation.peer_version != http::Version::http_1_1) {
    return std::unexpected(Refusal::not_supported);
  }
  const std::size_t bound = 64 + field_bytes_bound(head.fields);
  if (bound > kHeadBytesMax) return std::unexpected(Refusal::invalid_head);
  HeadWriter writer(outbox_->reserve(bound), options_.name_case, head.name_style);
  work_.steps += bound;
  writer.status_line(head.status);
  HeadPlan plan;
  if (!writer.fields(head.fields, plan)) return std::unexpected(Refusal::invalid_head);
  work_.copies += writer.size();
  work_.bytes_emitted += writer.size();
  ++work_.messages;
  outbox_->commit(writer.size());
  return {};
}

void Encoder::begin_body(Framing framing, std::uint64_t length, EndStream end_stream) {
  left_ = 0;
  if (end_stream == EndStream::yes) {
    body_ = Body::complete;
    return;
  }
  switch (framing) {
    case Framing::none: body_ = Body::length; return;
    case Framing::length:
      body_ = Body::length;
      left_ = length;
      return;
    case Framing::stream: body_ = Body::chunked; return;
    case Framing::until_close: body_ = Body::until_close; return;
    case Framing::tunnel: body_ = Body::tunnel; return;
  }
}

std::expected<void, Refusal> Encoder::content(wire::Slice slice, EndStream end_stream) {
  const bool ends = end_stream == EndStream::yes;
  work_.bytes_emitted += slice.size();
  switch (body_) {
    case Body::complete: return std::unexpected(Refusal::wrong_state);
    case Body::length:
      if (slice.size() > left_ || (ends && slice.size() != left_)) {
        return std::unexpected(Refusal::length_mismatch);
      }
      left_ -= slice.size();
      if (!slice.empty()) outbox_->append(std::move(slice));
      break;
    case Body::chunked:
      if (!slice.empty()) append_chunk(std::move(slice));
      if (ends) outbox_->copy(wire::as_bytes("0\r\n\r\n"));
      break;
    case Body::until_close:
    case Body::tunnel:
      if (!slice.empty()) outbox_->append(std::move(slice));
      break;
  }
  if (ends) body_ = Body::complete;
  return {};
}

void Encoder::append_chunk(wire::Slice slice) {
  std::array<char, 16> digits{};
  const auto written = std::to_chars(digits.begin(), digits.end(), slice.size(), 16);
  wire::Writer line(outbox_->reserve(kChunkLineBytes));
  line.text({digits.data(), static_cast<std::size_t>(written.ptr - digits.data())});
  line.text("\r\n");
  work_.steps += line.size() + 2;
  outbox_->commit(line.size());
  outbox_->append(std::move(slice));
  outbox_->copy(wire::as_bytes("\r\n"));
}

std::expected<void, Refusal> Encoder::trailers(http::FieldSection section) {
  if (body_ == Body::complete) return std::unexpected(Refusal::wrong_state);
  if (body_ != Body::chunked) return std::unexpected(Refusal::not_supported);
  const std::size_t bound = field_bytes_bound(section);
  if (bound > kHeadBytesMax) return std::unexpected(Refusal::invalid_head);
  HeadWriter writer(outbox_->reserve(bound), options_.name_case, http::NameStyle::lower);
  work_.steps += bound;
  writer.text("0\r\n");
  if (!writer.trailers(section)) return std::unexpected(Refusal::invalid_head);
  work_.copies += writer.size();
  work_.bytes_emitted += writer.size();
  ++work_.messages;
  outbox_->commit(writer.size());
  body_ = Body::complete;
  return {};
}

}  // namespace regauge::h1
