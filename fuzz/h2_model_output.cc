// The model's view of what our side writes.
#include <algorithm>

#include "fuzz/h2_model.h"

namespace regauge::fuzz {
namespace {

using Complaint = std::optional<std::string>;

constexpr std::int64_t kConnectionWindow = 1 << 20;

}  // namespace

Complaint Model::wrote(const Frame& frame) {
  if (!frame.whole()) return "a frame is written whole";
  if (frame.length > 16384) return "no frame is longer than every peer allows";
  if (continues_ != 0 && (frame.type != kContinuation || frame.stream != continues_)) {
    return "nothing comes between the frames of a field block";
  }
  switch (frame.type) {
    case kData: return wrote_data(frame);
    case kHeaders: return wrote_headers(frame);
    case kRstStream: return wrote_rst(frame);
    case kSettings: return wrote_settings(frame);
    case kWindowUpdate: return wrote_window(frame);
    case kPing: return wrote_ping(frame);
    case kGoaway: return wrote_goaway(frame);
    case kContinuation:
      if (continues_ == 0) return "CONTINUATION follows a field block that is not complete";
      if (frame.has(kEndHeaders)) continues_ = 0;
      return std::nullopt;
    default: return "no other frame is written";
  }
}

Complaint Model::wrote_ping(const Frame& frame) {
  if (!frame.has(kAck)) {
    if (our_pings_due_ == 0) return "no PING is written that nobody asked for";
    --our_pings_due_;
    return std::nullopt;
  }
  if (pings_due_.empty() || pings_due_.front() != frame.payload) {
    return "PING is answered in order, octet for octet";
  }
  pings_due_.pop_front();
  return std::nullopt;
}

Complaint Model::wrote_goaway(const Frame& frame) {
  if (goaways_due_.empty()) return "no GOAWAY is written without its reason";
  const auto [last, code] = goaways_due_.front();
  goaways_due_.pop_front();
  if (number_at(frame.payload, 0, 4) != last) return "GOAWAY names the last stream";
  if (number_at(frame.payload, 4, 4) != code) return "GOAWAY has the code of the error";
  return std::nullopt;
}

Complaint Model::wrote_data(const Frame& frame) {
  ModelStream* stream = live(frame.stream);
  if (stream == nullptr || !stream->answered) return "DATA is written behind a head";
  if (stream->ended_on_wire) return "nothing follows END_STREAM";
  if (frame.length > stream->send_window || frame.length > send_window_) {
    if (frame.length > 0) return "DATA fits into both windows";
  }
  if (frame.length > stream->queued) return "no more content is written than was submitted";
  const std::int64_t window = std::min(stream->send_window, send_window_);
  stream->send_window -= frame.length;
  send_window_ -= frame.length;
  stream->queued -= frame.length;
  // A frame that is short because the window is earns nothing.
  const bool cut_short = frame.length == window && stream->queued > 0 && frame.length < 256;
  if (frame.length > 0 && !cut_short) account_.earn_window_updates();
  if (!frame.has(kEndStream)) return std::nullopt;
  if (stream->queued > 0 || !stream->ended) return "END_STREAM comes behind all content";
  sent_end(frame.stream);
  return std::nullopt;
}

Complaint Model::wrote_headers(const Frame& frame) {
  if (!frame.has(kEndHeaders)) continues_ = frame.stream;
  const auto due = answers_due_.find(frame.stream);
  if (due != answers_due_.end()) {
    answers_due_.erase(due);
    if (!frame.has(kEndStream)) return "the answer to a malformed request ends its stream";
    return std::nullopt;
  }
  const ModelStream* stream = live(frame.stream);
  const auto head = heads_due_.find(frame.stream);
  if (head != heads_due_.end()) {
    if (--head->second == 0) heads_due_.erase(head);
  } else if (stream == nullptr || !stream->ended || stream->ended_on_wire) {
    return "no head is written that nobody submitted";
  } else if (!frame.has(kEndStream)) {
    return "trailers end their stream";
  }
  if (stream == nullptr || !frame.has(kEndStream)) return std::nullopt;
  if (stream->queued > 0 || !stream->ended) return "END_STREAM comes behind all content";
  sent_end(frame.stream);
  return std::nullopt;
}

Complaint Model::wrote_rst(const Frame& frame) {
  const std::uint32_t code = number_at(frame.payload, 0, 4);
  const auto due = rst_due_.find({frame.stream, code});
  if (due == rst_due_.end()) return "no stream is reset without its reason";
  // FRAME_SIZE_ERROR is that of a PRIORITY frame, which may come before its stream.
  if (answers_due_.contains(frame.stream) && code != kFrameSizeError) {
    return "a malformed request is answered, then reset";
  }
  rst_due_.erase(due);
  return std::nullopt;
}

Complaint Model::wrote_window(const Frame& frame) {
  const std::uint32_t increment = number_at(frame.payload, 0, 4);
  if (increment == 0) return "no window is raised by nothing";
  if (frame.stream == 0) {
    // The first one is part of the preface: the model starts with the raised window.
    if (prefaces_due_ > 0) {
      --prefaces_due_;
      return std::nullopt;
    }
    receive_window_ += increment;
    if (receive_window_ > kConnectionWindow) return "no more credit is given than was used";
    return std::nullopt;
  }
  ModelStream* stream = live(frame.stream);
  if (stream == nullptr) return std::nullopt;  // it ended later in the same batch
  stream->receive_window += increment;
  if (stream->receive_window > kModelStreamWindow) return "no more credit is given than was used";
  return std::nullopt;
}

Complaint Model::wrote_settings(const Frame& frame) {
  if (!frame.has(kAck)) return std::nullopt;
  if (settings_acks_due_ == 0) return "SETTINGS is acknowledged once";
  --settings_acks_due_;
  return std::nullopt;
}

Complaint Model::missing() const {
  if (!rst_due_.empty()) return "every stream error is told by RST_STREAM";
  if (!answers_due_.empty()) return "every malformed request is answered";
  if (!goaways_due_.empty()) return "every connection error is told by GOAWAY";
  if (failed_) return std::nullopt;
  if (settings_acks_due_ > 0) return "every SETTINGS is acknowledged";
  if (!pings_due_.empty()) return "every PING is answered";
  if (our_pings_due_ > 0 || !heads_due_.empty()) return "what was submitted is written";
  for (const auto& [id, stream] : streams_) {
    if (stream.closed) continue;
    const bool stuck = stream.queued > 0 && stream.send_window > 0 && send_window_ > 0;
    if (stuck) return "content does not wait while both windows are open";
    if (stream.ended && stream.queued == 0 && !stream.ended_on_wire) {
      return "the end of a message is written";
    }
  }
  return std::nullopt;
}

}  // namespace regauge::fuzz
