#include "regauge/wire/simd_block.h"

#include <algorithm>

namespace regauge::wire {
namespace {

enum Kind : std::uint8_t { kLineFeed = 1, kCarriageReturn = 2, kOddControl = 4, kSeparator = 8 };
constexpr unsigned kAnyControl = kLineFeed | kCarriageReturn | kOddControl;

consteval std::array<std::uint8_t, 256> make_kinds() {
  std::array<std::uint8_t, 256> kinds{};
  for (unsigned octet = 0; octet < 256; ++octet) {
    unsigned kind = 0;
    if (octet == '\n') kind |= kLineFeed;
    if (octet == '\r') kind |= kCarriageReturn;
    if (is_odd_control(octet)) kind |= kOddControl;
    if (!is_tchar(octet)) kind |= kSeparator;
    kinds[octet] = static_cast<std::uint8_t>(kind);
  }
  return kinds;
}
constexpr std::array<std::uint8_t, 256> kKinds = make_kinds();

using Block = std::span<const std::uint8_t, kBlockOctets>;

BlockMasks masks_of(Block octets) {
  BlockMasks found{};
  for (std::size_t i = 0; i < kBlockOctets; ++i) {
    const std::uint64_t kind = kKinds[octets[i]];
    found.line_feed |= (kind & 1U) << i;
    found.carriage_return |= (kind >> 1U & 1U) << i;
    found.odd |= (kind >> 2U & 1U) << i;
    found.separator |= (kind >> 3U) << i;
  }
  return found;
}

std::uint8_t to_lower(std::uint8_t octet) {
  const bool capital = octet >= 'A' && octet <= 'Z';
  return static_cast<std::uint8_t>(octet | (capital ? 0x20U : 0U));
}

BeforeBlock scan_portably(const BlockScan& scan, BlockMarks& marks) {
  MarkWriter writer(scan, marks);
  const std::size_t last = scan.octets.size() - kBlockOctets;
  for (std::size_t from = 0; from < scan.octets.size(); from += kBlockOctets) {
    const std::size_t at = std::min(from, last);
    writer.write(masks_of(scan.octets.subspan(at).first<kBlockOctets>()),
                 at == last ? scan.known : 0);
  }
  std::ranges::transform(scan.octets, scan.lower.begin(), to_lower);
  if (scan.kept.data() != scan.octets.data()) std::ranges::copy(scan.octets, scan.kept.begin());
  return writer.finish(marks);
}

std::size_t copy_text_portably(std::span<const std::uint8_t> octets, std::span<std::uint8_t> kept) {
  std::size_t at = 0;
  while (octets.size() - at >= kBlockOctets) {
    const auto block = octets.subspan(at).first<kBlockOctets>();
    unsigned kinds = 0;
    for (const std::uint8_t octet : block) kinds |= kKinds[octet];
    if ((kinds & kAnyControl) != 0) break;
    std::ranges::copy(block, kept.subspan(at).begin());
    at += kBlockOctets;
  }
  return at;
}

std::size_t count_class_portably(std::span<const std::uint8_t> octets, std::size_t size,
                                 const OctetClass& octet_class) {
  std::size_t at = 0;
  while (at < size && (octet_class[octets[at] & 15U] & kHighBits[octets[at] >> 4U]) != 0) ++at;
  return at;
}

constexpr BlockScanner kPortable{scan_portably, copy_text_portably, count_class_portably,
                                 "portable"};

}  // namespace

const BlockScanner& portable_scanner() { return kPortable; }

#if !defined(__x86_64__) && !defined(__aarch64__)
std::span<const BlockScanner> block_scanners() { return {&kPortable, 1}; }
#endif

}  // namespace regauge::wire
