// FrameCutter: cuts the octets of a connection into frames, wherever the reads were cut.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "regauge/h2/frame.h"

namespace regauge::h2 {

/// Takes octets and tells what they are. After each frame header the caller says whether it wants
/// the payload as a whole (`collect`: control frames and field blocks, bounded by kFrameBytesMax)
/// or in the parts that arrive (`stream`: content, and what is skipped). Memory: a payload that
/// arrives in parts is joined in a buffer that is kept.
class FrameCutter {
 public:
  /// Tells what the last call to `next` found.
  enum class Found : std::uint8_t {
    nothing,  ///< all octets were taken, more are needed
    header,   ///< a frame header; the caller chooses `collect` or `stream`
    payload,  ///< the whole payload of a collected frame
    part,     ///< some octets of a streamed frame; `ends_frame` with its last one
  };

  /// Takes octets from the front of `rest`. Cost: constant, and a copy of payloads cut by a read.
  [[nodiscard]] Found next(Bytes& rest);
  /// Asks for the payload as a whole.
  void collect() { want_ = Want::whole; }
  /// Asks for the payload in parts.
  void stream() { want_ = Want::parts; }

  [[nodiscard]] const FrameHeader& header() const { return header_; }
  /// Views the payload or part. Lifetime: that of the octets given to `next`, or until the next
  /// call if `buffered`.
  [[nodiscard]] Bytes octets() const { return octets_; }
  /// Tells whether `octets` lie in the cutter's own buffer.
  [[nodiscard]] bool buffered() const { return buffered_; }
  /// Tells whether the part is the last one of its frame.
  [[nodiscard]] bool ends_frame() const { return left_ == 0; }
  /// Tells whether the input stopped inside a frame.
  [[nodiscard]] bool inside_frame() const { return want_ != Want::header || header_octets_ > 0; }

 private:
  enum class Want : std::uint8_t { header, whole, parts };

  Found take_header(Bytes& rest);
  Found take_whole(Bytes& rest);
  Found take_part(Bytes& rest);

  std::array<std::uint8_t, kFrameHeaderBytes> header_bytes_{};
  std::size_t header_octets_ = 0;
  FrameHeader header_;
  Want want_ = Want::header;
  std::uint32_t left_ = 0;  // octets of the payload that did not come yet
  bool buffered_ = false;
  Bytes octets_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace regauge::h2
