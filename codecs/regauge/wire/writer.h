// Writer: the bounds-checked counterpart of Reader, over a buffer that the caller owns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "regauge/wire/assert.h"
#include "regauge/wire/bytes.h"

namespace regauge::wire {

/// Appends to a fixed buffer. What does not fit is not written at all and `overflowed` is set for
/// good, so a caller may write a whole head and test once.
class Writer {
 public:
  explicit Writer(MutableBytes buffer [[clang::lifetimebound]]) : buffer_(buffer) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Counts the octets that still fit.
  [[nodiscard]] std::size_t left() const { return buffer_.size() - size_; }
  [[nodiscard]] bool overflowed() const { return overflowed_; }
  /// Views what was written. Lifetime: that of the buffer.
  [[nodiscard]] Bytes written() const { return buffer_.first(size_); }

  /// Lends the room that is left; `commit` keeps a prefix of it. Lifetime: that of the buffer.
  [[nodiscard]] MutableBytes room() const { return buffer_.subspan(size_); }
  /// Appends the first `octets` of `room`, which the caller has filled.
  void commit(std::size_t octets) {
    RG_ASSERT(octets <= left());
    size_ += octets;
  }

  /// Appends octets. Cost: one step an octet.
  void bytes(Bytes from) {
    if (from.size() > left()) {
      overflowed_ = true;
      return;
    }
    copy_bytes(buffer_.subspan(size_), from);
    size_ += from.size();
  }
  /// Appends text, octet for octet. Cost: one step an octet.
  void text(std::string_view from) { bytes(as_bytes(from)); }
  /// Appends one octet.
  void u8(std::uint8_t value) { integer(value, 1); }
  /// Appends two octets, most significant first.
  void u16(std::uint16_t value) { integer(value, 2); }
  /// Appends the low 24 bits of `value`, most significant octet first.
  void u24(std::uint32_t value) { integer(value, 3); }
  /// Appends four octets, most significant first.
  void u32(std::uint32_t value) { integer(value, 4); }

 private:
  void integer(std::uint32_t value, std::size_t octets) {
    if (octets > left()) {
      overflowed_ = true;
      return;
    }
    for (std::size_t i = 0; i < octets; ++i) {
      buffer_[size_ + i] = static_cast<std::uint8_t>(value >> (8 * (octets - 1 - i)));
    }
    size_ += octets;
  }

  MutableBytes buffer_;
  std::size_t size_ = 0;
  bool overflowed_ = false;
};

}  // namespace regauge::wire
