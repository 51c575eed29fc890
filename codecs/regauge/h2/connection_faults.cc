// What is done about a broken rule of one stream (RFC 9113 §5.4, §8.1.1).
#include <algorithm>
#include <tuple>

#include "regauge/h2/connection_workspace.h"

namespace regauge::h2 {

using http::EndStream;
using http::Event;
using http::EventKind;

bool Connection::is_idle(http::StreamId id) const {
  const bool of_peer = (id.value % 2 == 1) == server();
  return id > (of_peer ? std::max(last_peer_stream_, last_ignored_) : last_our_stream_);
}

// Tells whether a frame on a stream that is not idle and not alive is lawful: its sender had not
// read our RST_STREAM or GOAWAY yet.
bool Connection::is_late(http::StreamId id, StreamIndex index) const {
  const bool ignored = server() && id.value % 2 == 1 && id > last_peer_stream_;
  return ignored || resets_.contains(id) ||
         (index != kNone && workspace_->streams.at(index).reset_by_us);
}

// Tells whether the rule is ignored; if not, the fault was dealt with.
bool Connection::tolerate_on_stream(Violation violation, StreamIndex index) {
  const Action action = options_->policy.action(violation);
  if (action == Action::connection || action == Action::stream) {
    stream_fault(index, violation);
    return false;
  }
  note_toleration(violation);
  return true;
}

void Connection::stream_fault(StreamIndex index, Violation violation) {
  Stream& stream = workspace_->streams.at(index);
  workspace_->block.stream = stream.id;
  if (options_->policy.action(violation) == Action::connection) {
    fail(violation);
    return;
  }
  ledger_.charge(credits::kForcedReset);
  push_violation(violation, stream.id, http::Scope::stream).reached = reached(stream);
  const http::ErrorCode code = row_of(violation).code;
  if (server() && violation >= Violation::header_list_limits &&
      stream.sending == MessagePhase::head &&
      options_->policy.malformed_request == MalformedRequest::answer) {
    answer_malformed(stream, violation);
  }
  if (stream.surface == Surface::surfaced) {
    Event& event = workspace_->turn.push(EventKind::reset, stream.id);
    event.code = code;
    event.by = http::By::us;
    event.reached = reached(stream);
    event.rule = &rule_of(violation);
  }
  write_rst(stream.id, code);
  count_reply();
  stream.reset_by_us = true;
  close(index);
}

// Judges a frame on a stream that has no record: idle, or closed and forgotten.
void Connection::fault_without_stream(Violation violation, http::StreamId id) {
  const Action action = options_->policy.action(violation);
  if (action == Action::connection || action == Action::stream) {
    ledger_.charge(credits::kForcedReset);
    refuse_stream(id, violation);
  } else {
    note_toleration(violation);
  }
}

void Connection::refuse_stream(http::StreamId id, Violation violation) {
  if (options_->policy.action(violation) == Action::connection) {
    fail(violation);
    return;
  }
  std::ignore = push_violation(violation, id, http::Scope::stream);
  write_rst(id, row_of(violation).code);
  count_reply();
}

void Connection::answer_malformed(Stream& stream, Violation violation) {
  http::ResponseHead head;
  head.status = http::Status{row_of(violation).status};
  head.content = {http::Framing::length, 0};
  static_cast<void>(HeadWriter(encoder_, workspace_->outbox)
                        .response(stream.id, head, stream.method, EndStream::yes));
}

}  // namespace regauge::h2
