// How an exchange ends: faults of both sides, the error map, the attribution.
#include <utility>

#include "proxy/metrics.h"
#include "proxy/relay.h"
#include "proxy/session.h"

namespace regauge::proxy {
namespace {

using http::ErrorCode;
using http::Event;
using http::EventKind;
using translate::EndAction;
using translate::EndEvent;
using translate::EndStage;
using translate::Fault;
using translate::Produced;

std::string_view text_of(Protocol protocol) { return protocol == Protocol::h1 ? "h1" : "h2"; }

// A stream that was lost with its connection has no code that a peer chose.
std::string_view detail_of(const Event& reset) {
  if (reset.rule != nullptr) return reset.rule->name;
  if (reset.loss == http::Loss::closed) return "connection closed";
  if (reset.loss == http::Loss::broken) return "connection reset";
  return http::error_code_name(reset.code);
}

}  // namespace

Phase Relay::phase() const {
  Progress progress;
  progress.request_complete = course_.request_complete;
  progress.stream_wanted = course_.attempts > 0;
  if (request_ != nullptr) progress.waits = request_->waits();
  progress.stream_had = upstream_ != nullptr;
  progress.response_octets = upstream_ != nullptr && upstream_->response_octets();
  progress.response_begun = course_.exchanging && exchange_.response().begun();
  progress.response_sent = course_.response_ended;
  return phase_of(progress);
}

Attribution Relay::ended_by(Side side, Cause cause, std::string_view detail) const {
  return {side, cause, phase(), detail};
}

void Relay::note_end(const Attribution& ended) {
  if (record_.ended.cause == Cause::none) record_.ended = ended;
}

void Relay::answer(std::uint16_t status, std::string_view reason, const Attribution& ended) {
  note_end(ended);
  drop_upstream(ErrorCode::cancel);
  state_ = State::sending;
  drop_content();
  if (!course_.exchanging) begin_exchange(Session::no_route(), http::RequestHead());
  deliver(exchange_.response().answer(http::Status{status}, reason));
}

void Relay::fault(Fault fault) {
  const translate::FaultRow& row = translate::row_of(fault);
  const bool of_response = upstream_ != nullptr &&
                           exchange_.request().head().method.id != http::MethodId::other &&
                           row.status >= 500;
  const Cause cause = row.status == 431 || row.status == 413 ? Cause::limit : Cause::protocol_error;
  Attribution ended =
      ended_by(of_response ? Side::upstream : Side::downstream, cause, row.rule.name);
  // It is what came with the head that is at fault, whether or not the request has all come.
  if (of_response && !exchange_.response().begun()) ended.phase = Phase::response_head;
  if (!of_response && course_.attempts == 0) ended.phase = Phase::request_head;
  count_refused(of_response ? Side::upstream : Side::downstream, row.rule);
  if (course_.exchanging && exchange_.response().begun()) {
    cut(ErrorCode::internal_error, ended);
    return;
  }
  answer(row.status, row.rule.sentence, ended);
}

void Relay::upstream_failed(UpstreamFault fault) {
  const Phase before = phase();
  request_.reset();
  upstream_ = nullptr;
  cancel();
  if (state_ == State::finished) return;
  const auto failed = [this](EndEvent event, Cause cause, Phase phase, std::string_view detail) {
    on_upstream_end(event, ErrorCode::connect_error, {Side::upstream, cause, phase, detail});
  };
  constexpr EndEvent kRefused = EndEvent::connect_refused;
  constexpr EndEvent kTimeout = EndEvent::connect_timeout;
  constexpr Phase kHandshake = Phase::upstream_handshake;
  switch (fault) {
    case UpstreamFault::head_refused: this->fault(Fault::head_not_writable); return;
    case UpstreamFault::no_extended_connect: this->fault(Fault::protocol_not_supported); return;
    case UpstreamFault::connect_refused:
      failed(kRefused, Cause::refused, Phase::connect, "connect");
      return;
    case UpstreamFault::unreachable:
      failed(kRefused, Cause::unreachable, Phase::connect, "connect");
      return;
    case UpstreamFault::connect_timeout:
      failed(kTimeout, Cause::timeout, Phase::connect, "connect");
      return;
    case UpstreamFault::handshake_timeout:
      failed(kTimeout, Cause::timeout, kHandshake, "handshake");
      return;
    case UpstreamFault::tls_failed:
      failed(kRefused, Cause::tls_error, kHandshake, "handshake");
      return;
    case UpstreamFault::handshake_closed:
      failed(kRefused, Cause::peer_close, kHandshake, "handshake");
      return;
    case UpstreamFault::handshake_broken:
      failed(kRefused, Cause::peer_reset, kHandshake, "handshake");
      return;
    case UpstreamFault::queue_full:
      answer(503, "too many requests wait", {Side::proxy, Cause::overload, Phase::queue, "queue"});
      return;
    case UpstreamFault::stopped: {
      const Attribution ended{Side::proxy, Cause::drain, before, "time"};
      if (exchange_.response().begun()) {
        cut(ErrorCode::internal_error, ended);
      } else {
        answer(503, "shutting down", ended);
      }
      return;
    }
    case UpstreamFault::protocol_error:
      failed(kRefused, Cause::protocol_error, before, "connection");
      return;
    case UpstreamFault::going_away:
      on_upstream_end(EndEvent::goaway, ErrorCode::refused_stream,
                      {Side::upstream, Cause::goaway, before, "connection closed"});
      return;
    case UpstreamFault::stalled:
      failed(EndEvent::read_timeout, Cause::timeout, before, "stall");
      return;
    case UpstreamFault::broken:
      failed(EndEvent::eof, Cause::peer_close, before, "connection closed");
      return;
  }
}

void Relay::on_upstream_reset(const Event& event) {
  const std::string_view detail = detail_of(event);
  EndEvent what = EndEvent::eof;
  Cause cause = cause_of(event.code);
  switch (event.loss) {
    case http::Loss::goaway:
      what = EndEvent::goaway;
      cause = Cause::goaway;
      break;
    case http::Loss::closed: cause = Cause::peer_close; break;
    case http::Loss::broken: cause = Cause::peer_reset; break;
    case http::Loss::none:
      if (event.by == http::By::us) break;
      what = EndEvent::rst_stream;
      cause = Cause::peer_reset;
  }
  course_.response_octets = event.reached != http::Reached::nothing;
  // Nothing of a response came: then it is the request that was under way.
  const bool nothing = event.reached == http::Reached::nothing;
  const Phase at = nothing || course_.response_ended ? phase() : phase_of_response(event.reached);
  on_upstream_end(what, event.code, {Side::upstream, cause, at, detail});
}

void Relay::on_upstream_end(EndEvent event, ErrorCode code, const Attribution& ended) {
  translate::EndFacts facts;
  facts.event = event;
  facts.code = code;
  facts.stage = course_.response_complete      ? EndStage::after_end_stream
                : exchange_.response().begun() ? EndStage::mid_body
                                               : EndStage::before_head;
  facts.downstream = session_->connection().protocol() == Protocol::h1 ? translate::Protocol::h1
                                                                       : translate::Protocol::h2;
  facts.stream_above_last_id = event == EndEvent::goaway;
  facts.connection_reused = facts_.reused;
  facts.idempotent = http::is_idempotent(exchange_.request().head().method.id);
  facts.replayable = !course_.request_touched && !course_.interim_seen && !course_.response_octets;
  facts.attempts = course_.attempts;
  const translate::EndVerdict verdict = translate::map_end(facts);
  switch (verdict.action) {
    case EndAction::retry:
      drop_upstream(ErrorCode::cancel);
      cancel();
      course_.request_sent = false;
      session_->worker().metrics->add(Metric::retries);
      ask();
      return;
    case EndAction::wait: return;
    case EndAction::respond: answer(verdict.status, ended.detail, ended); return;
    case EndAction::rst_stream:
    case EndAction::close_incomplete: {
      // A gRPC-Web client gets the end as a trailer frame; everybody else must see a cut message.
      const std::optional<Produced> produced = exchange_.response().reset(code);
      if (!produced) {
        cut(verdict.code, ended);
        return;
      }
      note_end(ended);
      deliver(*produced);
      return;
    }
    case EndAction::finish_and_close_upload:
    case EndAction::finish_then_rst_stream:
    case EndAction::abort_upstream:
      drop_upstream(ErrorCode::cancel);
      if (!in_tunnel()) return;
      note_end(ended);
      end_upload();
      return;
  }
}

// Nothing has come for long of a message that was begun. Whoever may not send yet, because content
// waits for room or for the window of its taker, is not late: the taker has a time of its own.
void Relay::content_late() {
  if (upstream_ == nullptr) return;
  const std::uint64_t wait = session_->site().timeouts.content_ms;
  const std::uint64_t now_ms = session_->now().ms;
  const bool begun = exchange_.response().begun();
  const bool request =
      !course_.request_complete && to_upstream_.empty() && course_.request_uncredited == 0;
  const bool response =
      begun && !course_.response_complete && to_client_.empty() && course_.response_uncredited == 0;
  if (now_ms - course_.moved_ms < wait) {
    await_content(course_.moved_ms);
  } else if (!request && !response) {
    await_content(now_ms);
  } else if (!request || (course_.awaits_continue && !begun)) {
    on_upstream_end(EndEvent::read_timeout, ErrorCode::cancel,
                    ended_by(Side::upstream, Cause::timeout, "content"));
  } else {
    // An upstream that has begun to answer may wait for the rest as well.
    constexpr std::uint16_t kRequestTimeout = 408;
    const Attribution ended{Side::downstream, Cause::timeout, Phase::request_body, "content"};
    if (session_->connection().protocol() == Protocol::h1) session_->note_end(ended);
    if (begun) {
      cut(ErrorCode::cancel, ended);
    } else {
      answer(kRequestTimeout, "no content in time", ended);
    }
  }
}

// Nobody takes the client's direction of a tunnel any more. The client gets the other one to its
// end if it reads, and has time to end its own.
void Relay::end_upload() {
  const bool again = std::exchange(course_.request_sent, true);
  to_upstream_.clear();
  session_->consume(id_, std::exchange(course_.request_uncredited, 0));
  const bool over = course_.response_ended && course_.request_complete;
  if (over || (again && !session_->still_reads())) {
    finish(ErrorCode::cancel);
    return;
  }
  session_->worker().loop.timers().arm(*this, http::Tick{session_->now().ms + kUploadEndMs});
}

// The client has given no window for its response for a long time, or cannot any more.
void Relay::on_stalled() {
  const Cause cause = session_->peer_left() ? session_->lost_by() : Cause::timeout;
  cut(ErrorCode::cancel, ended_by(Side::downstream, cause, "window"));
}

void Relay::cut(ErrorCode code, const Attribution& ended) {
  note_end(ended);
  session_->reset(id_, code);
  finish(ErrorCode::cancel);
}

void Relay::on_broken(const Event& event) {
  if (state_ == State::finished) return;
  const std::string_view detail = detail_of(event);
  const bool lost = event.loss == http::Loss::closed || event.loss == http::Loss::broken;
  const bool ours = event.rule != nullptr;
  const Cause cause = lost ? session_->lost_by() : ours ? cause_of(event.code) : Cause::peer_reset;
  const bool in_request = ours && !course_.request_complete;
  const Attribution ended{Side::downstream, cause,
                          in_request ? phase_of_request(event.reached) : phase(), detail};
  // HTTP/1 does not outlive a broken exchange.
  if (session_->connection().protocol() == Protocol::h1) session_->note_end(ended);
  if (event.kind == EventKind::violation) {
    // H1: the content broke a rule; if the answer is still ours to give, it says so.
    note_request(event.notes);
    count_refused(Side::downstream, *event.rule);
    if (course_.exchanging && exchange_.response().begun()) {
      cut(ErrorCode::protocol_error, ended);
    } else {
      answer(event.status, detail, ended);
    }
    return;
  }
  note_end(ended);
  finish(ErrorCode::cancel);
}

void Relay::on_gone(const Attribution& ended) {
  if (state_ == State::finished) return;
  note_end(ended_by(ended.side, ended.cause, ended.detail));
  state_ = State::finished;
  drop_upstream(ErrorCode::cancel);
  log();
}

void Relay::drop_upstream(ErrorCode code) {
  cancel();
  if (request_ != nullptr) std::exchange(request_, nullptr)->cancel();
  if (upstream_ != nullptr) std::exchange(upstream_, nullptr)->release(code);
}

void Relay::finish(ErrorCode upstream_code) {
  if (state_ == State::finished) return;
  if (upstream_ != nullptr) record_.upstream_protocol = text_of(facts_.protocol);
  state_ = State::finished;
  drop_upstream(upstream_code);
  log();
  session_->release(*this);
}

void Relay::log() {
  MetricsShard& metrics = *session_->worker().metrics;
  if (record_.ended.cause != Cause::none) metrics.add(Metric::requests_ended_early);
  metrics.add(Ended::request, record_.ended);
  AccessLog* log = session_->worker().access_log;
  if (log == nullptr) return;
  record_.duration_ms = session_->now().ms - course_.started_ms;
  record_.listener = session_->site().name;
  record_.client = session_->client();
  record_.protocol = text_of(session_->connection().protocol());
  record_.method = method_;
  record_.authority = authority_;
  record_.path = path_;
  record_.upstream = upstream_name();
  record_.reused = facts_.reused;
  record_.attempts = course_.attempts;
  log->write(record_);
}

}  // namespace regauge::proxy
