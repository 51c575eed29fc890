// The variants for x86-64: AVX2, and SSE4.2 (of which only the byte shuffle of SSSE3 is used).
//
// Plain functions with a target of their own: what is compiled for AVX2 must not come out of a
// header that the rest of the program shares, since the linker keeps only one copy of that.
#include <algorithm>

#include "regauge/wire/simd_block.h"

#if defined(__x86_64__)
#include <immintrin.h>

namespace regauge::wire {
namespace {

// A table twice, or an octet everywhere: one load each.
struct alignas(32) Wide {
  std::array<std::uint8_t, 32> octets;
};
constexpr Wide wide_of(const OctetClass& table) {
  Wide wide{};
  for (std::size_t i = 0; i < wide.octets.size(); ++i) wide.octets[i] = table[i % table.size()];
  return wide;
}
constexpr Wide wide_of(std::uint8_t octet) {
  Wide wide{};
  wide.octets.fill(octet);
  return wide;
}
constexpr Wide kWideControls = wide_of(kControls);
constexpr Wide kWideOddControls = wide_of(kOddControls);
constexpr Wide kWideTokens = wide_of(kTchars);
constexpr Wide kWideHighBits = wide_of(kHighBits);
constexpr Wide kWideLowHalf = wide_of(15);
constexpr Wide kWideLineFeed = wide_of('\n');
constexpr Wide kWideCarriageReturn = wide_of('\r');
constexpr Wide kWideToTop = wide_of(0x7f - 'Z');
constexpr Wide kWideBelowTop = wide_of(0x7f - 26);
constexpr Wide kWideSmall = wide_of(0x20);

[[gnu::target("avx2,bmi"), gnu::always_inline]] inline __m256i load(const Wide& wide) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(wide.octets.data()));
}

// Gives the bit of each octet's high half; no bit for obs-text.
[[gnu::target("avx2,bmi"), gnu::always_inline]] inline __m256i wide_high(__m256i octets) {
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(octets, 4), load(kWideLowHalf));
  return _mm256_shuffle_epi8(load(kWideHighBits), high);
}

// The shuffle looks at the low half, and gives zero where the top bit is set.
[[gnu::target("avx2,bmi"), gnu::always_inline]] inline __m256i wide_class(__m256i octets,
                                                                          __m256i high,
                                                                          const Wide& table) {
  return _mm256_and_si256(_mm256_shuffle_epi8(load(table), octets), high);
}

// Sets the bit that makes a capital a small letter; the shift puts the capitals on top of the
// signed octets.
[[gnu::target("avx2,bmi"), gnu::always_inline]] inline __m256i wide_lower(__m256i octets) {
  const __m256i shifted = _mm256_add_epi8(octets, load(kWideToTop));
  const __m256i capital = _mm256_cmpgt_epi8(shifted, load(kWideBelowTop));
  return _mm256_or_si256(octets, _mm256_and_si256(capital, load(kWideSmall)));
}

[[gnu::target("avx2,bmi"), gnu::always_inline]] inline void wide_store(std::uint8_t* to,
                                                                       __m256i octets) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), octets);
}

[[gnu::target("avx2,bmi"), gnu::always_inline]] inline std::uint64_t wide_mask(__m256i low,
                                                                               __m256i high) {
  const auto low_bits = static_cast<std::uint32_t>(_mm256_movemask_epi8(low));
  const auto high_bits = static_cast<std::uint32_t>(_mm256_movemask_epi8(high));
  return low_bits | std::uint64_t{high_bits} << 32U;
}

[[gnu::target("avx2,bmi"), gnu::always_inline]] inline std::uint64_t wide_equal(__m256i a,
                                                                                __m256i b,
                                                                                __m256i what) {
  return wide_mask(_mm256_cmpeq_epi8(a, what), _mm256_cmpeq_epi8(b, what));
}

