#include "regauge/grpc/message_frame.h"

#include <algorithm>

namespace regauge::grpc {

FrameReader::Found FrameReader::next(wire::Bytes& rest) {
  if (inside_) {
    if (left_ == 0) {
      inside_ = false;
      return Found::end;
    }
    if (rest.empty()) return Found::nothing;
    octets_ = rest.first(std::min<std::size_t>(left_, rest.size()));
    rest = rest.subspan(octets_.size());
    left_ -= static_cast<std::uint32_t>(octets_.size());
    return Found::message;
  }
  const std::size_t take = std::min(kPrefixBytes - prefix_octets_, rest.size());
  for (std::size_t i = 0; i < take; ++i) prefix_bytes_[prefix_octets_ + i] = rest[i];
  rest = rest.subspan(take);
  prefix_octets_ += take;
  if (prefix_octets_ < kPrefixBytes) return Found::nothing;
  prefix_octets_ = 0;
  std::uint32_t length = 0;
  for (std::size_t i = 1; i < kPrefixBytes; ++i) length = length << 8U | prefix_bytes_[i];
  prefix_ = {prefix_bytes_[0], length};
  left_ = length;
  inside_ = true;
  return Found::prefix;
}

}  // namespace regauge::grpc
