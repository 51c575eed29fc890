// What a host does between frames, written as frames of types that HTTP/2 does not know: so the
// mutator of frames is that of traces, too.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fuzz/h2_frames.h"

namespace regauge::fuzz {

/// Numbers the steps; `stream` is that of the frame, numbers stand in its payload.
enum StepKind : std::uint8_t {
  kStepBatchEnds = 0xf0,  ///< two octets: milliseconds until the next
  kStepAnswer = 0xf1,     ///< a number that a message is drawn from; a client opens a stream
  kStepReset = 0xf2,
  kStepRelease = 0xf3,
  kStepConsume = 0xf4,  ///< two octets: how much
  kStepDrain = 0xf5,
  kStepPing = 0xf6,
  kStepShrink = 0xf7,
  kStepBudget = 0xf8,  ///< one octet: frames of the next batch before it may be cut
  kStepGoOn = 0xf9,    ///< two octets: more content; the flag END_STREAM ends the message
  kStepsEnd = 0xfa,
};

/// Tells whether a frame is a step of the host.
[[nodiscard]] inline bool is_step(const Frame& frame) {
  return frame.type >= kStepBatchEnds && frame.type < kStepsEnd;
}
/// Returns the number in a step's payload; octets that are not there are 0.
[[nodiscard]] inline std::uint32_t step_number(const Frame& frame, std::size_t octets) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < octets; ++i) {
    number = number << 8U | (i < frame.payload.size() ? frame.payload[i] : 0U);
  }
  return number;
}

}  // namespace regauge::fuzz
