// The variant for AArch64, where NEON is part of every processor.
#include <algorithm>

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

uint8x16_t class_of(uint8x16_t octets, const OctetClass& table) {
  const uint8x16_t low = vandq_u8(octets, vdupq_n_u8(15));
  const uint8x16_t high = vqtbl1q_u8(vld1q_u8(kHighBits.data()), vshrq_n_u8(octets, 4));
  return vtstq_u8(vqtbl1q_u8(vld1q_u8(table.data()), low), high);
}

uint8x16_t lower_of(uint8x16_t octets) {
  const uint8x16_t capital = vcltq_u8(vsubq_u8(octets, vdupq_n_u8('A')), vdupq_n_u8(26));
  return vorrq_u8(octets, vandq_u8(capital, vdupq_n_u8(0x20)));
}

BeforeBlock scan_neon(const BlockScan& scan, BlockMarks& marks) {
  MarkWriter writer(scan, marks);
  const std::size_t last = scan.octets.size() - kBlockOctets;
  for (std::size_t from = 0; from < scan.octets.size(); from += kBlockOctets) {
    const std::size_t block = from < last ? from : last;
    BlockMasks found{};
    for (std::size_t i = 0; i < kBlockOctets; i += 16) {
      const uint8x16_t part = vld1q_u8(scan.octets.subspan(block + i).data());
      vst1q_u8(scan.kept.subspan(block + i).data(), part);
      vst1q_u8(scan.lower.subspan(block + i).data(), lower_of(part));
      found.line_feed |= mask_of(vceqq_u8(part, vdupq_n_u8('\n'))) << i;
      found.carriage_return |= mask_of(vceqq_u8(part, vdupq_n_u8('\r'))) << i;
      found.odd |= mask_of(class_of(part, kOddControls)) << i;
      found.separator |= mask_of(vmvnq_u8(class_of(part, kTchars))) << i;
    }
    writer.write(found, block == last ? scan.known : 0);
  }
  return writer.finish(marks);
}

std::size_t copy_text_neon(std::span<const std::uint8_t> octets, std::span<std::uint8_t> kept) {
  constexpr std::size_t kParts = kBlockOctets / 16;
  std::size_t at = 0;
  while (octets.size() - at >= kBlockOctets) {
    std::array<uint8x16_t, kParts> parts;
    uint8x16_t found = vdupq_n_u8(0);
    for (std::size_t i = 0; i < kParts; ++i) {
      parts[i] = vld1q_u8(octets.subspan(at + i * 16).data());
      found = vorrq_u8(found, class_of(parts[i], kControls));
    }
    if (vmaxvq_u8(found) != 0) break;
    for (std::size_t i = 0; i < kParts; ++i) vst1q_u8(kept.subspan(at + i * 16).data(), parts[i]);
    at += kBlockOctets;
  }
  return at;
}

std::size_t count_class_neon(std::span<const std::uint8_t> octets, std::size_t size,
                             const OctetClass& octet_class) {
  const std::uint8_t* from = octets.data();
  for (std::size_t at = 0; at < size; at += 16) {
    const std::uint64_t others = mask_of(vmvnq_u8(class_of(vld1q_u8(from + at), octet_class)));
    if (others != 0) return std::min(size, at + static_cast<unsigned>(std::countr_zero(others)));
  }
  return size;
}

constexpr BlockScanner kNeon{scan_neon, copy_text_neon, count_class_neon, "neon"};

}  // namespace

std::span<const BlockScanner> block_scanners() {
  static const std::array<BlockScanner, 2> kVariants{kNeon, portable_scanner()};
  return kVariants;
}

}  // namespace regauge::wire
#endif
