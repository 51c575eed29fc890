// The frames that are not messages: preface, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, priorities and
// RST_STREAM (RFC 9113 §3.4, §6.3 to §6.9; RFC 9218 §7.1).
#include <algorithm>
#include <string_view>

#include "regauge/h2/connection_workspace.h"
#include "regauge/h2/payload.h"

namespace regauge::h2 {
namespace {

using http::Event;
using http::EventKind;

bool is_known(FrameType type) {
  return type <= FrameType::continuation || type == FrameType::priority_update;
}

}  // namespace

void Connection::step(Bytes& rest) {
  if (preface_left_ > 0) {
    read_preface(rest);
    return;
  }
  const std::size_t before = rest.size();
  switch (workspace_->cutter.next(rest)) {
    case FrameCutter::Found::nothing: return;
    case FrameCutter::Found::header:
      // Its first octets may have come with earlier reads.
      frame_offset_ = offset_ + (before - rest.size()) - kFrameHeaderBytes;
      on_frame_header();
      // A frame without payload is complete with its header, wherever the read was cut.
      if (fate_ == Fate::open && workspace_->cutter.header().length == 0) {
        Bytes none;
        step(none);
      }
      return;
    case FrameCutter::Found::payload: on_payload(); break;
    case FrameCutter::Found::part:
      on_part();
      if (!workspace_->cutter.ends_frame()) return;
      break;
  }
  ++frames_;
  check_ledger();
}

void Connection::read_preface(Bytes& rest) {
  const std::size_t take = std::min(preface_left_, rest.size());
  const std::string_view expected =
      kClientPreface.substr(kClientPreface.size() - preface_left_, take);
  if (wire::as_text(rest.first(take)) != expected) {
    fail(Violation::preface_magic_invalid);
    return;
  }
  preface_left_ -= take;
  rest = rest.subspan(take);
}

std::optional<Violation> Connection::check_frame_order(const FrameHeader& header) const {
  if (first_frame_ && (header.type != FrameType::settings || header.has(Flag::ack))) {
    return server() ? Violation::preface_first_frame_not_settings
                    : Violation::preface_server_first_frame_not_settings;
  }
  const bool continuation = header.type == FrameType::continuation;
  if (workspace_->block.open && !continuation) return Violation::header_block_interleaved;
  if (workspace_->block.open && header.stream != workspace_->block.stream)
    return Violation::continuation_wrong_stream;
  if (!workspace_->block.open && continuation) return Violation::continuation_unexpected;
  return std::nullopt;
}

void Connection::on_frame_header() {
  const FrameHeader& header = workspace_->cutter.header();
  if (const Fault fault = check_frame_order(header)) {
    // A server that refuses at once may say so with GOAWAY alone; nothing else is forgiven.
    const bool refusal = *fault == Violation::preface_server_first_frame_not_settings &&
                         header.type == FrameType::goaway;
    if (!refusal || options_->policy.action(*fault) != Action::ignore) {
      fail(*fault);
      return;
    }
    note_toleration(*fault);
  }
  first_frame_ = false;
  if (header.type == FrameType::data) {
    workspace_->cutter.stream();
    on_data_header(header);
    return;
  }
  if (header.length > kFrameBytesMax) {
    fail(Violation::frame_size_exceeds_max);
    return;
  }
  if (is_known(header.type)) {
    workspace_->cutter.collect();
    return;
  }
  ledger_.charge(credits::kControlFrame);
  workspace_->data = IncomingData();
  workspace_->cutter.stream();
}

void Connection::on_payload() {
  const FrameHeader& header = workspace_->cutter.header();
  const Bytes payload = workspace_->cutter.octets();
  if (workspace_->cutter.buffered()) copied_ += payload.size();
  switch (header.type) {
    case FrameType::headers: on_headers(header, payload); return;
    case FrameType::continuation: on_continuation(header, payload); return;
    case FrameType::push_promise: on_push_promise(header, payload); return;
    case FrameType::settings: on_settings(header, payload); return;
    case FrameType::rst_stream: on_rst_stream(header, payload); return;
    case FrameType::window_update: on_window_update(header, payload); return;
    case FrameType::ping: on_ping(header, payload); return;
    case FrameType::goaway: on_goaway(header, payload); return;
    case FrameType::priority: on_priority(header); return;
    case FrameType::priority_update: on_priority_update(header, payload); return;
    case FrameType::data:
    case FrameType::altsvc:
    case FrameType::origin: return;  // streamed, never collected
  }
}

void Connection::on_settings(const FrameHeader& header, Bytes payload) {
  if (const Fault fault = check_settings(header, options_->limits.settings_entries_max)) {
    fail(*fault);
    return;
  }
  if (header.has(Flag::ack)) {
    on_settings_ack();
    return;
  }
  const auto entries = static_cast<std::uint32_t>(payload.size() / kSettingBytes);
  ledger_.charge(credits::kSettings + entries / credits::kSettingsEntriesEach);
  if (const Fault fault = apply_settings(payload)) {
    fail(*fault);
    return;
  }
  if (fate_ == Fate::failed) return;
  peer_settings_seen_ = true;
  wire::Writer ack(workspace_->outbox.reserve(kFrameHeaderBytes));
  write_frame_header(
      {0, FrameType::settings, static_cast<std::uint8_t>(Flag::ack), http::kConnectionStream}, ack);
  workspace_->outbox.commit(ack.size());
  count_reply();
  workspace_->turn.push(EventKind::settings, http::kConnectionStream);
}

// Entries are applied in order: a value in between may be invalid or overflow a window (§6.5.3).
std::optional<Violation> Connection::apply_settings(Bytes payload) {
  const http::Role peer = server() ? http::Role::client : http::Role::server;
  const SettingsEntries entries(payload);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Setting setting = entries.at(i);
    ++steps_;
    if (const Fault fault = check_setting(setting, peer)) {
      if (options_->policy.action(*fault) != Action::ignore) return fault;
      note_toleration(*fault);
      continue;
    }
    const bool late = peer_settings_seen_;
    if (setting.id == SettingId::enable_connect_protocol && setting.value == 0 &&
        peer_.enable_connect_protocol == 1) {
      if (!may_go_on(Violation::settings_enable_connect_withdrawn)) return std::nullopt;
      continue;
    }
    if (setting.id == SettingId::no_rfc7540_priorities && late &&
        setting.value != peer_.no_rfc7540_priorities) {
      if (!may_go_on(Violation::settings_no_rfc7540_priorities_changed)) return std::nullopt;
      continue;
    }
    if (setting.id == SettingId::initial_window_size) {
      if (const Fault fault = change_initial_window(setting.value)) return fault;
    }
    apply_setting(setting, peer_);
    if (setting.id == SettingId::header_table_size) encoder_.set_table_limit(setting.value);
  }
  return std::nullopt;
}

