// What a neighbour makes of octets: where does it end the first message?
#pragma once

#include <cstddef>
#include <cstdint>

namespace regauge::oracle {

/// Names what a neighbour made of the octets at some place.
enum class Verdict : std::uint8_t { refused, incomplete_head, incomplete_content, complete };

/// What a neighbour made of the first request, and how many octets it took for it.
struct Reading {
  Verdict verdict = Verdict::refused;
  std::size_t octets = 0;
};

/// Tells whether the neighbour took a head, so that it sees a request.
inline bool takes_a_head(const Reading& reading) {
  return reading.verdict == Verdict::complete || reading.verdict == Verdict::incomplete_content;
}

}  // namespace regauge::oracle
