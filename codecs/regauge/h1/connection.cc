// h1::Connection: how exchanges begin and end, and what becomes of the connection (RFC 9112 §9).
#include "regauge/h1/connection.h"

#include <algorithm>

#include "regauge/h1/connection_reuse.h"
#include "regauge/h1/connection_workspace.h"
#include "regauge/wire/assert.h"

namespace regauge::h1 {

using http::ErrorCode;
using http::Framing;
using http::StreamId;
using http::Version;

Connection::Connection(const ConnectionOptions& options) : options_(&options) {}

Connection::~Connection() = default;

Connection::Workspace& Connection::workspace() {
  if (!workspace_) workspace_ = std::make_unique<Workspace>(*options_, offset_);
  return *workspace_;
}

// --- what is going on --------------------------------------------------------------------------

bool Connection::current(StreamId stream) const { return handler_live_ && stream == stream_; }

bool Connection::in_message() const { return workspace_ && workspace_->decoder.in_message(); }

std::size_t Connection::queued() const { return workspace_ ? workspace_->outbox.size() : 0; }

std::size_t Connection::receive_window() const {
  const std::size_t window = options_->limits.stream_window_bytes;
  return window > unread_ ? window - unread_ : 0;
}

bool Connection::sent_on_wire() const {
  if (sending_ == Sending::ended) return true;
  return sending_ == Sending::content && workspace_->encoder.complete_on_wire();
}

bool Connection::can_progress() const {
  if (input_ended_ || fate_ == Fate::close || fate_ == Fate::abort) return false;
  if (fate_ == Fate::linger) return true;
  switch (receiving_) {
    case Receiving::idle: return !answers_unread();
    case Receiving::head: return true;
    case Receiving::content:
    case Receiving::tunnel: return receive_window() > 0;
    case Receiving::ended: return !input_waits_;
    case Receiving::failed: return discarded_ < kDiscardOctetsMax;
  }
  return false;
}

// A peer that asks and does not read must not make us hold all of the answers.
bool Connection::answers_unread() const {
  return server() && receiving_ == Receiving::idle && output_full();
}

bool Connection::output_full() const {
  return queued() >= options_->limits.queued_output_bytes_max;
}

// Not before what was refused would be taken: else host and connection would go in circles.
bool Connection::window_owed() const {
  if (window_wanted_ == 0 || fate_ != Fate::open) return false;
  const std::size_t limit = options_->limits.stream_queue_bytes_max;
  return queued() == 0 || (queued() <= limit / 2 && limit - queued() >= window_wanted_);
}

http::Demand Connection::demand(http::Tick now) const {
  http::Demand demand;
  demand.wants_read = can_progress();
  demand.wants_write = queued() > 0 && !silent_;
  const bool between = fate_ != Fate::open || !in_message();
  demand.drained = between && !handler_live_ && !demand.wants_write;
  demand.close = fate_ == Fate::close || fate_ == Fate::abort;
  demand.abort = fate_ == Fate::abort;
  demand.finish =
      fate_ == Fate::linger || (sending_ == Sending::ended && receiving_ == Receiving::tunnel);
  const bool end_owed = receiving_ == Receiving::tunnel && input_ended_;
  if (window_owed() || end_owed) demand.deadline = now;
  return demand;
}

http::LedgerView Connection::ledger() const {
  http::LedgerView view;
  view.live_handlers = handler_live_ ? 1 : 0;
  return view;
}

http::Work Connection::work() const {
  http::Work work = work_;
  if (workspace_) {
    work += workspace_->decoder.work();
    work += workspace_->encoder.work();
  }
  return work;
}

std::uint32_t Connection::open_slots() const { return reusable() ? 1 : 0; }

bool Connection::reusable() const {
  return !server() && fate_ == Fate::open && receiving_ == Receiving::idle && !handler_live_ &&
         !draining_ && !input_ended_;
}

ExchangeFacts Connection::exchange_facts() const {
  return {request_written_, response_seen_, stream_.value > 1};
}

// --- exchanges ---------------------------------------------------------------------------------

void Connection::begin_exchange() {
  RG_ASSERT(!handler_live_);
  ++stream_.value;
  handler_live_ = true;
  request_written_ = 0;
  unread_ = 0;
  response_seen_ = false;
  upgrade_requested_ = false;
  window_wanted_ = 0;
  persistence_ = Persistence::persistent;
  sent_framing_ = Framing::none;
  received_framing_ = Framing::none;
}

// How far the message has come that is being read.
http::Reached Connection::reached() const {
  switch (receiving_) {
    case Receiving::idle:
    case Receiving::head: return in_message() ? http::Reached::head : http::Reached::nothing;
    case Receiving::content:
      return workspace_->decoder.in_trailers() ? http::Reached::trailers : http::Reached::content;
    case Receiving::ended:
    case Receiving::tunnel:
    case Receiving::failed: break;
  }
  return http::Reached::content;
}

void Connection::seal(Fate fate) {
  // Nobody sends any more, so nothing is left to be discarded.
  if (fate == Fate::linger && input_ended_) fate = Fate::close;
  fate_ = std::max(fate_, fate);
  if (!server()) silent_ = true;
}

void Connection::settle() {
  if (server()) {
    settle_server();
  } else {
    settle_client();
  }
  const bool over = receiving_ == Receiving::ended && sending_ == Sending::ended;
  if (!over || handler_live_ || fate_ != Fate::open) return;
  finish_exchange();
  if (draining_ && !input_waits_) seal(Fate::close);
}

void Connection::settle_server() {
  if (sending_ != Sending::ended || fate_ != Fate::open) return;
  if (receiving_ == Receiving::tunnel) return;
  if (sent_framing_ == Framing::tunnel) {
    RG_ASSERT(receiving_ == Receiving::ended);
    // A tunnel that was not accepted yet may still have octets to come.
    if (received_framing_ == Framing::tunnel) seal(Fate::close);
    return;
  }
  if (receiving_ != Receiving::ended) {
    // The answer came before the end of the request, whose rest must not be read as the next one.
    receiving_ = Receiving::failed;
    seal(Fate::linger);
    return;
  }
  if (persistence_ == Persistence::persistent && !peer_closes_ && !input_ended_) return;
  // Closing a socket with unread octets in it may reset what the peer has not read yet.
  seal(input_waits_ ? Fate::linger : Fate::close);
}

void Connection::settle_client() {
  if (receiving_ != Receiving::ended || fate_ != Fate::open) return;
  if (received_framing_ == Framing::tunnel) {
    // Both directions came to their end; what is queued for the peer still goes out.
    if (sending_ == Sending::ended) fate_ = std::max(fate_, Fate::close);
    return;
  }
  const bool complete = sent_on_wire();
  if (!complete && !peer_closes_ && !input_ended_) return;
  ReuseFacts facts;
  facts.method = method_;
  facts.status = status_;
  facts.framing = received_framing_;
  facts.version = peer_version_;
  facts.option = peer_closes_ ? ConnectionOption::close : ConnectionOption::keep_alive;
  facts.request_complete = complete;
  facts.response_complete = true;
  facts.leftover = leftover_;
  if (!may_reuse(facts) || draining_ || input_ended_) seal(Fate::close);
}

void Connection::finish_exchange() {
  receiving_ = Receiving::idle;
  sending_ = Sending::idle;
  method_ = http::MethodId::other;
  unread_ = 0;
  if (server()) peer_version_ = Version::http_1_1;
}

// Gives up on what was being sent. A receiver must not take the part for the whole (RFC 9112 §8).
void Connection::cut() {
  const bool tunnel = sending_ == Sending::tunnel || receiving_ == Receiving::tunnel;
  const bool begun = sending_ == Sending::content && !sent_on_wire();
  if (workspace_) workspace_->encoder.abandon();
  sending_ = Sending::cut;
  receiving_ = Receiving::failed;
  seal(tunnel || (server() && begun) ? Fate::abort : Fate::close);
}

void Connection::reset(StreamId stream, ErrorCode) {
  if (!current(stream) || fate_ != Fate::open) return;
  if (receiving_ == Receiving::ended && sent_on_wire()) return;
  cut();
}

void Connection::consume(StreamId stream, std::size_t octets) {
  if (!current(stream)) return;
  RG_ASSERT(octets <= unread_);
  unread_ -= std::min(octets, unread_);
}

void Connection::release(StreamId stream) {
  if (!current(stream)) return;
  if (sending_ == Sending::content && sent_on_wire()) {
    workspace_->encoder.abandon();
    sending_ = Sending::ended;
  }
  const bool received = receiving_ == Receiving::ended || server();
  const bool over = sending_ == Sending::ended && received && sent_framing_ != Framing::tunnel;
  if (!over && fate_ == Fate::open) cut();
  handler_live_ = false;
  settle();
}

void Connection::drain(http::Tick) {
  draining_ = true;
  if (receiving_ != Receiving::idle || handler_live_ || in_message()) return;
  // A new connection carries a request soon, which would be lost; an old one may be closed
  // whenever nothing is asked of it (RFC 9112 §9.5).
  if (!server() || stream_.value > 0) seal(Fate::close);
}

std::optional<StreamId> Connection::refuse_request() {
  const bool waiting = receiving_ == Receiving::idle && !handler_live_ && fate_ == Fate::open;
  if (!server() || !waiting) return std::nullopt;
  begin_exchange();
  receiving_ = Receiving::failed;
  sending_ = Sending::head;
  return stream_;
}

void Connection::forget_events() {
  if (workspace_) workspace_->events.clear();
}

void Connection::shrink() {
  const bool idle = receiving_ == Receiving::idle && !handler_live_;
  if (!workspace_ || !idle || workspace_->decoder.begun() || queued() > 0) return;
  offset_ = workspace_->decoder.offset();
  work_ = work();
  workspace_.reset();
  message_told_ = false;
}

}  // namespace regauge::h1
