#include "fuzz/h2_model.h"

#include <algorithm>

namespace regauge::fuzz {
namespace {

constexpr std::int64_t kWindowMax = 0x7fffffff;
constexpr std::int64_t kStreamWindow = 65536;
constexpr std::uint32_t kFrameMax = 16384;
constexpr std::size_t kStreamsMax = 100;
constexpr std::size_t kHandlersMax = 128;
constexpr std::size_t kContinuationsMax = 16;
constexpr std::size_t kSettingsMax = 32;
constexpr std::size_t kRememberedResets = 64;
constexpr std::size_t kSizeUpdatesMax = 4;

// Counts the dynamic table size updates at the front of a block (RFC 7541 §6.3).
std::size_t size_updates(const std::vector<std::uint8_t>& block) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < block.size() && (block[at] & 0xe0U) == 0x20; ++count) {
    const bool more = (block[at++] & 0x1fU) == 0x1f;
    while (more && at < block.size() && (block[at] & 0x80U) != 0) ++at;
    if (more) ++at;
  }
  return count;
}

// Takes padding, and the priority fields of HEADERS, off a payload. Fails as §6.2 says.
struct Unpadded {
  std::uint32_t error = kNoError;
  std::vector<std::uint8_t> octets;
};

Unpadded unpad(const Frame& frame) {
  std::vector<std::uint8_t> octets = frame.payload;
  std::size_t padding = 0;
  if (frame.has(kPadded)) {
    if (octets.empty()) return {kFrameSizeError, {}};
    padding = octets.front();
    octets.erase(octets.begin());
  }
  if (frame.type == kHeaders && frame.has(kHasPriority)) {
    if (octets.size() < 5) return {kFrameSizeError, {}};
    octets.erase(octets.begin(), octets.begin() + 5);
  }
  if (padding > octets.size()) return {kProtocolError, {}};
  octets.resize(octets.size() - padding);
  return {kNoError, octets};
}

}  // namespace

// --- what comes in -------------------------------------------------------------------------------

void Model::receive(const Frame& frame) {
  if (failed_ || !in_order(frame)) return;
  if (frame.type == kData) {
    data_header(frame);
    if (!failed_ && frame.whole()) data_payload(frame);
    return;
  }
  if (frame.length > kFrameMax) return fail(kFrameSizeError);
  if (!frame.whole()) return;
  switch (frame.type) {
    case kHeaders: return headers(frame);
    case kContinuation: return continuation(frame);
    case kPriority: return priority(frame);
    case kRstStream: return rst_stream(frame);
    case kSettings: return settings(frame);
    case kPushPromise: return fail(kProtocolError);
    case kPing: return ping(frame);
    case kGoaway: return goaway(frame);
    case kWindowUpdate: return window_update(frame);
    case kPriorityUpdate: return priority_update(frame);
    default: return;  // unknown: ignored
  }
}

bool Model::in_order(const Frame& frame) {
  const bool first = std::exchange(first_, false);
  const bool good = first         ? frame.type == kSettings && !frame.has(kAck)
                    : block_open_ ? frame.type == kContinuation && frame.stream == block_stream_
                                  : frame.type != kContinuation;
  if (!good) fail(kProtocolError);
  return good;
}

void Model::data_header(const Frame& frame) {
  if (frame.stream == 0) return fail(kProtocolError);
  if (frame.length > receive_window_) return fail(kFlowControlError);
  receive_window_ -= frame.length;
  if (idle(frame.stream)) return fail(kProtocolError);
  if (frame.has(kPadded) && frame.length == 0) return fail(kFrameSizeError);
  ModelStream* stream = live(frame.stream);
  if (stream == nullptr) return;
  if (stream->peer_ended) return stream_error(frame.stream, kStreamClosed, false);
  if (frame.length > kFrameMax) return stream_error(frame.stream, kFrameSizeError, false);
  if (frame.length > stream->receive_window) {
    return stream_error(frame.stream, kFlowControlError, false);
  }
  stream->receive_window -= frame.length;
  if (!frame.has(kPadded)) static_cast<void>(charge_content(frame.stream, frame.length));
}

