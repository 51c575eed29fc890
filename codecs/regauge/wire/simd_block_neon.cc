// The variant for AArch64, where NEON is part of every processor.
#include "regauge/wire/simd_block.h"

#if defined(__aarch64__)
#include <arm_neon.h>

namespace regauge::wire {
namespace {

// Gathers one bit of each of the sixteen octets, which are 0 or 255.
std::uint64_t mask_of(uint8x16_t octets) {
  constexpr std::array<std::uint8_t, 16> kBits{1, 2, 4, 8, 16, 32, 64, 128,
                                               1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t bits = vandq_u8(octets, vld1q_u8(kBits.data()));
  return vaddv_u8(vget_low_u8(bits)) | static_cast<std::uint64_t>(vaddv_u8(vget_high_u8(bits)))
                                           << 8U;
}

uint8x16_t class_of(uint8x16_t octets, const std::array<std::uint8_t, 16>& table) {
  const uint8x16_t low = vandq_u8(octets, vdupq_n_u8(15));
  const uint8x16_t high = vqtbl1q_u8(vld1q_u8(kHighBits.data()), vshrq_n_u8(octets, 4));
  return vtstq_u8(vqtbl1q_u8(vld1q_u8(table.data()), low), high);
}

void scan_neon(BlockOctets octets, BlockMasks& masks) {
  BlockMasks found;
  for (std::size_t at = 0; at < kBlockOctets; at += 16) {
    const uint8x16_t part = vld1q_u8(octets.subspan(at).data());
    found.line_feed |= mask_of(vceqq_u8(part, vdupq_n_u8('\n'))) << at;
    found.control |= mask_of(class_of(part, kControlHalves)) << at;
    found.separator |= mask_of(vmvnq_u8(class_of(part, kTokenHalves))) << at;
  }
  masks = found;
}

std::size_t skip_text_neon(std::span<const std::uint8_t> octets) {
  std::size_t at = 0;
  while (octets.size() - at >= kBlockOctets) {
    uint8x16_t found = vdupq_n_u8(0);
    for (std::size_t i = 0; i < kBlockOctets; i += 16) {
      found = vorrq_u8(found, class_of(vld1q_u8(octets.subspan(at + i).data()), kControlHalves));
    }
    if (vmaxvq_u8(found) != 0) break;
    at += kBlockOctets;
  }
  return at;
}

constexpr BlockScanner kNeon{scan_neon, skip_text_neon, "neon"};

}  // namespace

std::span<const BlockScanner> block_scanners() {
  static const std::array<BlockScanner, 2> kVariants{kNeon, portable_scanner()};
  return kVariants;
}

}  // namespace regauge::wire
#endif
