// Content that comes in: DATA frames, and the credit that is given back for them (RFC 9113 §5.2,
// §6.1).
#include <algorithm>
#include <utility>

#include "regauge/h2/connection_workspace.h"

namespace regauge::h2 {

using http::EndStream;
using http::Event;
using http::EventKind;

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
  workspace_->data.end_stream = header.end_stream();
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
  // Nothing takes no window, also where that is negative (RFC 9113 §6.9.1).
  if (header.length > 0 && header.length > stream.receive_window.window.left(receive_base_)) {
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
  if (workspace_->data.end_stream == EndStream::no && !charge_small_content(stream, octets)) {
    stream_fault(index, Violation::small_content_unread);
    return;
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

// What a client does not read in time is its own doing: it pays by its account. A response is read
// as slowly as somebody else wants, who must not be able to end the connection: it pays by its
// stream.
bool Connection::charge_small_content(const Stream& stream, std::uint32_t octets) {
  const std::uint32_t cost = credits::small_data(octets);
  workspace_->data.small_charge = cost;
  if (server() || octets == 0) {
    ledger_.charge(cost);
    return true;
  }
  return stream.small_data_charge + cost <= credits::kUnreadSmallMax;
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
  if (count > 0) {
    // In proportion: who always has some content left to read must not pay for what was read.
    const std::uint64_t share = std::uint64_t{record.small_data_charge} * count;
    const auto earned = static_cast<std::uint32_t>(share / record.held_octets);
    if (server()) ledger_.refund(earned);
    record.small_data_charge -= earned;
    record.held_octets -= count;
  }
  credit(&record, count);
}

}  // namespace regauge::h2