void Model::data_payload(const Frame& frame) {
  ModelStream* stream = live(frame.stream);
  if (stream == nullptr) return;
  const Unpadded unpadded = unpad(frame);
  if (unpadded.error != kNoError) return fail(unpadded.error);
  if (frame.has(kPadded) && !charge_content(frame.stream, unpadded.octets.size())) return;
  stream->content.append(unpadded.octets.begin(), unpadded.octets.end());
  if (frame.has(kEndStream)) end_receiving(frame.stream);
}

bool Model::charge_content(std::uint32_t id, std::uint64_t octets) {
  ModelStream& stream = streams_.at(id);
  if (!stream.content_left) return true;
  if (octets > *stream.content_left) {
    stream_error(id, kProtocolError, true);
    return false;
  }
  *stream.content_left -= octets;
  return true;
}

void Model::end_receiving(std::uint32_t id) {
  ModelStream& stream = streams_.at(id);
  if (stream.content_left.value_or(0) != 0) return stream_error(id, kProtocolError, true);
  stream.peer_ended = true;
  if (stream.ended_on_wire) close(id);
}

void Model::settings(const Frame& frame) {
  if (frame.stream != 0) return fail(kProtocolError);
  if (frame.has(kAck)) {
    if (frame.length != 0) return fail(kFrameSizeError);
    if (our_settings_unacked_ == 0) return fail(kProtocolError);
    --our_settings_unacked_;
    return;
  }
  if (frame.length % 6 != 0) return fail(kFrameSizeError);
  if (frame.length / 6 > kSettingsMax) return fail(kEnhanceYourCalm);
  for (std::size_t at = 0; at < frame.payload.size() && !failed_; at += 6) {
    setting(number_at(frame.payload, at, 2), number_at(frame.payload, at + 2, 4));
  }
  if (failed_) return;
  settings_seen_ = true;
  ++settings_acks_due_;
}

void Model::setting(std::uint32_t id, std::uint32_t value) {
  if ((id == 2 || id == 8 || id == 9) && value > 1) return fail(kProtocolError);
  if (id == 5 && (value < 16384 || value > 16777215)) return fail(kProtocolError);
  if (id == 8) {
    if (value < extended_connect_) return fail(kProtocolError);
    extended_connect_ = value;
  }
  if (id == 9) {
    if (settings_seen_ && value != no_priorities_) return fail(kProtocolError);
    no_priorities_ = value;
  }
  if (id != 4) return;
  if (value > kWindowMax) return fail(kFlowControlError);
  for (auto& [number, stream] : streams_) {
    if (stream.closed) continue;
    stream.send_window += value - initial_window_;
    if (stream.send_window > kWindowMax) return fail(kFlowControlError);
  }
  initial_window_ = value;
}

void Model::ping(const Frame& frame) {
  if (frame.stream != 0) return fail(kProtocolError);
  if (frame.length != 8) return fail(kFrameSizeError);
  if (!frame.has(kAck)) pings_due_.push_back(frame.payload);
}

void Model::goaway(const Frame& frame) {
  if (frame.stream != 0) return fail(kProtocolError);
  if (frame.length < 8) return fail(kFrameSizeError);
  const std::uint32_t last = number_at(frame.payload, 0, 4) & 0x7fffffffU;
  if (goaway_last_ && last > *goaway_last_) return fail(kProtocolError);
  goaway_last_ = last;
}

