// Field blocks that come in: HEADERS, PUSH_PROMISE and CONTINUATION, and the messages that they
// begin and end (RFC 9113 §6.2, §6.6, §6.10, §8).
#include <algorithm>
#include <bitset>

#include "regauge/h2/connection_workspace.h"
#include "regauge/h2/message_rules.h"
#include "regauge/h2/payload.h"

namespace regauge::h2 {
namespace {

using http::EndStream;
using http::Event;
using http::EventKind;

constexpr std::size_t kContinuationShort = 1024;

}  // namespace

void Connection::on_headers(const FrameHeader& header, Bytes payload) {
  workspace_->block.stream = header.stream;
  const auto fragment = parse_headers(header, payload);
  if (!fragment) {
    fail(fragment.error());
    return;
  }
  workspace_->block.kind = BlockKind::headers;
  workspace_->block.end_stream = header.end_stream();
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
  if (decoded) {
    turn_field_bytes_ += std::min<std::uint64_t>(decoded->list_bytes, limits.section_bytes);
    return *decoded;
  }
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
  if (interim) {
    // No request waits for many of them, and each is work for whoever it is sent on to.
    if (stream.interims_left == 0) ledger_.charge(credits::kInterimResponse);
    stream.interims_left -= stream.interims_left == 0 ? 0 : 1;
    return;
  }
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
    count_reply();
  }
  resets_.reserve(workspace_->block.promised);
}

void Connection::count_tolerations(const std::vector<Violation>& tolerated) {
  tolerated_ += tolerated.size();
  if (tolerated.empty()) return;
  // Once a message, however many lines broke the rule: the octets of a line pay for its work.
  std::bitset<kViolations> charged;
  for (const Violation violation : tolerated) {
    const auto number = static_cast<std::size_t>(violation);
    if (!charged.test(number)) ledger_.charge(options_->policy.charge(violation));
    charged.set(number);
  }
}

}  // namespace regauge::h2
