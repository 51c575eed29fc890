#include "regauge/translate/error_map.h"

#include "regauge/translate/retry_rule.h"

namespace regauge::translate {
namespace {

using http::ErrorCode;

constexpr std::uint16_t kBadGateway = 502;
constexpr std::uint16_t kUnavailable = 503;
constexpr std::uint16_t kGatewayTimeout = 504;
constexpr std::uint16_t kClientGone = 499;  // log lines only, never on the wire

// A response that was begun cannot be taken back; it must stay visibly incomplete.
EndVerdict cut(const EndFacts& facts) {
  if (facts.downstream == Protocol::h2) {
    return {EndAction::rst_stream, kBadGateway, ErrorCode::internal_error};
  }
  return {EndAction::close_incomplete, kBadGateway};
}

// Whether the peer is known not to have acted on the request (RFC 9110 §9.2.2).
enum class Processing : bool { possible, excluded };

EndVerdict retry_or(const EndFacts& facts, Processing processing, std::uint16_t status) {
  RetryFacts retry;
  retry.surely_unprocessed = processing == Processing::excluded;
  retry.connection_reused = facts.connection_reused;
  retry.idempotent = facts.idempotent;
  retry.replayable = facts.replayable;
  retry.attempts = facts.attempts;
  if (may_retry(retry)) return {EndAction::retry, status};
  return {EndAction::respond, status};
}

EndVerdict map_reset(const EndFacts& facts) {
  if (facts.stage == EndStage::after_end_stream) {
    return {EndAction::finish_and_close_upload};
  }
  if (facts.stage == EndStage::mid_body) return cut(facts);
  switch (facts.code) {
    case ErrorCode::refused_stream: return retry_or(facts, Processing::excluded, kUnavailable);
    case ErrorCode::http_1_1_required: {
      EndVerdict verdict = retry_or(facts, Processing::excluded, kUnavailable);
      verdict.needs_h1 = verdict.action == EndAction::retry;
      return verdict;
    }
    case ErrorCode::enhance_your_calm: return {EndAction::respond, kUnavailable};
    default: return {EndAction::respond, kBadGateway};
  }
}

EndVerdict map_goaway(const EndFacts& facts) {
  if (!facts.stream_above_last_id) return {EndAction::wait};
  if (facts.stage == EndStage::after_end_stream) return {EndAction::finish_and_close_upload};
  if (facts.stage == EndStage::mid_body) return cut(facts);
  return retry_or(facts, Processing::excluded, kUnavailable);
}

}  // namespace

EndVerdict map_end(const EndFacts& facts) {
  const bool begun = facts.stage == EndStage::mid_body;
  switch (facts.event) {
    case EndEvent::rst_stream: return map_reset(facts);
    case EndEvent::goaway: return map_goaway(facts);
    case EndEvent::connect_refused: return {EndAction::respond, kBadGateway};
    case EndEvent::connect_timeout: return {EndAction::respond, kGatewayTimeout};
    case EndEvent::read_timeout:
      if (facts.stage == EndStage::after_end_stream) return {EndAction::finish_and_close_upload};
      if (begun) return cut(facts);
      return {EndAction::respond, kGatewayTimeout};
    case EndEvent::eof:
      if (facts.stage == EndStage::after_end_stream) return {EndAction::finish_and_close_upload};
      if (begun) return cut(facts);
      return retry_or(facts, Processing::possible, kBadGateway);
    case EndEvent::client_rst_stream:
    case EndEvent::client_eof: return {EndAction::abort_upstream, kClientGone};
    case EndEvent::final_response_before_request_end:
      if (facts.downstream == Protocol::h2) {
        return {EndAction::finish_then_rst_stream, 0, ErrorCode::no_error};
      }
      return {EndAction::finish_and_close_upload};
  }
  return {};
}

}  // namespace regauge::translate