void Model::window_update(const Frame& frame) {
  if (frame.stream != 0 && idle(frame.stream)) return fail(kProtocolError);
  if (frame.length != 4) return fail(kFrameSizeError);
  const std::uint32_t increment = number_at(frame.payload, 0, 4) & 0x7fffffffU;
  if (frame.stream == 0) {
    if (increment == 0) return fail(kProtocolError);
    send_window_ += increment;
    if (send_window_ > kWindowMax) fail(kFlowControlError);
    return;
  }
  ModelStream* stream = live(frame.stream);
  if (stream == nullptr) return;
  if (increment == 0) return stream_error(frame.stream, kProtocolError, false);
  stream->send_window += increment;
  if (stream->send_window > kWindowMax) stream_error(frame.stream, kFlowControlError, false);
}

void Model::priority(const Frame& frame) {
  if (frame.stream == 0) return fail(kProtocolError);
  if (frame.length == 5) return;
  if (live(frame.stream) != nullptr) return stream_error(frame.stream, kFrameSizeError, false);
  write_rst(frame.stream, kFrameSizeError);
}

void Model::priority_update(const Frame& frame) {
  if (frame.stream != 0) return fail(kProtocolError);
  if (frame.length < 4) return fail(kFrameSizeError);
  const std::uint32_t about = number_at(frame.payload, 0, 4) & 0x7fffffffU;
  if (about % 2 == 0) fail(kProtocolError);
}

void Model::rst_stream(const Frame& frame) {
  if (frame.stream == 0) return fail(kProtocolError);
  if (frame.length != 4) return fail(kFrameSizeError);
  if (idle(frame.stream)) return fail(kProtocolError);
  const ModelStream* stream = live(frame.stream);
  if (stream == nullptr) return;
  if (!stream->told) ++cancelling_;
  close(frame.stream);
}

void Model::headers(const Frame& frame) {
  if (frame.stream == 0) return fail(kProtocolError);
  Unpadded unpadded = unpad(frame);
  if (unpadded.error != kNoError) return fail(unpadded.error);
  block_stream_ = frame.stream;
  block_ends_ = frame.has(kEndStream);
  block_ = std::move(unpadded.octets);
  continuations_ = 0;
  block_open_ = !frame.has(kEndHeaders);
  if (!block_open_) block();
}

void Model::continuation(const Frame& frame) {
  if (++continuations_ > kContinuationsMax || block_.size() + frame.length > 65536) {
    return fail(kEnhanceYourCalm);
  }
  block_.insert(block_.end(), frame.payload.begin(), frame.payload.end());
  block_open_ = !frame.has(kEndHeaders);
  if (!block_open_) block();
}

std::optional<std::vector<oracle::Line>> Model::lines() {
  auto decoded = inflater_.decode(block_);
  if (!decoded || size_updates(block_) > kSizeUpdatesMax) {
    fail(kCompressionError);
    return std::nullopt;
  }
  return decoded;
}

void Model::block() {
  const std::uint32_t id = block_stream_;
  if (live(id) != nullptr) return trailers(id);
  if (id % 2 == 0) return fail(kProtocolError);
  if (id > highest_) return open(id);
  const bool forgotten = resets_ > kRememberedResets;
  if (!was_reset_by_us(id) && !forgotten) return fail(kProtocolError);
  static_cast<void>(lines());  // late, and ignored but for the table
}

void Model::open(std::uint32_t id) {
  highest_ = id;
  const auto waiting = std::ranges::count_if(
      streams_, [](const auto& each) { return !each.second.told && !each.second.closed; });
  const bool refused = open_streams() >= kStreamsMax ||
                       handlers() + static_cast<std::size_t>(waiting) >= kHandlersMax;
  const auto decoded = lines();
  if (!decoded) return;
  const JudgedRequest request = judge_request(*decoded, block_ends_);
  if (on_opened) on_opened(id, request.method);
  if (refused) return write_rst(id, kRefusedStream);
  ModelStream& stream = streams_[id];
  stream.method = request.method;
  stream.tunnel = request.tunnel;
  stream.content_left = request.content_length;
  stream.send_window = initial_window_;
  stream.receive_window = kStreamWindow;
  if (request.judgement != Judgement::good) {
    const bool over = request.judgement == Judgement::over_limit;
    return stream_error(id, over ? kEnhanceYourCalm : kProtocolError, true);
  }
  if (block_ends_) end_receiving(id);
}