// Classifies a block and copies it.
[[gnu::target("avx2,bmi"), gnu::always_inline]] inline BlockMasks scan_wide(
    const std::uint8_t* octets, std::uint8_t* kept, std::uint8_t* lower) {
  constexpr std::size_t kHalf = kBlockOctets / 2;
  const auto* block = reinterpret_cast<const __m256i*>(octets);
  const __m256i a = _mm256_loadu_si256(block);
  const __m256i b = _mm256_loadu_si256(block + 1);
  wide_store(kept, a);
  wide_store(kept + kHalf, b);
  wide_store(lower, wide_lower(a));
  wide_store(lower + kHalf, wide_lower(b));
  const __m256i a_high = wide_high(a);
  const __m256i b_high = wide_high(b);
  const __m256i a_odd = wide_class(a, a_high, kWideOddControls);
  const __m256i b_odd = wide_class(b, b_high, kWideOddControls);
  const __m256i any_odd = _mm256_or_si256(a_odd, b_odd);
  const __m256i none = _mm256_setzero_si256();
  BlockMasks found;
  found.line_feed = wide_equal(a, b, load(kWideLineFeed));
  found.carriage_return = wide_equal(a, b, load(kWideCarriageReturn));
  found.separator =
      wide_equal(wide_class(a, a_high, kWideTokens), wide_class(b, b_high, kWideTokens), none);
  found.odd = _mm256_testz_si256(any_odd, any_odd) != 0 ? 0 : ~wide_equal(a_odd, b_odd, none);
  return found;
}

[[gnu::target("avx2,bmi")]] BeforeBlock scan_avx2(const BlockScan& scan, BlockMarks& marks) {
  const std::uint8_t* octets = scan.octets.data();
  std::uint8_t* kept = scan.kept.data();
  std::uint8_t* lower = scan.lower.data();
  MarkWriter writer(scan, marks);
  const std::size_t last = scan.octets.size() - kBlockOctets;
  for (std::size_t at = 0; at < last; at += kBlockOctets) {
    writer.write(scan_wide(octets + at, kept + at, lower + at), 0);
  }
  writer.write(scan_wide(octets + last, kept + last, lower + last), scan.known);
  return writer.finish(marks);
}

[[gnu::target("avx2,bmi")]] std::size_t copy_text_avx2(std::span<const std::uint8_t> octets,
                                                       std::span<std::uint8_t> kept) {
  const std::uint8_t* from = octets.data();
  std::uint8_t* to = kept.data();
  const std::size_t end = octets.size() & ~(kBlockOctets - 1);
  std::size_t at = 0;
  while (at < end) {
    const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + at));
    const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + at + 32));
    const __m256i found = _mm256_or_si256(wide_class(a, wide_high(a), kWideControls),
                                          wide_class(b, wide_high(b), kWideControls));
    if (_mm256_testz_si256(found, found) == 0) break;
    wide_store(to + at, a);
    wide_store(to + at + 32, b);
    at += kBlockOctets;
  }
  return at;
}

[[gnu::target("avx2,bmi")]] std::size_t count_class_avx2(std::span<const std::uint8_t> octets,
                                                         std::size_t size,
                                                         const OctetClass& octet_class) {
  const std::uint8_t* from = octets.data();
  const __m256i table = _mm256_broadcastsi128_si256(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(octet_class.data())));
  for (std::size_t at = 0; at < size; at += sizeof(__m256i)) {
    const __m256i part = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + at));
    const __m256i found = _mm256_and_si256(_mm256_shuffle_epi8(table, part), wide_high(part));
    const auto others = static_cast<std::uint32_t>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(found, _mm256_setzero_si256())));
    if (others != 0) return std::min(size, at + static_cast<unsigned>(std::countr_zero(others)));
  }
  return size;
}

[[gnu::target("sse4.2"), gnu::always_inline]] inline __m128i table_of(const std::uint8_t* table) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
}

[[gnu::target("sse4.2"), gnu::always_inline]] inline __m128i high_of(__m128i octets) {
  const __m128i high = _mm_and_si128(_mm_srli_epi16(octets, 4), _mm_set1_epi8(15));
  return _mm_shuffle_epi8(table_of(kHighBits.data()), high);
}

[[gnu::target("sse4.2"), gnu::always_inline]] inline __m128i narrow_class(
    __m128i octets, __m128i high, const std::uint8_t* table) {
  return _mm_and_si128(_mm_shuffle_epi8(table_of(table), octets), high);
}

[[gnu::target("sse4.2"), gnu::always_inline]] inline std::uint64_t mask_of(__m128i octets) {
  return static_cast<std::uint16_t>(_mm_movemask_epi8(octets));
}

