// h1::Connection: from octets to events (RFC 9112 §6.3, §8, §9).
#include <algorithm>
#include <utility>

#include "regauge/h1/connection.h"
#include "regauge/h1/connection_workspace.h"
#include "regauge/wire/assert.h"

namespace regauge::h1 {

using http::By;
using http::EndStream;
using http::ErrorCode;
using http::Event;
using http::EventKind;
using http::Framing;

http::Batch Connection::receive(std::span<const wire::Slice> drain, http::Tick,
                                http::WorkBudget budget) {
  begin_batch();
  std::size_t consumed = 0;
  std::size_t budget_left = std::max<std::size_t>(budget.bytes, 1);
  bool more = false;
  for (const wire::Slice& slice : drain) {
    wire::Slice input = slice;
    take(input, budget_left);
    consumed += slice.size() - input.size();
    more = !input.empty();
    if (more) break;
  }
  input_waits_ = more;
  http::Batch batch = finish_batch(consumed);
  batch.more = more;
  return batch;
}

http::Batch Connection::end_of_input(http::Tick, http::Truncation how) {
  begin_batch();
  input_ended_ = true;
  loss_ = how == http::Truncation::clean ? http::Loss::closed : http::Loss::broken;
  input_waits_ = false;
  if (how == http::Truncation::aborted) {
    break_off();
    return finish_batch(0);
  }
  switch (receiving_) {
    case Receiving::idle:
      if (server() && in_message()) pull_end(how);
      break;
    case Receiving::head:
    case Receiving::content: pull_end(how); break;
    case Receiving::tunnel:  // told by finish_batch
    case Receiving::ended:
    case Receiving::failed: break;
  }
  if (!handler_live_ || fate_ == Fate::linger) seal(Fate::close);
  settle();
  return finish_batch(0);
}

void Connection::begin_batch() {
  forget_events();
  if (std::exchange(message_told_, false)) workspace().decoder.next_message();
}

http::Batch Connection::finish_batch(std::size_t consumed) {
  if (receiving_ == Receiving::tunnel && input_ended_ && fate_ == Fate::open) push_end({});
  if (window_owed()) {
    window_wanted_ = 0;
    push(EventKind::window);
  }
  const bool closing = fate_ == Fate::close || fate_ == Fate::abort;
  if (closing && !closed_told_ && (queued() == 0 || silent_)) {
    closed_told_ = true;
    push(EventKind::closed).stream = http::kConnectionStream;
  }
  http::Batch batch;
  batch.consumed = consumed;
  if (workspace_) batch.events = workspace_->events;
  return batch;
}

// --- octets ------------------------------------------------------------------------------------

void Connection::take(wire::Slice& input, std::size_t& budget) {
  while (!input.empty() && budget > 0) {
    const std::size_t before = input.size();
    if (fate_ != Fate::open || receiving_ == Receiving::failed) {
      discard(input);
      return;
    }
    const bool asked = receiving_ != Receiving::idle && receiving_ != Receiving::ended;
    if (!server() && (!asked || before_request())) {
      refuse_unsolicited(input);
      return;
    }
    // The next request waits for its turn and until the peer has read what was answered; an interim
    // response waits for its events to be seen.
    const bool tunnel = receiving_ == Receiving::tunnel;
    if (receiving_ == Receiving::ended || (message_told_ && !tunnel) || answers_unread()) return;
    const std::size_t octets_max = std::min(receive_window(), budget);
    if (octets_max == 0) return;
    if (tunnel) {
      const std::size_t octets = std::min(octets_max, input.size());
      push_content(input.sub(0, octets));
      input.drop_front(octets);
    } else {
      pull(input, octets_max);
    }
    budget -= std::min(budget, before - input.size());
  }
}

// No more octets than the window are given to the decoder, so no more content can come of them.
void Connection::pull(wire::Slice& input, std::size_t octets_max) {
  Decoder& decoder = workspace().decoder;
  if (receiving_ == Receiving::head && !decoder.in_message()) {
    // A switch of protocols answers a complete request only (RFC 9110 §7.8).
    const bool upgrade = upgrade_requested_ && sent_on_wire();
    decoder.begin({method_, upgrade, stream_.value == 1 && !response_seen_});
  }
  response_seen_ = true;
  const std::size_t offered = std::min(octets_max, input.size());
  const bool all = offered == input.size();
  wire::Slice piece = all ? std::exchange(input, {}) : input.sub(0, offered);
  while (fate_ == Fate::open && !message_told_ && receiving_ != Receiving::failed) {
    Part part = decoder.next(piece);
    if (part.kind == PartKind::need_more) break;
    take_part(part);
  }
  if (all) {
    input = std::move(piece);
  } else {
    input.drop_front(offered - piece.size());
  }
}

void Connection::pull_end(http::Truncation how) {
  while (fate_ == Fate::open && !message_told_ && receiving_ != Receiving::failed) {
    Part part = workspace().decoder.end_of_input(how);
    if (part.kind == PartKind::need_more) {
      // Not one octet of an answer came: nobody broke a rule, but nothing can be told of it.
      if (receiving_ == Receiving::head) push_reset(ErrorCode::cancel, reached(), nullptr);
      return;
    }
    take_part(part);
  }
}

void Connection::take_part(Part& part) {
  if (!part.notes.empty()) count_deviations(part);
  switch (part.kind) {
    case PartKind::need_more: return;
    case PartKind::head: push_head(part); return;
    case PartKind::content: push_content(std::move(part.content)); return;
    case PartKind::trailers: {
      Event& event = push(EventKind::trailers);
      event.trailers = workspace().decoder.trailers();
      event.notes = part.notes;
      return;
    }
    case PartKind::end: push_end(part.notes); return;
    case PartKind::tunnel: push_tunnel(); return;
    case PartKind::violation: push_violation(part.notes); return;
  }
}

// The transport died: whoever waits for the rest has to learn that it never comes.
void Connection::break_off() {
  const bool over = receiving_ == Receiving::ended && sending_ == Sending::ended;
  if (handler_live_ && !over && fate_ == Fate::open) {
    push_reset(ErrorCode::cancel, reached(), nullptr);
  }
  silent_ = true;
  seal(Fate::close);
}

void Connection::discard(wire::Slice& input) {
  discarded_ += input.size();
  input = {};
  if (discarded_ >= kDiscardOctetsMax) seal(Fate::close);
}

// Tells whether a request waits of which the peer cannot have seen anything yet.
bool Connection::before_request() const {
  return receiving_ == Receiving::head && request_written_ == 0;
}

// Octets that no request asked for would be read as the answer to the next one.
void Connection::refuse_unsolicited(wire::Slice& input) {
  const bool waits = before_request();
  leftover_ = true;
  Event& event = push(EventKind::goaway);
  event.stream = http::kConnectionStream;
  event.by = By::us;
  event.code = ErrorCode::protocol_error;
  event.count = waits ? stream_.value - 1 : stream_.value;
  if (waits) {
    loss_ = http::Loss::goaway;  // the request may go elsewhere
    push_reset(ErrorCode::refused_stream, http::Reached::nothing, nullptr);
  }
  discard(input);
  seal(Fate::close);
}

// --- events ------------------------------------------------------------------------------------

Event& Connection::push(EventKind kind) {
  Event& event = workspace().events.emplace_back();
  event.kind = kind;
  event.stream = stream_;
  return event;
}

void Connection::count_deviations(const Part& part) {
  const Decoder& decoder = workspace().decoder;
  tolerated_ += part.notes.size();
  DeviationSet forgiven = decoder.deviations();
  if (part.kind == PartKind::violation) {
    forgiven.reset(static_cast<std::size_t>(decoder.violation().deviation));
  }
  deviations_ |= forgiven;
}

void Connection::push_head(const Part& part) {
  if (server()) {
    push_request();
  } else {
    push_response();
  }
  workspace().events.back().notes = part.notes;
}

void Connection::push_request() {
  const http::RequestHead& head = workspace().decoder.request_head();
  begin_exchange();
  receiving_ = Receiving::content;
  sending_ = Sending::head;
  method_ = head.method.id;
  peer_version_ = head.version;
  // RFC 9110 §7.8: Upgrade of an HTTP/1.0 request is ignored.
  upgrade_requested_ = head.version == http::Version::http_1_1 &&
                       http::find_field(head.fields, http::FieldId::upgrade) != nullptr;
  peer_closes_ = workspace().decoder.close_after();
  push(EventKind::head).request = &head;
}

void Connection::push_response() {
  const http::ResponseHead& head = workspace().decoder.response_head();
  interim_ = http::is_interim(head.status) && head.status.value != 101;
  peer_version_ = head.version;
  push(interim_ ? EventKind::interim : EventKind::head).response = &head;
  if (interim_) return;
  status_ = head.status;
  received_framing_ = head.content.framing;
  receiving_ = Receiving::content;
}

void Connection::push_content(wire::Slice slice) {
  unread_ += slice.size();
  push(EventKind::content).content = std::move(slice);
}

void Connection::push_end(http::RuleNotes notes) {
  Workspace& work = workspace();
  const bool tunnel = receiving_ == Receiving::tunnel;
  if (!tunnel) {
    message_told_ = true;
    peer_closes_ = peer_closes_ || work.decoder.close_after();
  }
  if (std::exchange(interim_, false)) return;
  // Nothing but a part of the message stands before its end in a batch.
  if (!work.events.empty()) work.events.back().end_stream = EndStream::yes;
  receiving_ = Receiving::ended;
  if (tunnel) received_framing_ = Framing::tunnel;
  const std::size_t at = work.events.size();
  push(EventKind::end).notes = notes;
  settle();
  const bool closes = peer_closes_ || fate_ != Fate::open || draining_ || input_ended_;
  work.events[at].count = closes ? 1 : 0;
}

void Connection::push_tunnel() {
  message_told_ = true;
  receiving_ = Receiving::tunnel;
  sending_ = Sending::tunnel;
  workspace().encoder.start_tunnel();
  push(EventKind::tunnel);
}

void Connection::push_violation(http::RuleNotes notes) {
  const Violation violation = workspace().decoder.violation();
  const CatalogueRow& row = catalogue_row(violation.deviation);
  const http::Reached reached = this->reached();
  if (receiving_ == Receiving::idle) {
    begin_exchange();
    sending_ = Sending::head;
  }
  receiving_ = Receiving::failed;
  const ErrorCode code =
      row.risk == Risk::limit ? ErrorCode::enhance_your_calm : ErrorCode::protocol_error;
  Event& event = push(EventKind::violation);
  event.rule = &row.rule;
  event.scope = http::Scope::message;
  event.reached = reached;
  event.loss = loss_;
  event.code = code;
  event.status = violation.status;
  event.offset = violation.offset;
  event.notes = notes;
  const bool answerable = server() && sending_ == Sending::head;
  if (!answerable) push_reset(code, reached, &row.rule);
}

void Connection::push_reset(ErrorCode code, http::Reached reached, const http::Rule* rule) {
  Event& event = push(EventKind::reset);
  event.reached = reached;
  event.loss = loss_;
  event.code = code;
  event.by = input_ended_ ? By::peer : By::us;
  event.rule = rule;
  cut();
}

}  // namespace regauge::h1