// RFC 9113 §6.9.2. Windows are differences to this value, so it is one assignment; records are only
// walked if some window might overflow, and blocked streams if they might go on.
std::optional<Violation> Connection::change_initial_window(std::uint32_t octets) {
  if (send_delta_bound_ + octets > kWindowMax) {
    std::int64_t bound = 0;
    for (StreamIndex index = 0; index < workspace_->streams.capacity(); ++index) {
      const Stream& stream = workspace_->streams.at(index);
      if (stream.id == http::kConnectionStream || stream.state == StreamState::closed) continue;
      bound = std::max(bound, stream.send_window.delta());
    }
    ledger_.charge(workspace_->streams.capacity() / credits::kStreamsEach + 1);
    steps_ += workspace_->streams.capacity();
    send_delta_bound_ = bound;
    if (bound + octets > kWindowMax) return Violation::settings_initial_window_overflows_stream;
  }
  const bool raised = octets > peer_.initial_window_size;
  peer_.initial_window_size = octets;
  if (!raised) return std::nullopt;
  const std::uint32_t walked = wake_all(workspace_->send_lists.first_blocked()) +
                               wake_all(workspace_->send_lists.first_stalled());
  ledger_.charge(walked / credits::kStreamsEach);
  return std::nullopt;
}

void Connection::on_settings_ack() {
  if (settings_unacked_ == 0) {
    ledger_.charge(credits::kControlFrame);
    static_cast<void>(may_go_on(Violation::settings_ack_unsolicited));
    return;
  }
  --settings_unacked_;
  decoder_.set_table_limit(ours_.header_table_size);
  receive_base_ = ours_.initial_window_size;
}

