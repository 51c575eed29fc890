#include "regauge/wire/outbox.h"

#include <algorithm>
#include <cstdlib>

#include "regauge/wire/assert.h"

namespace regauge::wire {
namespace {

constexpr std::uint32_t kTailOctets = 4096;
// Below this size copying costs less than one more run of the gathered write.
constexpr std::size_t kCopyBelow = 256;

}  // namespace

Outbox::~Outbox() {
  if (tail_ != nullptr) tail_->release();
}

MutableBytes Outbox::reserve(std::size_t octets) {
  if (tail_ != nullptr && tail_->capacity() - tail_used_ < octets) {
    tail_->release();
    tail_ = nullptr;
  }
  if (tail_ == nullptr) {
    const auto wanted = std::max<std::size_t>(kTailOctets, octets);
    tail_ = allocate_slab(*source_, static_cast<std::uint32_t>(wanted));
    if (tail_ == nullptr) std::abort();
    tail_used_ = 0;
  }
  return tail_->octets().subspan(tail_used_);
}

void Outbox::commit(std::size_t octets) {
  RG_ASSERT(tail_ != nullptr);
  if (octets == 0) return;
  const Bytes written = tail_->octets().subspan(tail_used_, octets);
  if (!pieces_.empty() && pieces_.back().slab() == tail_ &&
      pieces_.back().bytes().data() + pieces_.back().size() == written.data()) {
    const Bytes before = pieces_.back().bytes();
    pieces_.back() = Slice(*tail_, Bytes(before.data(), before.size() + octets));
  } else {
    pieces_.push(Slice(*tail_, written));
  }
  tail_used_ += octets;
  octets_ += octets;
}

void Outbox::copy(Bytes bytes) {
  copy_bytes(reserve(bytes.size()), bytes);
  commit(bytes.size());
}

void Outbox::append(Slice slice) {
  if (slice.size() < kCopyBelow) {
    copy(slice.bytes());
    return;
  }
  octets_ += slice.size();
  pieces_.push(std::move(slice));
}

std::size_t Outbox::gather(std::span<Piece> pieces, std::size_t max_octets) const {
  std::size_t filled = 0;
  std::size_t skip = front_skip_;
  while (filled < pieces.size() && filled < pieces_.size() && max_octets > 0) {
    const Bytes run = pieces_.at(filled).bytes().subspan(skip);
    const std::size_t take = std::min(run.size(), max_octets);
    pieces[filled] = {run.data(), take};
    max_octets -= take;
    skip = 0;
    ++filled;
  }
  return filled;
}

void Outbox::wrote(std::size_t octets) {
  RG_ASSERT(octets <= octets_);
  octets_ -= octets;
  while (octets > 0) {
    const std::size_t left = pieces_.front().size() - front_skip_;
    if (octets < left) {
      front_skip_ += octets;
      return;
    }
    octets -= left;
    front_skip_ = 0;
    pieces_.pop();
  }
  // A drained tail that nobody else holds starts over, so that steady traffic needs one slab.
  if (octets_ == 0 && tail_ != nullptr && tail_->unique()) tail_used_ = 0;
}

}  // namespace regauge::wire
