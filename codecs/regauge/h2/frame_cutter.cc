#include "regauge/h2/frame_cutter.h"

#include <algorithm>

namespace regauge::h2 {

FrameCutter::Found FrameCutter::next(Bytes& rest) {
  switch (want_) {
    case Want::header: return take_header(rest);
    case Want::whole: return take_whole(rest);
    case Want::parts: return take_part(rest);
  }
  return Found::nothing;
}

FrameCutter::Found FrameCutter::take_header(Bytes& rest) {
  if (header_octets_ == 0 && rest.size() >= kFrameHeaderBytes) {
    header_ = parse_frame_header(rest.first<kFrameHeaderBytes>());
    rest = rest.subspan(kFrameHeaderBytes);
  } else {
    const std::size_t take = std::min(kFrameHeaderBytes - header_octets_, rest.size());
    std::copy_n(rest.begin(), take, header_bytes_.begin() + static_cast<long>(header_octets_));
    rest = rest.subspan(take);
    header_octets_ += take;
    if (header_octets_ < kFrameHeaderBytes) return Found::nothing;
    header_ = parse_frame_header(header_bytes_);
    header_octets_ = 0;
  }
  left_ = header_.length;
  buffer_.clear();
  return Found::header;
}

FrameCutter::Found FrameCutter::take_whole(Bytes& rest) {
  buffered_ = !buffer_.empty();
  if (!buffered_ && rest.size() >= left_) {
    octets_ = rest.first(left_);
    rest = rest.subspan(left_);
  } else {
    const Bytes part = rest.first(std::min<std::size_t>(left_, rest.size()));
    if (buffer_.empty()) buffer_.reserve(header_.length);
    buffer_.insert(buffer_.end(), part.begin(), part.end());
    rest = rest.subspan(part.size());
    left_ -= static_cast<std::uint32_t>(part.size());
    if (left_ > 0) return Found::nothing;
    buffered_ = true;
    octets_ = buffer_;
  }
  left_ = 0;
  want_ = Want::header;
  return Found::payload;
}

FrameCutter::Found FrameCutter::take_part(Bytes& rest) {
  octets_ = rest.first(std::min<std::size_t>(left_, rest.size()));
  rest = rest.subspan(octets_.size());
  left_ -= static_cast<std::uint32_t>(octets_.size());
  if (left_ == 0) want_ = Want::header;
  return Found::part;
}

}  // namespace regauge::h2