void Connection::on_ping(const FrameHeader& header, Bytes payload) {
  if (const auto parsed = parse_ping(header); !parsed) {
    fail(parsed.error());
    return;
  }
  ledger_.charge(credits::kControlFrame);
  if (!header.has(Flag::ack)) {
    write_ping(payload, Flag::ack);
    count_reply();
    return;
  }
  if (!ping_outstanding_) {
    static_cast<void>(may_go_on(Violation::ping_ack_unsolicited));
    return;
  }
  ping_outstanding_ = false;
  if (leaving_ != Leaving::announced) return;
  // The peer has read the first GOAWAY by now: what it opened before has arrived.
  write_goaway(last_peer_stream_, http::ErrorCode::no_error);
  leaving_ = Leaving::last_stream_told;
}

void Connection::on_goaway(const FrameHeader& header, Bytes payload) {
  const auto goaway = parse_goaway(header, payload);
  if (!goaway) {
    fail(goaway.error());
    return;
  }
  ledger_.charge(credits::kControlFrame);
  http::StreamId last = goaway->last;
  if (peer_leaves_ && last > peer_goaway_last_) {
    if (!may_go_on(Violation::goaway_last_id_increased)) return;
    last = peer_goaway_last_;
  }
  const bool told_before = peer_leaves_ && last == peer_goaway_last_;
  peer_leaves_ = true;
  peer_goaway_last_ = last;
  Event& event = workspace_->turn.push(EventKind::goaway, http::kConnectionStream);
  event.code = goaway->code;
  event.count = last.value;
  if (server() || told_before) return;
  // The peer has not touched the streams above: they may be sent again elsewhere (§6.8).
  ledger_.charge(workspace_->streams.capacity() / credits::kStreamsEach);
  steps_ += workspace_->streams.capacity();
  for (StreamIndex index = 0; index < workspace_->streams.capacity(); ++index) {
    const Stream& stream = workspace_->streams.at(index);
    if (stream.id == http::kConnectionStream || stream.state == StreamState::closed) continue;
    if (stream.id > last) {
      on_reset_of(index, http::ErrorCode::refused_stream, http::Loss::goaway);
    }
  }
}

void Connection::on_window_update(const FrameHeader& header, Bytes payload) {
  ledger_.charge_window_update();
  const bool on_connection = header.stream == http::kConnectionStream;
  if (!on_connection && is_idle(header.stream)) {
    fail(Violation::stream_idle_frame);
    return;
  }
  if (resets_.reserved(header.stream)) {
    fail(Violation::stream_reserved_frame);
    return;
  }
  const auto increment = parse_window_update(header, payload);
  if (!increment && (on_connection || increment.error() != Violation::window_update_zero)) {
    fail(increment.error());
    return;
  }
  if (on_connection) {
    const bool exhausted = send_window_.left(0) <= 0;
    if (!send_window_.put(*increment, 0)) {
      fail(Violation::window_update_overflow);
      return;
    }
    if (!exhausted) return;
    workspace_->turn.push(EventKind::window, http::kConnectionStream);
    ledger_.charge(wake_all(workspace_->send_lists.first_stalled()) / credits::kStreamsEach);
    return;
  }
  const StreamIndex index = find(header.stream);
  if (index == kNone || workspace_->streams.at(index).state == StreamState::closed) return;
  if (!increment) {
    static_cast<void>(tolerate_on_stream(increment.error(), index));
    return;
  }
  Stream& stream = workspace_->streams.at(index);
  if (!stream.send_window.put(*increment, peer_.initial_window_size)) {
    stream_fault(index, Violation::window_update_overflow);
    return;
  }
  send_delta_bound_ = std::max(send_delta_bound_, stream.send_window.delta());
  if (stream.list == SendList::blocked || stream.list == SendList::stalled) wake(index);
  if (!stream.window_wanted) return;
  stream.window_wanted = false;
  workspace_->turn.push(EventKind::window, stream, index);
}

