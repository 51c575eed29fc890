// Reader: the one bounds-checked cursor over wire octets. All binary parsing goes through it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "regauge/wire/bytes.h"

namespace regauge::wire {

/// Reads big-endian integers and runs of octets, and never past the end of its view. A call that
/// asks for more than is left returns nullopt and moves nothing.
class Reader {
 public:
  explicit Reader(Bytes bytes [[clang::lifetimebound]]) : rest_(bytes) {}
  explicit Reader(std::vector<std::uint8_t>&&) = delete;  // would dangle

  /// Counts the octets that are left.
  [[nodiscard]] std::size_t left() const { return rest_.size(); }
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  /// Views what is left without moving. Lifetime: that of the bytes given at construction.
  [[nodiscard]] Bytes rest() const { return rest_; }

  /// Takes `count` octets. Cost: constant, no copy.
  [[nodiscard]] std::optional<Bytes> take(std::size_t count) {
    if (count > rest_.size()) return std::nullopt;
    const Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  /// Takes one octet.
  [[nodiscard]] std::optional<std::uint8_t> u8() { return integer<std::uint8_t, 1>(); }
  /// Takes an integer of two octets.
  [[nodiscard]] std::optional<std::uint16_t> u16() { return integer<std::uint16_t, 2>(); }
  /// Takes an integer of three octets.
  [[nodiscard]] std::optional<std::uint32_t> u24() { return integer<std::uint32_t, 3>(); }
  /// Takes an integer of four octets.
  [[nodiscard]] std::optional<std::uint32_t> u32() { return integer<std::uint32_t, 4>(); }

 private:
  template <typename Integer, std::size_t kOctets>
  std::optional<Integer> integer() {
    if (kOctets > rest_.size()) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < kOctets; ++i) value = (value << 8U) | rest_[i];
    rest_ = rest_.subspan(kOctets);
    return static_cast<Integer>(value);
  }

  Bytes rest_;
};

}  // namespace regauge::wire
