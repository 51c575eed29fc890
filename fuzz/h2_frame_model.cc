#include "fuzz/h2_frame_model.h"

namespace regauge::fuzz {
namespace {

constexpr FrameFault kConnectionProtocol{kProtocolError};
constexpr FrameFault kConnectionSize{kFrameSizeError};

// A frame of this type belongs to a stream, or else to the connection (§6).
FrameFault placed(const Frame& frame, bool on_stream, bool right_size) {
  if ((frame.stream != 0) != on_stream) return kConnectionProtocol;
  return right_size ? FrameFault{} : kConnectionSize;
}

FrameFault padded(const Frame& frame) {
  if (frame.stream == 0) return kConnectionProtocol;
  return {unpad(frame).error};
}

FrameFault settings(const Frame& frame) {
  if (frame.stream != 0) return kConnectionProtocol;
  if (frame.has(kAck)) return {frame.length == 0 ? kNoError : kFrameSizeError};
  if (frame.length % 6 != 0) return kConnectionSize;
  return {frame.length / 6 > kSettingsEntriesMax ? kEnhanceYourCalm : kNoError};
}

FrameFault window_update(const Frame& frame) {
  if (frame.length != 4) return kConnectionSize;
  const bool nothing = (number_at(frame.payload, 0, 4) & 0x7fffffffU) == 0;
  return nothing ? FrameFault{kProtocolError, frame.stream != 0} : FrameFault{};
}

}  // namespace

FrameFault frame_fault(const Frame& frame) {
  switch (frame.type) {
    case kHeaders: return padded(frame);
    case kPriority:
      if (frame.stream == 0) return kConnectionProtocol;
      return frame.length == 5 ? FrameFault{} : FrameFault{kFrameSizeError, true};
    case kRstStream: return placed(frame, true, frame.length == 4);
    case kSettings: return settings(frame);
    case kPushPromise: return padded(frame);
    case kPing: return placed(frame, false, frame.length == 8);
    case kGoaway: return placed(frame, false, frame.length >= 8);
    case kWindowUpdate: return window_update(frame);
    case kPriorityUpdate: return placed(frame, false, frame.length >= 4);
    default: return {};
  }
}

FrameFault setting_fault(std::uint32_t id, std::uint32_t value, bool from_client) {
  switch (id) {
    case 2: return {value > (from_client ? 1 : 0) ? kProtocolError : kNoError};
    case 4: return {value > 0x7fffffff ? kFlowControlError : kNoError};
    case 5: return {value < 16384 || value > 16777215 ? kProtocolError : kNoError};
    case 8:
    case 9: return {value > 1 ? kProtocolError : kNoError};
    default: return {};
  }
}

// A PUSH_PROMISE has the promised stream where HEADERS may have priority fields.
Unpadded unpad(const Frame& frame) {
  std::vector<std::uint8_t> octets = frame.payload;
  std::size_t padding = 0;
  if (frame.has(kPadded)) {
    if (octets.empty()) return {kFrameSizeError, {}};
    padding = octets.front();
    octets.erase(octets.begin());
  }
  const bool priority = frame.type == kHeaders && frame.has(kHasPriority);
  const std::size_t fields = priority ? 5 : frame.type == kPushPromise ? 4 : 0;
  if (octets.size() < fields) return {kFrameSizeError, {}};
  if (padding > octets.size() - fields) return {kProtocolError, {}};
  if (priority) octets.erase(octets.begin(), octets.begin() + 5);
  octets.resize(octets.size() - padding);
  return {kNoError, octets};
}

}  // namespace regauge::fuzz
