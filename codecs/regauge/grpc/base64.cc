#include "regauge/grpc/base64.h"

#include <string_view>

namespace regauge::grpc {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kForeign = 0xff;

consteval std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kForeign);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> kValues = make_values();

std::uint8_t character(std::uint32_t bits) {
  return static_cast<std::uint8_t>(kAlphabet[bits & 0x3fU]);
}

}  // namespace

bool Base64Decoder::finish_quantum(wire::Writer& to) {
  const std::uint32_t bits = std::uint32_t{quantum_[0]} << 18U | std::uint32_t{quantum_[1]} << 12U |
                             std::uint32_t{quantum_[2]} << 6U | quantum_[3];
  // Bits that belong to no octet must be zero (RFC 4648 §3.5), or one text had two encodings.
  if (padding_ == 2 && (quantum_[1] & 0x0fU) != 0) return false;
  if (padding_ == 1 && (quantum_[2] & 0x03U) != 0) return false;
  to.u8(static_cast<std::uint8_t>(bits >> 16U));
  if (padding_ < 2) to.u8(static_cast<std::uint8_t>(bits >> 8U));
  if (padding_ < 1) to.u8(static_cast<std::uint8_t>(bits));
  count_ = 0;
  padding_ = 0;
  return true;
}

bool Base64Decoder::decode(wire::Bytes text, wire::Writer& to) {
  for (const std::uint8_t octet : text) {
    if (octet == '=') {
      if (count_ < 2) return false;
      quantum_[count_++] = 0;
      ++padding_;
    } else {
      const std::uint8_t value = kValues[octet];
      if (value == kForeign || padding_ > 0) return false;
      quantum_[count_++] = value;
    }
    if (count_ == 4 && !finish_quantum(to)) return false;
  }
  return true;
}

void Base64Encoder::encode(wire::Bytes octets, wire::Writer& to) {
  for (const std::uint8_t octet : octets) {
    kept_[count_++] = octet;
    if (count_ < 3) continue;
    const std::uint32_t bits =
        std::uint32_t{kept_[0]} << 16U | std::uint32_t{kept_[1]} << 8U | kept_[2];
    to.u8(character(bits >> 18U));
    to.u8(character(bits >> 12U));
    to.u8(character(bits >> 6U));
    to.u8(character(bits));
    count_ = 0;
  }
}

void Base64Encoder::flush(wire::Writer& to) {
  if (count_ == 0) return;
  const std::uint32_t second = count_ == 2 ? kept_[1] : 0U;
  const std::uint32_t bits = std::uint32_t{kept_[0]} << 16U | second << 8U;
  to.u8(character(bits >> 18U));
  to.u8(character(bits >> 12U));
  to.u8(count_ == 2 ? character(bits >> 6U) : std::uint8_t{'='});
  to.u8('=');
  count_ = 0;
}

}  // namespace regauge::grpc
