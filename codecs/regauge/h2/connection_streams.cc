// Messages that come in: DATA, HEADERS, PUSH_PROMISE and CONTINUATION (RFC 9113 §6.1, §6.2, §6.6,
// §6.10, §8).
#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "regauge/h2/connection_workspace.h"
#include "regauge/h2/message_rules.h"
#include "regauge/h2/payload.h"

namespace regauge::h2 {
namespace {

using http::EndStream;
using http::Event;
using http::EventKind;

constexpr std::size_t kContinuationShort = 1024;

EndStream end_stream_of(const FrameHeader& header) {
  return header.has(Flag::end_stream) ? EndStream::yes : EndStream::no;
}

}  // namespace

// --- DATA ----------------------------------------------------------------------------------------

void Connection::on_data_header(const FrameHeader& header) {
  workspace_->data = IncomingData();
  workspace_->block.stream = header.stream;
  if (header.stream == http::kConnectionStream) {
    fail(Violation::frame_on_stream_zero);
    return;
  }
  if (header.length > receive_window_.window.left(0)) {
    fail(Violation::flow_control_connection_window);
    return;
  }
  receive_window_.window.take(header.length);
  if (is_idle(header.stream) || resets_.reserved(header.stream)) {
    fail(is_idle(header.stream) ? Violation::stream_idle_frame : Violation::stream_reserved_frame);
    return;
  }
  if (header.has(Flag::padded) && header.length == 0) {
    fail(Violation::data_padded_without_pad_length);
    return;
  }
  const StreamIndex index = stream_for_data(header);
  if (fate_ == Fate::failed) return;
  if (index == kNone) {
    credit(nullptr, header.length);
    return;
  }
  Stream& stream = workspace_->streams.at(index);
  stream.receive_window.window.take(header.length);
  workspace_->data.stream = index;
  workspace_->data.content_left = header.length;
  workspace_->data.padding_unknown = header.has(Flag::padded);
  workspace_->data.end_stream = end_stream_of(header);
  if (!workspace_->data.padding_unknown) check_content();
}

// Finds the stream that takes a DATA frame; kNone if the frame is discarded.
StreamIndex Connection::stream_for_data(const FrameHeader& header) {
  const StreamIndex index = find(header.stream);
  if (index == kNone || workspace_->streams.at(index).state == StreamState::closed) {
    if (is_late(header.stream, index)) {
      charge_late(header.stream, header.length);
    } else {
      fault_without_stream(Violation::stream_closed_frame, header.stream);
    }
    return kNone;
  }
  const Stream& stream = workspace_->streams.at(index);
  if (!can_receive(stream.state)) {
    static_cast<void>(tolerate_on_stream(Violation::stream_half_closed_remote_data, index));
    return kNone;
  }
  if (header.length > kFrameBytesMax) {
    stream_fault(index, Violation::frame_size_exceeds_max);
    return kNone;
  }
  if (header.length > stream.receive_window.window.left(receive_base_)) {
    stream_fault(index, Violation::flow_control_stream_window);
    return kNone;
  }
  if (stream.receiving == MessagePhase::head) {
    stream_fault(index, Violation::data_before_final_headers);
    return kNone;
  }
  return index;
}

// Applies the rules about the amount of content, once it is known without its padding; padding
// makes no frame less small.
void Connection::check_content() {
  const StreamIndex index = workspace_->data.stream;
  Stream& stream = workspace_->streams.at(index);
  const std::uint32_t octets = workspace_->data.content_left;
  if (workspace_->data.end_stream == EndStream::no) {
    workspace_->data.small_charge = credits::small_data(octets);
    ledger_.charge(workspace_->data.small_charge);
  }
  if (octets > 0 && stream.without_content) {
    if (!tolerate_on_stream(Violation::bodyless_response_with_data, index)) return;
    workspace_->data.drop_content = true;
    return;
  }
  if (stream.receive_left == kUnknownLength) return;
  if (octets > stream.receive_left) {
    stream_fault(index, Violation::content_length_mismatch);
    return;
  }
  stream.receive_left -= octets;
}

void Connection::on_part() {
  if (workspace_->data.stream == kNone) return;  // credited with its header, or not content at all
  Bytes part = workspace_->cutter.octets();
  std::size_t start = part_start_;
  if (workspace_->data.padding_unknown && !part.empty()) {
    const std::uint32_t padding = part[0];
    part = part.subspan(1);
    ++start;
    workspace_->data.padding_unknown = false;
    --workspace_->data.content_left;
    if (padding > workspace_->data.content_left) {
      fail(Violation::data_padding_too_long);
      return;
    }
    workspace_->data.content_left -= padding;
    workspace_->data.padding_left = padding;
    credit(&workspace_->streams.at(workspace_->data.stream), 1);
    check_content();
    if (workspace_->data.stream == kNone || fate_ == Fate::failed) return;
  }
  const std::size_t content = std::min<std::size_t>(part.size(), workspace_->data.content_left);
  workspace_->data.content_left -= static_cast<std::uint32_t>(content);
  if (content > 0) on_content(slice_->sub(start, content));
  const auto padding = static_cast<std::uint32_t>(part.size() - content);
  workspace_->data.padding_left -= padding;
  if (padding > 0) credit(&workspace_->streams.at(workspace_->data.stream), padding);
  if (!workspace_->cutter.ends_frame()) return;
  const StreamIndex index = workspace_->data.stream;
  const bool ends = workspace_->data.end_stream == EndStream::yes;
  workspace_->data = IncomingData();
  if (ends) on_end_stream(index);
}

void Connection::on_content(wire::Slice slice) {
  Stream& stream = workspace_->streams.at(workspace_->data.stream);
  const auto octets = static_cast<std::uint32_t>(slice.size());
  if (workspace_->data.drop_content) {
    credit(&stream, octets);
    return;
  }
  stream.held_octets += octets;
  // Content earns back what its frame cost; a frame without any has nothing that could be consumed.
  stream.small_data_charge += std::exchange(workspace_->data.small_charge, 0);
  Event& event = workspace_->turn.push(EventKind::content, stream, workspace_->data.stream);
  event.content = std::move(slice);
  // The end follows directly only if the frame's padding is here and the length is right.
  const bool whole = stream.receive_left == 0 || stream.receive_left == kUnknownLength;
  event.end_stream =
      workspace_->cutter.ends_frame() && whole ? workspace_->data.end_stream : EndStream::no;
}

void Connection::on_end_stream(StreamIndex index) {
  Stream& stream = workspace_->streams.at(index);
  if (stream.receive_left != kUnknownLength && stream.receive_left != 0) {
    stream_fault(index, Violation::content_length_mismatch);
    return;
  }
  stream.receiving = MessagePhase::ended;
  stream.state = next_state(stream.state, StreamInput::receive_end_stream).value_or(stream.state);
  workspace_->turn.push(EventKind::end, stream, index);
  close_if_both_ended(index);
}

// --- Field blocks --------------------------------------------------------------------------------

void Connection::on_headers(const FrameHeader& header, Bytes payload) {
  workspace_->block.stream = header.stream;
  const auto fragment = parse_headers(header, payload);
  if (!fragment) {
    fail(fragment.error());
    return;
  }
  workspace_->block.kind = BlockKind::headers;
  workspace_->block.end_stream = end_stream_of(header);
  workspace_->block.continuations = 0;
  take_fragment(*fragment, fragment_of(header));
}

void Connection::on_push_promise(const FrameHeader& header, Bytes payload) {
  workspace_->block.stream = header.stream;
  if (server()) {
    fail(Violation::push_promise_from_client);
    return;
  }
  const auto promise = parse_push_promise(header, payload);
  if (!promise) {
    fail(promise.error());
    return;
  }
  if (ours_.enable_push == 0) {
    fail(Violation::push_promise_disabled);
    return;
  }
  if (is_idle(header.stream)) {
    fail(Violation::push_promise_on_idle);
    return;
  }
  const StreamIndex index = find(header.stream);
  const bool open = index != kNone && can_receive(workspace_->streams.at(index).state);
  if (resets_.reserved(header.stream)) {
    fail(Violation::stream_reserved_frame);
    return;
  }
  const bool ours = header.stream.value % 2 == 1;  // a server promises on streams of its client
  if (!open && !(ours && resets_.contains(header.stream))) {
    fail(Violation::push_promise_on_closed);
    return;
  }
  if (promise->promised.value % 2 != 0 || promise->promised <= last_peer_stream_) {
    fail(Violation::push_promise_id);
    return;
  }
  last_peer_stream_ = promise->promised;
  workspace_->block.kind = BlockKind::push_promise;
  workspace_->block.promised = promise->promised;
  workspace_->block.continuations = 0;
  take_fragment(promise->fragment, fragment_of(header));
}

void Connection::on_continuation(const FrameHeader& header, Bytes payload) {
  ledger_.charge(credits::kContinuation +
                 (payload.size() < kContinuationShort ? credits::kShortContinuation : 0));
  ++workspace_->block.continuations;
  if (workspace_->block.continuations > options_->limits.continuation_frames_max ||
      workspace_->block_octets.size() + payload.size() >
          options_->limits.field_block_wire_bytes_max) {
    fail(Violation::continuation_flood);
    return;
  }
  take_fragment(payload, fragment_of(header));
}

void Connection::take_fragment(Bytes octets, Fragment fragment) {
  const bool last = fragment == Fragment::last;
  if (!workspace_->block.open) {
    workspace_->block.offset = frame_offset_;
    workspace_->block_octets.clear();
    if (last && !workspace_->cutter.buffered() && slice_ != nullptr) {
      // The usual block lies in one read: heads view it there, and its slab is kept.
      if (!slice_pinned_) workspace_->turn.pin(*slice_);
      slice_pinned_ = true;
      finish_block(octets);
      return;
    }
  }
  workspace_->block_octets.insert(workspace_->block_octets.end(), octets.begin(), octets.end());
  copied_ += octets.size();
  workspace_->block.open = !last;
  if (last) finish_block(workspace_->turn.arena().copy(workspace_->block_octets));
}

void Connection::finish_block(Bytes block) {
  if (workspace_->block.kind == BlockKind::push_promise) {
    on_promised_request(block);
    return;
  }
  const http::StreamId id = workspace_->block.stream;
  const StreamIndex index = find(id);
  if (index != kNone && workspace_->streams.at(index).state != StreamState::closed) {
    on_message_block(index, block);
    return;
  }
  if (!is_idle(id)) {
    on_dead_stream_block(block);
    return;
  }
  if (!server()) {
    fail(Violation::stream_idle_frame);
    return;
  }
  if (id.value % 2 == 0) {
    fail(Violation::stream_id_parity);
    return;
  }
  open_request(block);
}

std::optional<hpack::FieldBlock> Connection::decode(Bytes block, const hpack::ListLimits& limits) {
  auto decoded = decoder_.decode(block, workspace_->turn.arena(), limits);
  if (decoded) return *decoded;
  frame_offset_ = workspace_->block.offset;
  fail(from_hpack(decoded.error().violation));
  return std::nullopt;
}

// A block on a stream that is closed or was never ours to open: decoded for the table alone.
void Connection::on_dead_stream_block(Bytes block) {
  const http::StreamId id = workspace_->block.stream;
  const StreamIndex index = find(id);
  resets_.begin(id);
  const bool lawful = is_late(id, index);
  if (lawful) charge_late(id, static_cast<std::uint32_t>(block.size()));
  // The peer skipped this identifier or ended the stream itself; only a stream of ours that was
  // reset and forgotten could have such a late block. Whether the host still holds the stream must
  // not matter: that depends on how the input was cut.
  if (!lawful && server() && !resets_.overflowed()) {
    fail(Violation::stream_id_not_increasing);
    return;
  }
  if (!decode(block, hpack::kDiscardLines) || lawful) return;
  fault_without_stream(Violation::stream_closed_frame, id);
}

void Connection::open_request(Bytes block) {
  const http::StreamId id = workspace_->block.stream;
  if (leaving_ == Leaving::last_stream_told) {
    // Opened before our GOAWAY was read: ignored, the peer sends it elsewhere (§6.8).
    last_ignored_ = id;
    ledger_.charge(credits::kStreamRefused);
    static_cast<void>(decode(block, hpack::kDiscardLines));
    return;
  }
  last_peer_stream_ = id;
  const std::optional<Priority> prioritized = workspace_->idle_priorities.take(id);
  const http::Limits& limits = options_->limits;
  const bool too_many = peer_streams_ >= limits.streams_max;
  if (too_many || live_handlers_ + fresh_streams_ >= limits.live_handlers_max) {
    if (!decode(block, hpack::kDiscardLines)) return;
    ledger_.charge(credits::kStreamRefused);
    refuse_stream(id, too_many ? Violation::max_concurrent_streams : Violation::live_handlers);
    return;
  }
  std::optional<hpack::FieldBlock> lines = decode(block, hpack::head_limits(limits));
  if (!lines) return;
  const StreamIndex index = workspace_->streams.insert(id);
  Stream& stream = workspace_->streams.at(index);
  stream.state = next_state(StreamState::idle, StreamInput::receive_headers).value_or(stream.state);
  stream.opened_by = http::By::peer;
  ++peer_streams_;
  ++fresh_streams_;
  workspace_->turn.opened(stream, index);
  on_request_head(index, *lines);
  if (!prioritized || find(id) != index) return;
  // The frame is the later word, although it came first (RFC 9218 §7.1).
  stream.priority = *prioritized;
  stream.rotate = prioritized->incremental == Incremental::yes;
}

void Connection::on_request_head(StreamIndex index, hpack::FieldBlock& block) {
  MessageReader reader({&options_->policy, options_->scheme, options_->extended_connect},
                       workspace_->turn.arena());
  auto head = reader.request(block, workspace_->block.end_stream);
  if (!head) {
    stream_fault(index, head.error());
    return;
  }
  count_tolerations(reader.tolerated());
  Stream& stream = workspace_->streams.at(index);
  stream.method = head->method.id;
  stream.tunnel = head->content.framing == http::Framing::tunnel;
  if (head->content.framing == http::Framing::length) stream.receive_left = head->content.length;
  stream.receiving = MessagePhase::content;
  if (const http::FieldLine* line = http::find_field(head->fields, http::FieldId::priority)) {
    if (const std::optional<Priority> priority = parse_priority(line->value)) {
      stream.priority = *priority;
      stream.rotate = priority->incremental == Incremental::yes;
    }
  }
  head->notes = workspace_->turn.keep(reader.tolerated(), workspace_->block.offset);
  Event& event = workspace_->turn.push(EventKind::head, stream, index);
  event.request = workspace_->turn.keep(*head);
  event.notes = head->notes;
  event.end_stream = workspace_->block.end_stream;
  event.offset = workspace_->block.offset;
  if (workspace_->block.end_stream == EndStream::yes) on_end_stream(index);
}

// A block on a stream that lives: a response head or a trailer section.
void Connection::on_message_block(StreamIndex index, Bytes block) {
  const Stream& stream = workspace_->streams.at(index);
  const bool trailers = stream.receiving != MessagePhase::head;
  std::optional<hpack::FieldBlock> lines =
      decode(block, trailers ? hpack::trailer_limits(options_->limits)
                             : hpack::head_limits(options_->limits));
  if (!lines) return;
  if (!can_receive(stream.state)) {
    static_cast<void>(tolerate_on_stream(Violation::stream_half_closed_remote_headers, index));
    return;
  }
  if (trailers) {
    on_trailers(index, *lines);
  } else {
    on_response_head(index, *lines);
  }
}

void Connection::on_response_head(StreamIndex index, hpack::FieldBlock& block) {
  MessageReader reader({&options_->policy, options_->scheme, Offer::no}, workspace_->turn.arena());
  Stream& stream = workspace_->streams.at(index);
  auto head = reader.response(block, stream.method, workspace_->block.end_stream);
  if (!head) {
    stream_fault(index, head.error());
    return;
  }
  count_tolerations(reader.tolerated());
  head->notes = workspace_->turn.keep(reader.tolerated(), workspace_->block.offset);
  const bool interim = http::is_interim(head->status);
  Event& event =
      workspace_->turn.push(interim ? EventKind::interim : EventKind::head, stream, index);
  event.response = workspace_->turn.keep(*head);
  event.notes = head->notes;
  event.end_stream = workspace_->block.end_stream;
  event.offset = workspace_->block.offset;
  if (interim) return;
  stream.receiving = MessagePhase::content;
  stream.tunnel = head->content.framing == http::Framing::tunnel;
  stream.without_content =
      head->content.framing == http::Framing::none && workspace_->block.end_stream == EndStream::no;
  if (head->content.framing == http::Framing::length) stream.receive_left = head->content.length;
  if (stream.tunnel) workspace_->turn.push(EventKind::tunnel, stream, index);
  if (workspace_->block.end_stream == EndStream::yes) on_end_stream(index);
}

void Connection::on_trailers(StreamIndex index, hpack::FieldBlock& block) {
  Stream& stream = workspace_->streams.at(index);
  if (stream.tunnel) {
    stream_fault(index, Violation::connect_stream_headers);
    return;
  }
  MessageReader reader({&options_->policy, options_->scheme, Offer::no}, workspace_->turn.arena());
  const auto section = reader.trailers(block);
  if (!section) {
    stream_fault(index, section.error());
    return;
  }
  if (workspace_->block.end_stream == EndStream::no) {
    stream_fault(index, Violation::trailers_without_end_stream);
    return;
  }
  count_tolerations(reader.tolerated());
  Event& event = workspace_->turn.push(EventKind::trailers, stream, index);
  event.trailers = *section;
  event.notes = workspace_->turn.keep(reader.tolerated(), workspace_->block.offset);
  event.end_stream = EndStream::yes;
  on_end_stream(index);
}

// A promised request is checked and then refused: what nobody asked for has no reader behind a
// proxy. Its stream counts as reset by us, so that what follows on it is lawful (§8.4).
void Connection::on_promised_request(Bytes block) {
  std::optional<hpack::FieldBlock> lines = decode(block, hpack::head_limits(options_->limits));
  if (!lines) return;
  ledger_.charge(credits::kStreamRefused);
  MessageReader reader({&options_->policy, options_->scheme, Offer::no}, workspace_->turn.arena());
  const auto head = reader.request(*lines, EndStream::no);
  Fault fault;
  if (!head) {
    fault = head.error();
  } else if (!http::is_safe(head->method.id)) {
    fault = Violation::push_promise_unsafe_method;
  } else if (head->content.framing == http::Framing::length && head->content.length > 0) {
    fault = Violation::push_promise_content;
  }
  if (fault) {
    refuse_stream(workspace_->block.promised, *fault);
  } else {
    write_rst(workspace_->block.promised, http::ErrorCode::refused_stream);
  }
  resets_.reserve(workspace_->block.promised);
}

void Connection::count_tolerations(const std::vector<Violation>& tolerated) {
  tolerated_ += tolerated.size();
  for (const Violation violation : tolerated) ledger_.charge(options_->policy.charge(violation));
}

// --- Faults --------------------------------------------------------------------------------------

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

// Takes back receive credit; grants it again in steps of half a window.
void Connection::credit(Stream* stream, std::uint32_t octets) {
  receive_window_.credit += octets;
  const http::Limits& limits = options_->limits;
  const std::int64_t size = std::max<std::int64_t>(kInitialWindow, limits.connection_window_bytes);
  if (fate_ == Fate::failed) return;
  if (receive_window_.due(size)) {
    write_window_update(http::kConnectionStream, receive_window_.grant());
  }
  if (stream == nullptr || !can_receive(stream->state)) return;
  stream->receive_window.credit += octets;
  if (stream->receive_window.due(ours_.initial_window_size)) {
    write_window_update(stream->id, stream->receive_window.grant());
  }
}

void Connection::consume(http::StreamId stream, std::size_t octets) {
  const StreamIndex index = find(stream);
  if (index == kNone) return;
  Stream& record = workspace_->streams.at(index);
  const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(octets, record.held_octets));
  record.held_octets -= count;
  if (record.held_octets == 0) {
    ledger_.refund(record.small_data_charge);
    record.small_data_charge = 0;
  }
  credit(&record, count);
}

}  // namespace regauge::h2
