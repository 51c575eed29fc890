// What is sent: heads in the order of submission, content by urgency and window (RFC 9113 §5.2,
// §6.9; RFC 9218 §10), and the ends of streams.
#include <algorithm>

#include "regauge/h2/connection_workspace.h"

namespace regauge::h2 {
namespace {

using http::EndStream;
using http::Framing;
using http::Refusal;
using http::StreamId;

constexpr std::uint32_t kDataBytesMax = 16384;  // every peer takes payloads of this size (§4.2)

std::unexpected<Refusal> refused(Refusal refusal) { return std::unexpected(refusal); }

}  // namespace

std::expected<StreamId, Refusal> Connection::open(const http::RequestHead& head,
                                                  EndStream end_stream) {
  if (server()) return refused(Refusal::wrong_state);
  if (open_slots() == 0) {
    const bool full = fate_ == Fate::open && !peer_leaves_ && leaving_ == Leaving::no &&
                      !input_ended_ && last_our_stream_.value + 2 <= kStreamIdMax;
    return refused(full ? Refusal::stream_limit : Refusal::going_away);
  }
  if (!head.protocol.empty() && peer_.enable_connect_protocol == 0) {
    return refused(Refusal::not_supported);
  }
  const StreamId id{last_our_stream_.value == 0 ? 1 : last_our_stream_.value + 2};
  const auto written = HeadWriter(encoder_, workspace().outbox).request(id, head, end_stream);
  if (!written) return refused(written.error());
  last_our_stream_ = id;
  const StreamIndex index = workspace_->streams.insert(id);
  Stream& stream = workspace_->streams.at(index);
  stream.state = next_state(StreamState::idle, StreamInput::send_headers).value_or(stream.state);
  stream.surface = Surface::surfaced;
  stream.opened_by = http::By::us;
  stream.method = head.method.id;
  stream.sending = MessagePhase::content;
  if (head.content.framing == Framing::length) stream.send_left = head.content.length;
  ++our_streams_;
  if (end_stream == EndStream::yes) {
    stream.sending = MessagePhase::ended;
    sent_end_stream(index);
  }
  return id;
}

// Finds a stream that this end may still send on.
StreamIndex Connection::sendable(StreamId id) const {
  const StreamIndex index = find(id);
  if (index == kNone || !can_send(workspace_->streams.at(index).state)) return kNone;
  return index;
}

std::expected<void, Refusal> Connection::submit_interim(StreamId stream,
                                                        const http::ResponseHead& head) {
  const StreamIndex index = sendable(stream);
  if (index == kNone) return refused(Refusal::unknown_stream);
  if (!server() || workspace_->streams.at(index).sending != MessagePhase::head) {
    return refused(Refusal::wrong_state);
  }
  if (!http::is_interim(head.status)) return refused(Refusal::invalid_head);
  // Interim responses have no flow control: a peer that reads none could be owed any number.
  if (output_full()) return refused(Refusal::queue_full);
  return HeadWriter(encoder_, workspace_->outbox)
      .response(stream, head, workspace_->streams.at(index).method, EndStream::no);
}

std::expected<void, Refusal> Connection::submit_head(StreamId stream,
                                                     const http::ResponseHead& head,
                                                     EndStream end_stream) {
  const StreamIndex index = sendable(stream);
  if (index == kNone) return refused(Refusal::unknown_stream);
  Stream& record = workspace_->streams.at(index);
  if (!server() || record.sending != MessagePhase::head) return refused(Refusal::wrong_state);
  if (http::is_interim(head.status)) return refused(Refusal::invalid_head);
  const bool bodyless = record.method == http::MethodId::head || http::is_bodyless(head.status);
  const bool length = head.content.framing == Framing::length;
  if (end_stream == EndStream::yes && length && head.content.length > 0 && !bodyless) {
    return refused(Refusal::length_mismatch);
  }
  const auto written =
      HeadWriter(encoder_, workspace_->outbox).response(stream, head, record.method, end_stream);
  if (!written) return written;
  record.sending = MessagePhase::content;
  if (length) record.send_left = head.content.length;
  if (bodyless) record.send_left = 0;
  if (end_stream == EndStream::yes) {
    record.sending = MessagePhase::ended;
    sent_end_stream(index);
  }
  return {};
}

std::expected<void, Refusal> Connection::submit_content(StreamId stream, wire::Slice slice,
                                                        EndStream end_stream) {
  const StreamIndex index = sendable(stream);
  if (index == kNone) return refused(Refusal::unknown_stream);
  Stream& record = workspace_->streams.at(index);
  if (record.sending != MessagePhase::content) return refused(Refusal::wrong_state);
  const std::size_t octets = slice.size();
  if (record.send_left != kUnknownLength) {
    const bool short_end = end_stream == EndStream::yes && octets != record.send_left;
    if (octets > record.send_left || short_end) return refused(Refusal::length_mismatch);
  }
  if (record.queued_octets > 0 && octets > writable(stream)) {
    record.window_wanted = true;
    return refused(Refusal::queue_full);
  }
  if (record.send_left != kUnknownLength) record.send_left -= octets;
  if (octets > 0) workspace_->content.push(record, std::move(slice));
  if (end_stream == EndStream::yes) {
    record.sending = MessagePhase::ended;
    record.end_queued = true;
  }
  if (record.queued_octets > 0) {
    schedule(index);
  } else if (end_stream == EndStream::yes) {
    write_end(index);
  }
  return {};
}

std::expected<void, Refusal> Connection::submit_trailers(StreamId stream,
                                                         http::FieldSection section) {
  const StreamIndex index = sendable(stream);
  if (index == kNone) return refused(Refusal::unknown_stream);
  Stream& record = workspace_->streams.at(index);
  if (record.sending != MessagePhase::content) return refused(Refusal::wrong_state);
  if (record.send_left != kUnknownLength && record.send_left != 0) {
    return refused(Refusal::length_mismatch);
  }
  if (!are_writable_trailers(section)) return refused(Refusal::invalid_head);
  if (record.queued_octets == 0) {
    const auto written = HeadWriter(encoder_, workspace_->outbox).trailers(stream, section);
    if (!written) return written;
    record.sending = MessagePhase::ended;
    sent_end_stream(index);
    return {};
  }
  record.trailers = workspace_->trailers.keep(section);
  record.sending = MessagePhase::ended;
  return {};
}

std::size_t Connection::writable(StreamId stream) const {
  const StreamIndex index = sendable(stream);
  if (index == kNone || workspace_->streams.at(index).sending != MessagePhase::content) return 0;
  const std::uint32_t queued = workspace_->streams.at(index).queued_octets;
  const std::uint32_t most = options_->limits.stream_queue_bytes_max;
  return most > queued ? most - queued : 0;
}

void Connection::accept_tunnel(StreamId stream) {
  const StreamIndex index = find(stream);
  if (index != kNone) workspace_->streams.at(index).tunnel = true;
}

std::int64_t Connection::send_window(const Stream& stream) const {
  return stream.send_window.left(peer_.initial_window_size);
}

// Puts a stream with queued content into the list that its window says.
void Connection::schedule(StreamIndex index) {
  Stream& stream = workspace_->streams.at(index);
  if (stream.list != SendList::none) return;
  if (send_window(stream) > 0) {
    workspace_->send_lists.push_ready(workspace_->streams, index);
    return;
  }
  workspace_->send_lists.push_blocked(workspace_->streams, index);
}

std::size_t Connection::gather(std::span<http::Piece> pieces, std::size_t max_octets) {
  if (workspace_ == nullptr) return 0;
  fill(max_octets);
  return workspace_->outbox.gather(pieces, max_octets);
}

// Makes DATA frames until there is enough for one write: what is not in the outbox yet can still be
// reset or overtaken.
void Connection::fill(std::size_t octets_max) {
  while (workspace_->outbox.size() < octets_max && send_window_.left(0) > 0) {
    const StreamIndex index = workspace_->send_lists.first_ready();
    if (index == kNone) return;
    write_data(index);
  }
}

void Connection::write_data(StreamIndex index) {
  Stream& stream = workspace_->streams.at(index);
  const std::int64_t window = std::min(send_window(stream), send_window_.left(0));
  workspace_->send_lists.remove(workspace_->streams, index);
  if (window <= 0) {  // SETTINGS made the stream's smaller, below zero even (§6.9.2)
    schedule(index);
    return;
  }
  const auto octets = static_cast<std::uint32_t>(
      std::min<std::int64_t>({window, kDataBytesMax, stream.queued_octets}));
  const bool ends = octets == stream.queued_octets && stream.end_queued;
  wire::Writer header(workspace_->outbox.reserve(kFrameHeaderBytes));
  write_frame_header(
      {octets, FrameType::data,
       ends ? static_cast<std::uint8_t>(Flag::end_stream) : std::uint8_t{0}, stream.id},
      header);
  workspace_->outbox.commit(header.size());
  for (std::uint32_t left = octets; left > 0;) {
    wire::Slice part = workspace_->content.take(stream, left);
    left -= static_cast<std::uint32_t>(part.size());
    workspace_->outbox.append(std::move(part));
  }
  stream.send_window.take(octets);
  send_window_.take(octets);
  note_drained(stream, octets);
  // A short frame because of a small window is the peer's wish: it must not live on that.
  const bool cut_short = octets == window && stream.queued_octets > 0;
  if (!cut_short || octets >= credits::kCutShortMin) ledger_.data_frame_sent();
  if (stream.queued_octets > 0) {
    const bool first = !stream.rotate && send_window(stream) > 0;
    if (first) {
      workspace_->send_lists.push_ready_first(workspace_->streams, index);
    } else {
      schedule(index);
    }
    return;
  }
  if (ends) {
    sent_end_stream(index);
  } else if (stream.trailers != kNone) {
    const http::FieldSection section = workspace_->trailers.at(stream.trailers);
    const auto written = HeadWriter(encoder_, workspace_->outbox).trailers(stream.id, section);
    RG_ASSERT(written.has_value());  // it was checked when it was submitted
    workspace_->trailers.drop(stream.trailers);
    stream.trailers = kNone;
    sent_end_stream(index);
  }
}

// Ends a stream that has nothing queued: an empty DATA frame with END_STREAM.
void Connection::write_end(StreamIndex index) {
  wire::Writer frame(workspace_->outbox.reserve(kFrameHeaderBytes));
  write_frame_header({0, FrameType::data, static_cast<std::uint8_t>(Flag::end_stream),
                      workspace_->streams.at(index).id},
                     frame);
  workspace_->outbox.commit(frame.size());
  sent_end_stream(index);
}

void Connection::sent_end_stream(StreamIndex index) {
  Stream& stream = workspace_->streams.at(index);
  stream.state = next_state(stream.state, StreamInput::send_end_stream).value_or(stream.state);
  if (stream.reset_when_sent && stream.receiving != MessagePhase::ended) {
    stream.reset_by_us = true;
    write_rst(stream.id, http::ErrorCode::no_error);
    close(index);
    return;
  }
  close_if_both_ended(index);
}

void Connection::close_if_both_ended(StreamIndex index) {
  const Stream& stream = workspace_->streams.at(index);
  if (stream.receiving != MessagePhase::ended || can_send(stream.state)) return;
  ledger_.refund(credits::kExchangeCompleted);
  close(index);
}

void Connection::write_rst(StreamId stream, http::ErrorCode code) {
  wire::Writer frame(workspace_->outbox.reserve(kFrameHeaderBytes + 4));
  write_frame_header({4, FrameType::rst_stream, 0, stream}, frame);
  frame.u32(static_cast<std::uint32_t>(code));
  workspace_->outbox.commit(frame.size());
  // A peer that has not read our SETTINGS yet has the usual window.
  const std::int64_t window = options_->limits.stream_window_bytes;
  resets_.add(stream, static_cast<std::uint32_t>(std::max(kInitialWindow, window)));
}

// Ends a stream's life in the protocol. Its record stays while the host's handler does.
void Connection::close(StreamIndex index) {
  Stream& stream = workspace_->streams.at(index);
  if (workspace_->data.stream == index) {
    // The rest of the frame that comes in belongs to nobody.
    credit(nullptr, workspace_->data.content_left + workspace_->data.padding_left);
    workspace_->data = IncomingData();
  }
  stream.state = StreamState::closed;
  --(stream.opened_by == http::By::peer ? peer_streams_ : our_streams_);
  workspace_->send_lists.remove(workspace_->streams, index);
  workspace_->content.clear(stream);
  if (stream.trailers != kNone) workspace_->trailers.drop(stream.trailers);
  stream.trailers = kNone;
  if (stream.surface == Surface::surfaced) return;
  if (stream.surface != Surface::released) {
    workspace_->turn.forget(stream);
    --fresh_streams_;
  }
  forget(index);
}

void Connection::forget(StreamIndex index) {
  credit(nullptr, workspace_->streams.at(index).held_octets);
  workspace_->streams.erase(index);
}

void Connection::cancel_unsurfaced(StreamIndex index) {
  ledger_.charge(credits::kStreamCancelled);
  ++cancelled_;
  cancelled_last_ = workspace_->streams.at(index).id;
  close(index);
}

void Connection::reset(StreamId stream, http::ErrorCode code) {
  const StreamIndex index = find(stream);
  if (index == kNone || workspace_->streams.at(index).state == StreamState::closed) return;
  workspace_->streams.at(index).reset_by_us = true;
  write_rst(stream, code);
  close(index);
}

void Connection::release(StreamId stream) {
  const StreamIndex index = find(stream);
  if (index == kNone) return;
  Stream& record = workspace_->streams.at(index);
  if (record.surface != Surface::surfaced) return;
  record.surface = Surface::released;
  if (record.opened_by == http::By::peer) --live_handlers_;
  if (record.state == StreamState::closed) {
    forget(index);
    return;
  }
  if (!server() || record.sending != MessagePhase::ended) {
    reset(stream, http::ErrorCode::cancel);
    return;
  }
  if (record.receiving == MessagePhase::ended) return;  // the queued output ends it
  if (can_send(record.state)) {
    record.reset_when_sent = true;
    return;
  }
  reset(stream, http::ErrorCode::no_error);
}

}  // namespace regauge::h2
