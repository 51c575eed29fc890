#include "fuzz/h2_model.h"

#include <algorithm>

#include "regauge/h2/priority.h"

namespace regauge::fuzz {
namespace {

constexpr std::int64_t kWindowMax = 0x7fffffff;
constexpr std::uint32_t kFrameMax = 16384;
constexpr std::size_t kRememberedResets = 64;
constexpr std::uint32_t kLateFrameOctets = 256;

bool is_known(std::uint8_t type) { return type <= kContinuation || type == kPriorityUpdate; }

}  // namespace

// --- what comes in -------------------------------------------------------------------------------

void Model::begin_batch(std::uint64_t now_ms) {
  account_.advance(now_ms);
  if (failed_ || leaving_ != Leaving::announced || now_ms - leaving_since_ms_ < 1000) return;
  tell_goaway(highest_, kNoError);  // the peer had its time (§6.8)
  leaving_ = Leaving::last_told;
}

void Model::receive(const Frame& frame) {
  if (failed_) return;
  if (!in_order(frame)) return check_account();
  read(frame);
  if (frame.whole() || failed_) check_account();
}

void Model::read(const Frame& frame) {
  if (frame.type == kData) {
    data_header(frame);
    if (!failed_ && frame.whole()) data_payload(frame);
    return;
  }
  if (frame.length > kFrameMax) return fail(kFrameSizeError);
  if (!is_known(frame.type)) return account_.charge(1);  // ignored
  if (!frame.whole()) return;
  switch (frame.type) {
    case kHeaders: return headers(frame);
    case kContinuation: return continuation(frame);
    case kPriority: return priority(frame);
    case kRstStream: return rst_stream(frame);
    case kSettings: return settings(frame);
    case kPushPromise: return push_promise(frame);
    case kPing: return ping(frame);
    case kGoaway: return goaway(frame);
    case kWindowUpdate: return window_update(frame);
    default: return priority_update(frame);
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

// Ends the connection for a fault of a frame that is no matter of its stream alone.
void Model::fault_of(const Frame& frame, const FrameFault& fault) {
  if (!fault.stream_only) return fail(fault.code);
  if (live(frame.stream) != nullptr) return stream_error(frame.stream, fault.code, false);
  if (frame.type != kPriority) return;
  account_.charge(4);
  write_rst(frame.stream, fault.code);
}

void Model::data_header(const Frame& frame) {
  if (frame.stream == 0) return fail(kProtocolError);
  if (frame.length > receive_window_) return fail(kFlowControlError);
  receive_window_ -= frame.length;
  if (idle(frame.stream) || reserved(frame.stream)) return fail(kProtocolError);
  if (frame.has(kPadded) && frame.length == 0) return fail(kFrameSizeError);
  if (!takes_data(frame)) return;
  ModelStream& stream = streams_.at(frame.stream);
  stream.receive_window -= frame.length;
  if (!frame.has(kPadded)) static_cast<void>(charge_content(frame, frame.length));
}

bool Model::takes_data(const Frame& frame) {
  const std::uint32_t id = frame.stream;
  const ModelStream* stream = live(id);
  if (stream == nullptr) {
    if (late(id)) {
      spend_late(id, frame.length);
    } else {
      account_.charge(1);  // tolerated
    }
    return false;
  }
  const std::uint32_t fault = stream->peer_ended                      ? kStreamClosed
                              : frame.length > kFrameMax              ? kFrameSizeError
                              : frame.length > stream->receive_window ? kFlowControlError
                              : !stream->head_came                    ? kProtocolError
                                                                      : kNoError;
  if (fault == kNoError) return true;
  stream_error(id, fault, fault == kProtocolError);
  return false;
}

void Model::data_payload(const Frame& frame) {
  ModelStream* stream = live(frame.stream);
  if (stream == nullptr) return;
  const Unpadded unpadded = unpad(frame);
  if (unpadded.error != kNoError) return fail(unpadded.error);
  if (frame.has(kPadded) && !charge_content(frame, unpadded.octets.size())) return;
  stream->content.append(unpadded.octets.begin(), unpadded.octets.end());
  stream->held_octets += unpadded.octets.size();
  if (frame.has(kEndStream)) end_receiving(frame.stream);
}

bool Model::charge_content(const Frame& frame, std::uint64_t octets) {
  ModelStream& stream = streams_.at(frame.stream);
  const bool small = !frame.has(kEndStream) && octets < 256;
  const std::uint32_t charge = small ? static_cast<std::uint32_t>((256 - octets) / 64 + 1) : 0;
  // Content of a response counts by its stream, up to 2,000 credits, and not by the account.
  const bool by_stream = !options_.server && octets > 0;
  if (!by_stream) account_.charge(charge);
  if (by_stream && charge > 0 && stream.small_charge + charge > 2'000) {
    stream_error(frame.stream, kEnhanceYourCalm, false);
    return false;
  }
  const bool more = stream.content_left && octets > *stream.content_left;
  if (more || (octets > 0 && stream.bodyless)) {
    stream_error(frame.stream, kProtocolError, true);
    return false;
  }
  if (octets > 0) stream.small_charge += charge;
  if (stream.content_left) *stream.content_left -= octets;
  return true;
}

void Model::end_receiving(std::uint32_t id) {
  ModelStream& stream = streams_.at(id);
  if (stream.content_left.value_or(0) != 0) return stream_error(id, kProtocolError, true);
  stream.peer_ended = true;
  if (!stream.ended_on_wire) return;
  account_.refund(8);
  close(id);
}

void Model::settings(const Frame& frame) {
  const FrameFault fault = frame_fault(frame);
  if (fault.code != kNoError) return fail(fault.code);
  if (frame.has(kAck)) {
    if (our_settings_unacked_ > 0) {
      --our_settings_unacked_;
      return;
    }
    account_.charge(1);
    return fail(kProtocolError);
  }
  account_.charge(2 + frame.length / 6 / 4);
  for (std::size_t at = 0; at < frame.payload.size() && !failed_; at += 6) {
    setting(number_at(frame.payload, at, 2), number_at(frame.payload, at + 2, 4));
  }
  if (failed_) return;
  settings_seen_ = true;
  ++settings_acks_due_;
}

void Model::setting(std::uint32_t id, std::uint32_t value) {
  const FrameFault fault = setting_fault(id, value, options_.server);
  if (fault.code != kNoError) return fail(fault.code);
  if (id == 8) {
    if (value < extended_connect_) return fail(kProtocolError);
    extended_connect_ = value;
  }
  if (id == 9) {
    if (settings_seen_ && value != no_priorities_) return fail(kProtocolError);
    no_priorities_ = value;
  }
  if (id != 4) return;
  account_.charge_up_to(streams_.size() / 4 + 16);  // records may be walked
  for (auto& [number, stream] : streams_) {
    if (stream.closed) continue;
    stream.send_window += value - initial_window_;
    if (stream.send_window > kWindowMax) return fail(kFlowControlError);
  }
  initial_window_ = value;
}

void Model::ping(const Frame& frame) {
  const FrameFault fault = frame_fault(frame);
  if (fault.code != kNoError) return fail(fault.code);
  account_.charge(1);
  if (!frame.has(kAck)) {
    pings_due_.push_back(frame.payload);
    return;
  }
  if (!std::exchange(our_ping_unacked_, false)) return account_.charge(1);  // tolerated
  if (leaving_ != Leaving::announced) return;
  tell_goaway(highest_, kNoError);
  leaving_ = Leaving::last_told;
}

void Model::goaway(const Frame& frame) {
  const FrameFault fault = frame_fault(frame);
  if (fault.code != kNoError) return fail(fault.code);
  account_.charge(1);
  const std::uint32_t last = number_at(frame.payload, 0, 4) & 0x7fffffffU;
  if (goaway_last_ && last > *goaway_last_) return fail(kProtocolError);
  const bool told_before = goaway_last_ == last;
  goaway_last_ = last;
  if (options_.server || told_before) return;
  account_.charge_up_to(16);  // records are walked
  std::vector<std::uint32_t> lost;
  for (const auto& [id, stream] : streams_) {
    if (!stream.closed && id > last) lost.push_back(id);
  }
  for (const std::uint32_t id : lost) reset_by_peer(id);
}

void Model::window_update(const Frame& frame) {
  account_.charge_window_update();
  const FrameFault fault = frame_fault(frame);
  if (frame.stream != 0 && (idle(frame.stream) || reserved(frame.stream))) {
    return fail(kProtocolError);
  }
  if (fault.code != kNoError) return fault_of(frame, fault);
  const std::uint32_t increment = number_at(frame.payload, 0, 4) & 0x7fffffffU;
  if (frame.stream == 0) {
    if (send_window_ <= 0) account_.charge_up_to(streams_.size() / 16);
    send_window_ += increment;
    if (send_window_ > kWindowMax) fail(kFlowControlError);
    return;
  }
  ModelStream* stream = live(frame.stream);
  if (stream == nullptr) return;
  stream->send_window += increment;
  if (stream->send_window > kWindowMax) stream_error(frame.stream, kFlowControlError, false);
}

void Model::priority(const Frame& frame) {
  account_.charge(1);
  const FrameFault fault = frame_fault(frame);
  if (fault.code != kNoError) fault_of(frame, fault);
}

void Model::priority_update(const Frame& frame) {
  account_.charge(1);
  const FrameFault fault = frame_fault(frame);
  if (frame.stream != 0 || !options_.server) return fail(kProtocolError);
  if (fault.code != kNoError) return fail(fault.code);
  const std::uint32_t about = number_at(frame.payload, 0, 4) & 0x7fffffffU;
  if (about % 2 == 0) return fail(kProtocolError);
  if (!idle(about) || idle_priorities_.contains(about)) return;
  const std::string value(frame.payload.begin() + 4, frame.payload.end());
  if (!h2::parse_priority(value)) return;  // no priority at all: ignored
  if (open_streams() + idle_priorities_.size() >= kModelStreamsMax) return fail(kProtocolError);
  idle_priorities_.insert(about);
}

void Model::rst_stream(const Frame& frame) {
  const FrameFault fault = frame_fault(frame);
  if (fault.code != kNoError) return fail(fault.code);
  if (idle(frame.stream)) return fail(kProtocolError);
  if (live(frame.stream) != nullptr) return reset_by_peer(frame.stream);
  begin_reserved(frame.stream);
  spend_late(frame.stream, 0);
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
  if (!options_.server) return 0;
  return static_cast<std::size_t>(
      std::ranges::count_if(streams_, [](const auto& each) { return each.second.handler; }));
}

bool Model::idle(std::uint32_t id) const {
  const bool of_peer = (id % 2 == 1) == options_.server;
  return id > (of_peer ? std::max(highest_, ignored_) : ours_);
}

bool Model::reserved(std::uint32_t id) const {
  return std::ranges::any_of(resets_,
                             [&](const Reset& each) { return each.id == id && each.reserved; });
}

bool Model::remembered(std::uint32_t id) const {
  return std::ranges::any_of(resets_, [&](const Reset& each) { return each.id == id; });
}

// A frame on a stream that is neither idle nor alive is lawful if its sender may not have known.
bool Model::late(std::uint32_t id) const {
  const ModelStream* stream = find(id);
  const bool ignored = options_.server && id % 2 == 1 && id > highest_;
  return ignored || remembered(id) || (stream != nullptr && stream->reset_by_us);
}

void Model::begin_reserved(std::uint32_t id) {
  for (Reset& each : resets_) {
    if (each.id == id) each.reserved = false;
  }
}

void Model::spend_late(std::uint32_t id, std::uint64_t octets) {
  const auto taken = static_cast<std::int64_t>(std::max<std::uint64_t>(octets, kLateFrameOctets));
  for (Reset& each : resets_) {
    if (each.id != id || each.late_octets < taken) continue;
    each.late_octets -= taken;
    return;
  }
  account_.charge(1);
}

void Model::fail(std::uint32_t code) {
  if (failed_) return;
  failed_ = code;
  tell_goaway(highest_, code);
  for (auto& [id, stream] : streams_) stream.closed = true;
  std::erase_if(streams_, [](const auto& each) { return !each.second.handler; });
}

void Model::tell_goaway(std::uint32_t last, std::uint32_t code) {
  goaways_due_.emplace_back(last, code);
}

void Model::check_account() {
  if (failed_) return;
  if (account_.spent()) return fail(kEnhanceYourCalm);
  if (!account_.must_leave() || leaving_ == Leaving::last_told) return;
  tell_goaway(highest_, kNoError);
  leaving_ = Leaving::last_told;
}

void Model::write_rst(std::uint32_t id, std::uint32_t code) {
  rst_due_.emplace(id, code);
  ++resets_ever_;
  resets_.push_back({.id = id});
  if (resets_.size() > kRememberedResets) resets_.pop_front();
}

// A malformed request is answered unless an answer was begun (§8.1.1).
void Model::stream_error(std::uint32_t id, std::uint32_t code, bool message_rule) {
  account_.charge(4);
  ModelStream& stream = streams_.at(id);
  if (message_rule && options_.server && !stream.answered) answers_due_.insert(id);
  stream.reset_by_us = true;
  write_rst(id, code);
  close(id);
}

void Model::reset_by_peer(std::uint32_t id) {
  const ModelStream& stream = streams_.at(id);
  if (!stream.told) ++cancelling_;
  if (options_.server && (!stream.told || stream.handler)) account_.charge(stream.told ? 4 : 1);
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

void Model::open(std::uint32_t id, const std::string& method, bool ends) {
  ours_ = id;
  ModelStream& stream = streams_[id];
  stream.method = method;
  stream.told = true;
  stream.handler = true;
  stream.answered = true;
  stream.ended = ends;
  stream.send_window = initial_window_;
  stream.receive_window = kModelStreamWindow;
  ++heads_due_[id];
}

void Model::head(std::uint32_t id) {
  streams_.at(id).answered = true;
  ++heads_due_[id];
}

void Model::consume(std::uint32_t id, std::uint64_t octets) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  ModelStream& stream = found->second;
  const std::uint64_t count = std::min(stream.held_octets, octets);
  if (count == 0) return;
  const std::uint64_t earned = stream.small_charge * count / stream.held_octets;
  if (options_.server) account_.refund(earned);
  stream.small_charge -= earned;
  stream.held_octets -= count;
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
  if (!options_.server || !stream.ended) return reset(id, kCancel);
  if (stream.peer_ended) return;
  if (!stream.ended_on_wire) {
    stream.reset_when_sent = true;
    return;
  }
  reset(id, kNoError);
}

void Model::ping() {
  if (our_ping_unacked_ || failed_) return;
  our_ping_unacked_ = true;
  ++our_pings_due_;
}

void Model::drain(std::uint64_t now_ms) {
  if (failed_ || leaving_ == Leaving::last_told) return;
  if (options_.server && leaving_ == Leaving::no) {
    leaving_ = Leaving::announced;
    leaving_since_ms_ = now_ms;
    tell_goaway(0x7fffffff, kNoError);
    return ping();
  }
  leaving_ = Leaving::last_told;
  tell_goaway(highest_, kNoError);
}

void Model::sent_end(std::uint32_t id) {
  ModelStream& stream = streams_.at(id);
  stream.ended_on_wire = true;
  if (!stream.peer_ended) {
    if (stream.reset_when_sent) reset(id, kNoError);
    return;
  }
  account_.refund(8);
  close(id);
}

}  // namespace regauge::fuzz
