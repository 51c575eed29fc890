#include "regauge/wire/simd_block.h"

namespace regauge::wire {
namespace {

enum Kind : std::uint8_t { kLineFeed = 1, kControl = 2, kSeparator = 4 };

consteval std::array<std::uint8_t, 256> make_kinds() {
  std::array<std::uint8_t, 256> kinds{};
  for (unsigned octet = 0; octet < 256; ++octet) {
    unsigned kind = 0;
    if (octet == '\n') kind |= kLineFeed;
    if (is_control(octet)) kind |= kControl;
    if (!is_tchar(octet)) kind |= kSeparator;
    kinds[octet] = static_cast<std::uint8_t>(kind);
  }
  return kinds;
}
constexpr std::array<std::uint8_t, 256> kKinds = make_kinds();

void scan_portably(BlockOctets octets, BlockMasks& masks) {
  BlockMasks found;
  for (std::size_t i = 0; i < kBlockOctets; ++i) {
    const std::uint64_t kind = kKinds[octets[i]];
    found.line_feed |= (kind & 1U) << i;
    found.control |= (kind >> 1U & 1U) << i;
    found.separator |= (kind >> 2U) << i;
  }
  masks = found;
}

std::size_t skip_text_portably(std::span<const std::uint8_t> octets) {
  std::size_t at = 0;
  while (octets.size() - at >= kBlockOctets) {
    unsigned kinds = 0;
    for (const std::uint8_t octet : octets.subspan(at, kBlockOctets)) kinds |= kKinds[octet];
    if ((kinds & kControl) != 0) break;
    at += kBlockOctets;
  }
  return at;
}

constexpr BlockScanner kPortable{scan_portably, skip_text_portably, "portable"};

}  // namespace

const BlockScanner& portable_scanner() { return kPortable; }

#if !defined(__x86_64__) && !defined(__aarch64__)
std::span<const BlockScanner> block_scanners() { return {&kPortable, 1}; }
#endif

}  // namespace regauge::wire
