#include "regauge/h2/connection.h"

#include <algorithm>
#include <tuple>

#include "regauge/h2/connection_workspace.h"
#include "regauge/h2/field_check.h"

namespace regauge::h2 {
namespace {

using http::Event;
using http::EventKind;

// How long new streams of a peer are awaited that it opened before it read our GOAWAY (§6.8).
constexpr std::uint64_t kGoawayGraceMs = 1000;
constexpr std::array<std::uint8_t, 8> kPingPayload{'r', 'e', 'g', 'a', 'u', 'g', 'e', 0};
constexpr std::size_t kPrefaceBytesMax = 256;

Settings settings_of(const Options& options) {
  Settings ours;
  ours.header_table_size = options.limits.decoder_table_bytes_max;
  ours.initial_window_size = options.limits.stream_window_bytes;
  ours.max_header_list_size = options.limits.field_section_bytes_max;
  if (options.role == http::Role::server) {
    ours.max_concurrent_streams = options.limits.streams_max;
    ours.enable_connect_protocol = options.extended_connect == Offer::yes ? 1 : 0;
  } else {
    ours.enable_push = options.push == Offer::yes ? 1 : 0;
  }
  return ours;
}

}  // namespace

static_assert(http::Endpoint<Connection>);

Connection::Connection(const Options& options)
    : options_(&options),
      decoder_(options.limits.table_size_updates_max, kFieldCheck),
      encoder_(options.key, options.limits.encoder_table_bytes_max),
      ours_(settings_of(options)),
      receive_base_(std::max<std::int64_t>(kInitialWindow, ours_.initial_window_size)) {
  write_preface();
}

Connection::~Connection() = default;

void Connection::write_preface() {
  if (server()) {
    preface_left_ = kClientPreface.size();
  } else {
    workspace().outbox.copy(wire::as_bytes(kClientPreface));
  }
  wire::Writer settings(workspace().outbox.reserve(kPrefaceBytesMax));
  write_settings(ours_, settings);
  workspace_->outbox.commit(settings.size());
  settings_unacked_ = 1;
  const std::uint32_t wanted = options_->limits.connection_window_bytes;
  if (wanted <= kInitialWindow) return;
  const auto increment = static_cast<std::uint32_t>(wanted - kInitialWindow);
  receive_window_.window = FlowWindow(wanted);
  write_window_update(http::kConnectionStream, increment);
}

Connection::Workspace& Connection::workspace() {
  if (workspace_ == nullptr) workspace_ = std::make_unique<Workspace>(*options_);
  return *workspace_;
}

StreamIndex Connection::find(http::StreamId id) const {
  return workspace_ == nullptr ? kNone : workspace_->streams.find(id);
}

void Connection::begin(http::Tick now) {
  if (settings_since_.ms == 0) settings_since_ = now;
  now_ = now;
  ledger_.advance(now);
  workspace().turn.begin(workspace_->streams);
  cancelled_ = 0;
  turn_field_bytes_ = 0;
  if (fate_ == Fate::open) run_timers();
}

http::Batch Connection::receive(std::span<const wire::Slice> drain, http::Tick now,
                                http::WorkBudget budget) {
  begin(now);
  std::size_t consumed = 0;
  // A budget of nothing is one of a frame: a host that offers the rest again comes to its end.
  const std::uint64_t frames_enough = frames_ + std::max<std::size_t>(budget.frames_min, 1);
  for (const wire::Slice& slice : drain) {
    slice_ = &slice;
    slice_pinned_ = false;
    Bytes rest = slice.bytes();
    while (!rest.empty()) {
      if (fate_ == Fate::failed) {
        consumed += rest.size();
        break;
      }
      const bool spent = consumed >= budget.bytes && frames_ >= frames_enough;
      if (!workspace_->cutter.inside_frame() && (spent || fields_full() || replies_full())) {
        if (replies_full() && replies_full_since_.ms == 0) replies_full_since_ = now_;
        return finish(consumed, TurnEnd::budget_cut);
      }
      const std::size_t before = rest.size();
      part_start_ = slice.size() - before;
      step(rest);
      consumed += before - rest.size();
      offset_ += before - rest.size();
    }
  }
  http::Batch batch = finish(consumed, TurnEnd::batch_complete);
  batch.more = false;
  return batch;
}

http::Batch Connection::finish(std::size_t consumed, TurnEnd end) {
  slice_ = nullptr;
  if (cancelled_ > 0) {
    Event& event = workspace_->turn.push(EventKind::cancelled, cancelled_last_);
    event.count = cancelled_;
  }
  const std::span<const Event> events = workspace_->turn.finish(workspace_->streams, end);
  fresh_streams_ -= workspace_->turn.surfaced();
  live_handlers_ += workspace_->turn.surfaced();
  return {consumed, events, true};
}

http::Batch Connection::end_of_input(http::Tick now, http::Truncation how) {
  begin(now);
  input_ended_ = true;
  const http::Loss loss = how == http::Truncation::clean ? http::Loss::closed : http::Loss::broken;
  for (StreamIndex index = 0; index < workspace_->streams.capacity(); ++index) {
    const Stream& stream = workspace_->streams.at(index);
    if (stream.id == http::kConnectionStream || stream.state == StreamState::closed) continue;
    // A peer that only stopped sending may still read the answer to a complete request.
    const bool answerable =
        server() && how == http::Truncation::clean && stream.receiving == MessagePhase::ended;
    if (!answerable) on_reset_of(index, http::ErrorCode::cancel, loss);
  }
  http::Batch batch = finish(0, TurnEnd::batch_complete);
  batch.more = false;
  return batch;
}

void Connection::run_timers() {
  const std::uint32_t ack_ms = options_->settings_ack_ms;
  const bool awaited = settings_unacked_ > 0 && !settings_overdue_;
  if (awaited && ack_ms > 0 && now_.ms - settings_since_.ms >= ack_ms) {
    settings_overdue_ = true;  // where that is tolerated, a late one still applies our values
    if (!may_go_on(Violation::settings_ack_timeout)) return;
  }
  if (replies_full() && replies_full_since_.ms != 0 &&
      now_.ms - replies_full_since_.ms >= options_->reply_stall_ms) {
    fail(Violation::reply_queue_stalled);
    return;
  }
  if (leaving_ == Leaving::announced && now_.ms - leaving_since_.ms >= kGoawayGraceMs) {
    write_goaway(last_peer_stream_, http::ErrorCode::no_error);
    leaving_ = Leaving::last_stream_told;
  }
  time_waits();
  report_stalls();
}

void Connection::check_ledger() {
  if (fate_ == Fate::failed) return;  // the GOAWAY of the error is the last word
  switch (ledger_.standing()) {
    case Standing::good: return;
    case Standing::going_away:
      if (leaving_ == Leaving::last_stream_told) return;
      write_goaway(last_peer_stream_, http::ErrorCode::no_error);
      leaving_ = Leaving::last_stream_told;
      return;
    case Standing::spent: fail(Violation::credits_spent); return;
  }
}

// Charges a frame on a dead stream that cannot have been on its way when the stream was reset.
void Connection::charge_late(http::StreamId id, std::uint32_t octets) {
  if (!resets_.spend(id, octets)) ledger_.charge(credits::kLateFrame);
}

// How far the peer's message had come when the current frame broke a rule; a field block behind its
// head is that of its trailers.
http::Reached Connection::reached(const Stream& stream) const {
  const FrameHeader& frame = workspace_->cutter.header();
  const bool in_block = frame.stream == stream.id &&
                        (frame.type == FrameType::headers || frame.type == FrameType::continuation);
  if (stream.receiving != MessagePhase::head) {
    const bool trailers = in_block && stream.receiving == MessagePhase::content;
    return trailers ? http::Reached::trailers : http::Reached::content;
  }
  return in_block ? http::Reached::head : http::Reached::nothing;
}

Event& Connection::push_violation(Violation violation, http::StreamId stream, http::Scope scope) {
  const RuleRow& row = row_of(violation);
  Event& event = workspace_->turn.push(EventKind::violation, stream);
  event.rule = &rule_of(violation);
  event.scope = scope;
  event.code = row.code;
  event.status = row.status;
  event.offset = frame_offset_;
  return event;
}

void Connection::fail(Violation violation) {
  if (fate_ == Fate::failed) return;
  fate_ = Fate::failed;
  std::ignore = push_violation(violation, workspace_->block.stream, http::Scope::connection);
  const http::ErrorCode code = row_of(violation).code;
  for (StreamIndex index = 0; index < workspace_->streams.capacity(); ++index) {
    Stream& stream = workspace_->streams.at(index);
    if (stream.id == http::kConnectionStream || stream.state == StreamState::closed) continue;
    if (stream.surface == Surface::surfaced) {
      Event& event = workspace_->turn.push(EventKind::reset, stream.id);
      event.code = code;
      event.by = http::By::us;
      event.reached = reached(stream);
      event.rule = &rule_of(violation);
    }
    close(index);
  }
  write_goaway(last_peer_stream_, code);
}

void Connection::note_toleration(Violation violation) {
  ++tolerated_;
  ledger_.charge(options_->policy.charge(violation));
  Event& event = workspace_->turn.push(EventKind::deviation, workspace_->cutter.header().stream);
  event.rule = &rule_of(violation);
  event.offset = frame_offset_;
}

bool Connection::may_go_on(Violation violation) {
  const Action action = options_->policy.action(violation);
  if (action == Action::connection || action == Action::stream) {
    fail(violation);
    return false;
  }
  note_toleration(violation);
  return true;
}

void Connection::write_goaway(http::StreamId last, http::ErrorCode code) {
  std::array<std::uint8_t, kFrameHeaderBytes + 8> octets;
  wire::Writer frame(octets);
  write_frame_header({8, FrameType::goaway, 0, http::kConnectionStream}, frame);
  frame.u32(last.value);
  frame.u32(static_cast<std::uint32_t>(code));
  workspace().outbox.copy(frame.written());
}

void Connection::write_ping(Bytes payload, Flag flag) {
  std::array<std::uint8_t, kFrameHeaderBytes + 8> octets;
  wire::Writer frame(octets);
  write_frame_header({8, FrameType::ping, static_cast<std::uint8_t>(flag), http::kConnectionStream},
                     frame);
  frame.bytes(payload);
  workspace().outbox.copy(frame.written());
}

void Connection::write_window_update(http::StreamId stream, std::uint32_t increment) {
  std::array<std::uint8_t, kFrameHeaderBytes + 4> octets;
  wire::Writer frame(octets);
  write_frame_header({4, FrameType::window_update, 0, stream}, frame);
  frame.u32(increment);
  workspace().outbox.copy(frame.written());
}

void Connection::count_reply() { ++replies_; }

// A peer that asks and does not read must not make us hold all of the answers.
bool Connection::replies_full() const {
  return replies_ >= options_->limits.queued_replies_max || output_full();
}

// References to a table make much of few octets (RFC 7541 §7.3), and all of it lives until the turn
// is told, even for streams that have died by then.
bool Connection::fields_full() const {
  return turn_field_bytes_ >= options_->limits.batch_field_bytes_max;
}

bool Connection::output_full() const {
  return queued_octets() >= options_->limits.queued_output_bytes_max;
}

std::size_t Connection::queued_octets() const {
  return workspace_ == nullptr ? 0 : workspace_->outbox.size();
}

void Connection::ping() {
  if (ping_outstanding_ || fate_ == Fate::failed) return;
  ping_outstanding_ = true;
  write_ping(kPingPayload, Flag::none);
}

void Connection::drain(http::Tick now) {
  if (fate_ == Fate::failed || leaving_ == Leaving::last_stream_told) return;
  if (server() && leaving_ == Leaving::no) {
    leaving_ = Leaving::announced;
    leaving_since_ = now;
    write_goaway(http::StreamId{kStreamIdMax}, http::ErrorCode::no_error);
    ping();
    return;
  }
  leaving_ = Leaving::last_stream_told;
  write_goaway(last_peer_stream_, http::ErrorCode::no_error);
}

void Connection::wrote(std::size_t octets) {
  if (workspace_ == nullptr) return;
  workspace_->outbox.wrote(octets);
  if (!workspace_->outbox.empty()) return;
  replies_ = 0;
  replies_full_since_ = http::Tick();
}

http::Demand Connection::demand(http::Tick now) const {
  http::Demand demand;
  const bool can_fill =
      workspace_ != nullptr && workspace_->send_lists.first_ready() != kNone && !starved();
  demand.wants_write = queued_octets() > 0 || can_fill;
  demand.wants_read = fate_ == Fate::open && !input_ended_ && !replies_full();
  const bool idle = open_streams() == 0;
  const bool leaves = leaving_ == Leaving::last_stream_told || (!server() && peer_leaves_);
  demand.close = fate_ == Fate::failed || (idle && (leaves || input_ended_));
  // A client may still be writing: what it has under way must not turn our last frames into a TCP
  // reset before it has read them.
  demand.finish = demand.close && server() && !input_ended_;
  demand.drained = idle && !demand.wants_write;
  const auto at_most = [&demand](std::uint64_t ms) {
    if (!demand.deadline || ms < demand.deadline->ms) demand.deadline = http::Tick{ms};
  };
  if (workspace_ != nullptr && workspace_->turn.holds_streams()) at_most(now.ms);
  if (fate_ == Fate::failed) return demand;
  const bool awaits_ack = settings_unacked_ > 0 && !settings_overdue_;
  if (awaits_ack && options_->settings_ack_ms > 0 && settings_since_.ms != 0) {
    at_most(settings_since_.ms + options_->settings_ack_ms);
  }
  if (leaving_ == Leaving::announced) at_most(leaving_since_.ms + kGoawayGraceMs);
  if (replies_full_since_.ms != 0) at_most(replies_full_since_.ms + options_->reply_stall_ms);
  if (const auto stall = stall_deadline_ms(now)) at_most(*stall);
  return demand;
}

http::LedgerView Connection::ledger() const {
  return {ledger_.credits(), Ledger::kCapacity, ledger_.charged(), ledger_.refunded(),
          live_handlers_};
}

http::Work Connection::work() const {
  http::Work work = decoder_.work();
  work += encoder_.work();
  work.messages += frames_;
  work.probes += probes_;
  if (workspace_ != nullptr) work.probes += workspace_->streams.probes();
  work.copies += copied_;
  work.steps += steps_ + resets_.steps();
  work.bytes_in = offset_;
  return work;
}

std::uint32_t Connection::open_slots() const {
  if (server() || fate_ == Fate::failed || peer_leaves_ || leaving_ != Leaving::no) return 0;
  if (input_ended_ || last_our_stream_.value + 2 > kStreamIdMax) return 0;
  // Before the peer's SETTINGS arrive, a hundred is the least that RFC 9113 §6.5.2 recommends.
  const std::uint32_t most =
      peer_settings_seen_ ? peer_.max_concurrent_streams : std::uint32_t{100};
  return most > our_streams_ ? most - our_streams_ : 0;
}

bool Connection::inside_frame() const {
  if (preface_left_ > 0) return preface_left_ < kClientPreface.size();
  return workspace_ != nullptr && (workspace_->cutter.inside_frame() || workspace_->block.open);
}

void Connection::forget_events() {
  if (workspace_ != nullptr) workspace_->turn.forget_events();
}

void Connection::shrink() {
  if (workspace_ != nullptr && workspace_->is_idle()) {
    probes_ += workspace_->streams.probes();
    workspace_.reset();
    encoder_.drop_table();
  }
  decoder_.shrink();
}

}  // namespace regauge::h2