// RFC 9113 §5.3.2: the frame is parsed and has no effect.
void Connection::on_priority(const FrameHeader& header) {
  ledger_.charge(credits::kControlFrame);
  const auto parsed = parse_priority(header);
  if (parsed) return;
  if (parsed.error() == Violation::frame_on_stream_zero) {
    fail(parsed.error());
    return;
  }
  const StreamIndex index = find(header.stream);
  if (index != kNone && workspace_->streams.at(index).state != StreamState::closed) {
    static_cast<void>(tolerate_on_stream(parsed.error(), index));
    return;
  }
  // An idle stream gets its reset all the same: the frame names it as the place of the fault.
  fault_without_stream(parsed.error(), header.stream);
}

void Connection::on_priority_update(const FrameHeader& header, Bytes payload) {
  ledger_.charge(credits::kControlFrame);
  if (header.stream != http::kConnectionStream &&
      !may_go_on(Violation::priority_update_stream_nonzero)) {
    return;
  }
  if (!server()) {
    static_cast<void>(may_go_on(Violation::priority_update_from_server));
    return;
  }
  const auto update = parse_priority_update(payload);
  if (!update) {
    fail(update.error());
    return;
  }
  if (update->prioritized == http::kConnectionStream) {
    static_cast<void>(may_go_on(Violation::priority_update_id_zero));
    return;
  }
  if (update->prioritized.value % 2 == 0) {
    static_cast<void>(may_go_on(Violation::priority_update_id_idle_push));
    return;
  }
  const std::optional<Priority> priority = parse_priority(wire::as_text(update->value));
  if (!priority) return;
  if (is_idle(update->prioritized)) {
    keep_idle_priority(update->prioritized, *priority);
    return;
  }
  const StreamIndex index = find(update->prioritized);
  if (index == kNone || workspace_->streams.at(index).state == StreamState::closed) return;
  Stream& stream = workspace_->streams.at(index);
  const bool listed = stream.list == SendList::ready;
  if (listed) workspace_->send_lists.remove(workspace_->streams, index);
  stream.priority = *priority;
  stream.rotate = priority->incremental == Incremental::yes;
  if (listed) schedule(index);
}

// RFC 9218 §7.1: streams that were only prioritised count as if they were open.
void Connection::keep_idle_priority(http::StreamId id, const Priority& priority) {
  const bool fits =
      peer_streams_ + workspace_->idle_priorities.size() < options_->limits.streams_max;
  if (!fits && !workspace_->idle_priorities.contains(id)) {
    static_cast<void>(may_go_on(Violation::priority_update_idle_streams));
    return;
  }
  workspace_->idle_priorities.keep(id, priority);
}

void Connection::on_rst_stream(const FrameHeader& header, Bytes payload) {
  const auto code = parse_rst_stream(header, payload);
  if (!code) {
    fail(code.error());
    return;
  }
  if (is_idle(header.stream)) {
    fail(Violation::stream_idle_frame);
    return;
  }
  const StreamIndex index = find(header.stream);
  if (index == kNone || workspace_->streams.at(index).state == StreamState::closed) {
    resets_.begin(header.stream);
    charge_late(header.stream, 0);
    return;
  }
  on_reset_of(index, *code, http::Loss::none);
}

void Connection::on_reset_of(StreamIndex index, http::ErrorCode code, http::Loss loss) {
  Stream& stream = workspace_->streams.at(index);
  if (stream.surface == Surface::fresh || stream.surface == Surface::held) {
    cancel_unsurfaced(index);
    return;
  }
  if (stream.surface == Surface::surfaced) {
    if (stream.opened_by == http::By::peer) ledger_.charge(credits::kStreamReset);
    Event& event = workspace_->turn.push(EventKind::reset, stream.id);
    event.code = code;
    event.by = http::By::peer;
    const bool begun = stream.receiving != MessagePhase::head;
    event.reached = begun ? http::Reached::content : http::Reached::nothing;
    event.loss = loss;
  }
  close(index);
}

}  // namespace regauge::h2