void Model::trailers(std::uint32_t id) {
  const auto decoded = lines();
  if (!decoded) return;
  const ModelStream& stream = streams_.at(id);
  if (stream.peer_ended) return stream_error(id, kStreamClosed, false);
  if (stream.tunnel) return stream_error(id, kProtocolError, false);
  const Judgement judgement = judge_trailers(*decoded);
  if (judgement == Judgement::over_limit) return stream_error(id, kEnhanceYourCalm, true);
  if (judgement == Judgement::malformed || !block_ends_) {
    return stream_error(id, kProtocolError, true);
  }
  end_receiving(id);
}

// --- what is made of it --------------------------------------------------------------------------

ModelStream* Model::live(std::uint32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() || found->second.closed ? nullptr : &found->second;
}

const ModelStream* Model::find(std::uint32_t id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

std::size_t Model::open_streams() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(streams_, [](const auto& each) { return !each.second.closed; }));
}

std::size_t Model::handlers() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(streams_, [](const auto& each) { return each.second.handler; }));
}

bool Model::was_reset_by_us(std::uint32_t id) const {
  const ModelStream* stream = find(id);
  return (stream != nullptr && stream->reset_by_us) ||
         std::ranges::find(reset_ring_, id) != reset_ring_.end();
}

void Model::fail(std::uint32_t code) {
  failed_ = code;
  goaway_due_ = true;
  for (auto& [id, stream] : streams_) stream.closed = true;
}

void Model::write_rst(std::uint32_t id, std::uint32_t code) {
  rst_due_.emplace(id, code);
  ++resets_;
  reset_ring_.push_back(id);
  if (reset_ring_.size() > kRememberedResets) reset_ring_.pop_front();
}

// A malformed message is answered unless an answer was begun (§8.1.1).
void Model::stream_error(std::uint32_t id, std::uint32_t code, bool message_rule) {
  ModelStream& stream = streams_.at(id);
  if (message_rule && !stream.answered) answers_due_.insert(id);
  stream.reset_by_us = true;
  write_rst(id, code);
  close(id);
}

void Model::close(std::uint32_t id) {
  ModelStream& stream = streams_.at(id);
  stream.closed = true;
  stream.queued = 0;
  if (!stream.handler) streams_.erase(id);
}

void Model::end_batch(bool cut) {
  surfaced_.clear();
  cancelled_ = std::exchange(cancelling_, 0);
  for (auto& [id, stream] : streams_) {
    if (stream.told || stream.closed) continue;
    if (cut && !stream.held) {
      stream.held = true;
      continue;
    }
    stream.told = true;
    stream.handler = true;
    surfaced_.insert(id);
  }
}

// --- the application -----------------------------------------------------------------------------

void Model::answer(std::uint32_t id, std::uint64_t octets) {
  ModelStream& stream = streams_.at(id);
  stream.answered = true;
  stream.ended = true;
  stream.queued = octets;
}

void Model::reset(std::uint32_t id, std::uint32_t code) {
  if (live(id) == nullptr) return;
  streams_.at(id).reset_by_us = true;
  write_rst(id, code);
  close(id);
}

void Model::release(std::uint32_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || !found->second.handler) return;
  ModelStream& stream = found->second;
  stream.handler = false;
  if (stream.closed) {
    streams_.erase(found);
    return;
  }
  if (!stream.ended) return reset(id, kCancel);
  if (stream.peer_ended) return;
  if (!stream.ended_on_wire) {
    stream.reset_when_sent = true;
    return;
  }
  reset(id, kNoError);
}

void Model::sent_end(std::uint32_t id) {
  ModelStream& stream = streams_.at(id);
  stream.ended_on_wire = true;
  if (stream.peer_ended) return close(id);
  if (stream.reset_when_sent) reset(id, kNoError);
}

}  // namespace regauge::fuzz