[[gnu::target("sse4.2"), gnu::always_inline]] inline __m128i lower_of(__m128i octets) {
  const __m128i shifted = _mm_add_epi8(octets, _mm_set1_epi8(0x7f - 'Z'));
  const __m128i capital = _mm_cmpgt_epi8(shifted, _mm_set1_epi8(0x7f - 26));
  return _mm_or_si128(octets, _mm_and_si128(capital, _mm_set1_epi8(0x20)));
}

[[gnu::target("sse4.2"), gnu::always_inline]] inline void store(std::uint8_t* to, __m128i octets) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), octets);
}

[[gnu::target("sse4.2")]] BeforeBlock scan_sse42(const BlockScan& scan, BlockMarks& marks) {
  const __m128i zero = _mm_setzero_si128();
  MarkWriter writer(scan, marks);
  const std::size_t last = scan.octets.size() - kBlockOctets;
  for (std::size_t from = 0; from < last + kBlockOctets; from += kBlockOctets) {
    const std::size_t block = from < last ? from : last;
    BlockMasks found{};
    std::uint64_t text = 0;
    for (std::size_t i = 0; i < kBlockOctets; i += sizeof(__m128i)) {
      const __m128i part = table_of(scan.octets.data() + block + i);
      store(scan.kept.data() + block + i, part);
      store(scan.lower.data() + block + i, lower_of(part));
      const __m128i high = high_of(part);
      const __m128i token = narrow_class(part, high, kTchars.data());
      const __m128i control = narrow_class(part, high, kOddControls.data());
      found.line_feed |= mask_of(_mm_cmpeq_epi8(part, _mm_set1_epi8('\n'))) << i;
      found.carriage_return |= mask_of(_mm_cmpeq_epi8(part, _mm_set1_epi8('\r'))) << i;
      found.separator |= mask_of(_mm_cmpeq_epi8(token, zero)) << i;
      text |= mask_of(_mm_cmpeq_epi8(control, zero)) << i;
    }
    found.odd = ~text;
    writer.write(found, block == last ? scan.known : 0);
  }
  return writer.finish(marks);
}

[[gnu::target("sse4.2")]] std::size_t copy_text_sse42(std::span<const std::uint8_t> octets,
                                                      std::span<std::uint8_t> kept) {
  constexpr std::size_t kParts = kBlockOctets / sizeof(__m128i);
  const std::size_t end = octets.size() & ~(kBlockOctets - 1);
  std::size_t at = 0;
  while (at < end) {
    __m128i parts[kParts];
    __m128i found = _mm_setzero_si128();
    for (std::size_t i = 0; i < kParts; ++i) {
      parts[i] = table_of(octets.data() + at + i * sizeof(__m128i));
      found = _mm_or_si128(found, narrow_class(parts[i], high_of(parts[i]), kControls.data()));
    }
    if (_mm_testz_si128(found, found) == 0) break;
    for (std::size_t i = 0; i < kParts; ++i) {
      store(kept.data() + at + i * sizeof(__m128i), parts[i]);
    }
    at += kBlockOctets;
  }
  return at;
}

[[gnu::target("sse4.2")]] std::size_t count_class_sse42(std::span<const std::uint8_t> octets,
                                                        std::size_t size,
                                                        const OctetClass& octet_class) {
  const std::uint8_t* from = octets.data();
  for (std::size_t at = 0; at < size; at += sizeof(__m128i)) {
    const __m128i part = table_of(from + at);
    const __m128i found = narrow_class(part, high_of(part), octet_class.data());
    const std::uint64_t others = mask_of(_mm_cmpeq_epi8(found, _mm_setzero_si128()));
    if (others != 0) return std::min(size, at + static_cast<unsigned>(std::countr_zero(others)));
  }
  return size;
}

constexpr BlockScanner kAvx2{scan_avx2, copy_text_avx2, count_class_avx2, "avx2"};
constexpr BlockScanner kSse42{scan_sse42, copy_text_sse42, count_class_sse42, "sse4.2"};

struct Variants {
  std::array<BlockScanner, 3> scanners{};
  std::size_t count = 0;
};

Variants find_variants() {
  Variants found;
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) {
    found.scanners[found.count++] = kAvx2;
  }
  if (__builtin_cpu_supports("sse4.2")) found.scanners[found.count++] = kSse42;
  found.scanners[found.count++] = portable_scanner();
  return found;
}

}  // namespace

std::span<const BlockScanner> block_scanners() {
  static const Variants variants = find_variants();
  return std::span(variants.scanners).first(variants.count);
}

}  // namespace regauge::wire
#endif
