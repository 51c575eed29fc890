// The model's view of what our side writes.
#include <algorithm>

#include "fuzz/h2_model.h"

namespace regauge::fuzz {
namespace {

using Complaint = std::optional<std::string>;

constexpr std::int64_t kConnectionWindow = 1 << 20;
constexpr std::int64_t kStreamWindow = 65536;

}  // namespace

Complaint Model::wrote(const Frame& frame) {
  if (!frame.whole()) return "a frame is written whole";
  if (frame.length > 16384) return "no frame is longer than every peer allows";
  switch (frame.type) {
    case kData: return wrote_data(frame);
    case kHeaders: return wrote_headers(frame);
    case kRstStream: return wrote_rst(frame);
    case kSettings: return wrote_settings(frame);
    case kWindowUpdate: return wrote_window(frame);
    case kContinuation: return "an answer of no field lines needs no CONTINUATION";
    case kPing:
      if (!frame.has(kAck) || pings_due_.empty() || pings_due_.front() != frame.payload) {
        return "PING is answered in order, octet for octet";
      }
      pings_due_.pop_front();
      return std::nullopt;
    case kGoaway: {
      if (!goaway_due_) return "GOAWAY comes with a connection error only";
      goaway_due_ = false;
      if (number_at(frame.payload, 0, 4) != highest_) return "GOAWAY names the last stream";
      if (number_at(frame.payload, 4, 4) != failed_) return "GOAWAY has the code of the error";
      return std::nullopt;
    }
    default: return "no other frame is written";
  }
}

Complaint Model::wrote_data(const Frame& frame) {
  ModelStream* stream = live(frame.stream);
  if (stream == nullptr || !stream->answered) return "DATA is written on a stream that is answered";
  if (stream->ended_on_wire) return "nothing follows END_STREAM";
  if (frame.length > stream->send_window || frame.length > send_window_) {
    if (frame.length > 0) return "DATA fits into both windows";
  }
  if (frame.length > stream->queued) return "no more content is written than was submitted";
  stream->send_window -= frame.length;
  send_window_ -= frame.length;
  stream->queued -= frame.length;
  if (!frame.has(kEndStream)) return std::nullopt;
  if (stream->queued > 0) return "END_STREAM comes behind all content";
  sent_end(frame.stream);
  return std::nullopt;
}

Complaint Model::wrote_headers(const Frame& frame) {
  const auto due = answers_due_.find(frame.stream);
  if (due != answers_due_.end()) {
    answers_due_.erase(due);
    if (!frame.has(kEndStream)) return "the answer to a malformed request ends its stream";
    return std::nullopt;
  }
  const ModelStream* stream = live(frame.stream);
  if (stream == nullptr || !stream->answered) return "no head is written that nobody submitted";
  if (!frame.has(kEndStream)) return std::nullopt;
  if (stream->queued > 0) return "END_STREAM comes behind all content";
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
  if (stream->receive_window > kStreamWindow) return "no more credit is given than was used";
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
  if (goaway_due_) return "every connection error is told by GOAWAY";
  if (failed_) return std::nullopt;
  if (settings_acks_due_ > 0) return "every SETTINGS is acknowledged";
  if (!pings_due_.empty()) return "every PING is answered";
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
