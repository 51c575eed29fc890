#include "regauge/hpack/huffman.h"

#include <array>
#include <bit>

#include "regauge/hpack/huffman_code.h"
#include "regauge/wire/assert.h"

namespace regauge::hpack {
namespace {

constexpr unsigned kTableBits = 12;

// What the next 12 bits start with: one or two whole symbols, or (count 0) a longer code.
struct Step {
  std::array<std::uint8_t, 2> symbols{};
  std::uint8_t bits = 0;
  std::uint8_t count = 0;
};

// Returns the symbol whose code the 12-bit window starts with, or kEos if its code is longer.
consteval std::size_t short_symbol(std::uint32_t window) {
  for (unsigned bits = 5; bits <= kTableBits; ++bits) {
    if ((std::uint64_t{window} << 20U) < kCode.limit[bits]) {
      return kCode
          .symbols[kCode.position[bits] + (window >> (kTableBits - bits)) - kCode.first[bits]];
    }
  }
  return kEos;
}

consteval std::array<Step, 1U << kTableBits> decode_steps() {
  constexpr std::uint32_t kWindowMask = (1U << kTableBits) - 1;
  std::array<std::uint16_t, 1U << kTableBits> first{};
  for (std::uint32_t window = 0; window <= kWindowMask; ++window) {
    first[window] = static_cast<std::uint16_t>(short_symbol(window));
  }
  std::array<Step, 1U << kTableBits> steps{};
  for (std::uint32_t window = 0; window <= kWindowMask; ++window) {
    if (first[window] == kEos) continue;
    Step& step = steps[window];
    step = {{static_cast<std::uint8_t>(first[window]), 0}, kCodeBits[first[window]], 1};
    const std::uint16_t second = first[(window << step.bits) & kWindowMask];
    if (second == kEos || step.bits + kCodeBits[second] > kTableBits) continue;
    step = {{step.symbols[0], static_cast<std::uint8_t>(second)},
            static_cast<std::uint8_t>(step.bits + kCodeBits[second]),
            2};
  }
  return steps;
}

constexpr std::array<Step, 1U << kTableBits> kSteps = decode_steps();

// For codes of more than 12 bits: the shortest length among those with so many leading ones.
consteval std::array<std::uint8_t, 33> bits_by_leading_ones() {
  std::array<std::uint8_t, 33> bits{};
  for (auto& entry : bits) entry = kCodeBitsMax;
  for (std::size_t symbol = 0; symbol < kSymbols; ++symbol) {
    if (kCodeBits[symbol] <= kTableBits) continue;
    const auto ones =
        static_cast<std::size_t>(std::countl_one(kCode.codes[symbol] << (32U - kCodeBits[symbol])));
    if (kCodeBits[symbol] < bits[ones]) bits[ones] = kCodeBits[symbol];
  }
  return bits;
}

constexpr auto kBitsByLeadingOnes = bits_by_leading_ones();

struct LongSymbol {
  std::size_t symbol;
  unsigned bits;
};

// Finds the symbol of a code of more than 12 bits at the top of `window`, which is filled up with
// zeros behind the end of the string.
LongSymbol long_symbol(std::uint64_t window, wire::Work& work) {
  const std::uint64_t top = window >> 32U;
  unsigned bits = kBitsByLeadingOnes[static_cast<std::size_t>(
      std::countl_one(static_cast<std::uint32_t>(top)))];
  while (bits < kCodeBitsMax && top >= kCode.limit[bits]) {
    ++bits;
    ++work.probes;
  }
  const std::size_t position = kCode.position[bits] + (top >> (32U - bits)) - kCode.first[bits];
  return {kCode.symbols[position], bits};
}

std::uint64_t load_big_endian(wire::Bytes from) {
  std::uint64_t loaded = 0;
  __builtin_memcpy(&loaded, from.first<8>().data(), 8);
  if constexpr (std::endian::native == std::endian::little) loaded = std::byteswap(loaded);
  return loaded;
}

// Walks over one coded string. `window_` holds the next `have_` bits at its top and zeros below.
class HuffmanWalk {
 public:
  HuffmanWalk(wire::Bytes coded, wire::MutableBytes to, wire::Work& work)
      : coded_(coded), to_(to), work_(work) {}

  std::expected<std::size_t, Violation> run() {
    while (next_ + 8 <= coded_.size()) {
      refill();
      if (!symbols()) return std::unexpected(Violation::hpack_huffman_eos);
    }
    return last_symbols();
  }

 private:
  void refill() {
    window_ |= load_big_endian(coded_.subspan(next_)) >> have_;
    const unsigned octets = (63U - have_) / 8U;
    next_ += octets;
    have_ += 8U * octets;
    // Bits of an octet that is not counted yet are read again, and are the same.
  }

  // Decodes while a whole code is certain to be in the window. False: it was EOS.
  bool symbols() {
    while (have_ >= kCodeBitsMax) {
      const Step step = kSteps[window_ >> (64U - kTableBits)];
      ++work_.steps;
      if (step.count == 0) [[unlikely]] {
        if (!take_long()) return false;
        continue;
      }
      put(step);
    }
    return true;
  }

  void put(const Step& step) {
    __builtin_memcpy(to_.subspan(size_, 2).data(), step.symbols.data(), 2);
    size_ += step.count;
    window_ <<= step.bits;
    have_ -= step.bits;
  }

  bool take_long() {
    const LongSymbol found = long_symbol(window_, work_);
    if (found.symbol == kEos) return false;
    to_[size_++] = static_cast<std::uint8_t>(found.symbol);
    window_ <<= found.bits;
    have_ -= found.bits;
    return true;
  }

  std::expected<std::size_t, Violation> last_symbols() {
    for (;;) {
      // Bits that refill read ahead are dropped before octets are added one by one.
      window_ &= have_ == 0 ? 0 : ~std::uint64_t{0} << (64U - have_);
      for (; have_ <= 56 && next_ < coded_.size(); ++next_, have_ += 8) {
        window_ |= std::uint64_t{coded_[next_]} << (56U - have_);
      }
      const Step step = kSteps[window_ >> (64U - kTableBits)];
      ++work_.steps;
      if (step.count == 0) {
        if (long_symbol(window_, work_).bits > have_) return padding();
        if (!take_long()) return std::unexpected(Violation::hpack_huffman_eos);
        continue;
      }
      if (step.bits <= have_) {
        put(step);
        continue;
      }
      const unsigned bits = kCodeBits[step.symbols[0]];
      if (bits > have_) return padding();
      put({step.symbols, static_cast<std::uint8_t>(bits), 1});
    }
  }

  // No whole code is left: what remains is padding, fewer than 8 ones (RFC 7541 §5.2).
  std::expected<std::size_t, Violation> padding() const {
    if (static_cast<unsigned>(std::countl_one(window_)) < have_) {
      return std::unexpected(Violation::hpack_huffman_padding_not_ones);
    }
    if (have_ >= 8) return std::unexpected(Violation::hpack_huffman_padding_too_long);
    return size_;
  }

  wire::Bytes coded_;
  wire::MutableBytes to_;
  wire::Work& work_;
  std::size_t next_ = 0;
  std::size_t size_ = 0;
  std::uint64_t window_ = 0;
  unsigned have_ = 0;
};

}  // namespace

std::size_t huffman_encoded_bytes(wire::Bytes octets) {
  std::size_t bits = 0;
  for (const std::uint8_t octet : octets) bits += kCodeBits[octet];
  return (bits + 7) / 8;
}

std::size_t huffman_encode(wire::Bytes octets, wire::MutableBytes to) {
  std::uint64_t pending = 0;  // the low `bits` bits are not written yet
  unsigned bits = 0;
  std::size_t size = 0;
  for (const std::uint8_t octet : octets) {
    pending = (pending << kCodeBits[octet]) | kCode.codes[octet];
    bits += kCodeBits[octet];
    if (bits < 32) continue;
    bits -= 32;
    auto word = static_cast<std::uint32_t>(pending >> bits);
    if constexpr (std::endian::native == std::endian::little) word = std::byteswap(word);
    __builtin_memcpy(to.subspan(size, 4).data(), &word, 4);
    size += 4;
  }
  // Pad with ones, the start of EOS, up to a whole octet.
  const unsigned padding = (8U - bits % 8U) % 8U;
  pending = (pending << padding) | ((1U << padding) - 1);
  for (bits += padding; bits > 0; bits -= 8) {
    to[size++] = static_cast<std::uint8_t>(pending >> (bits - 8));
  }
  return size;
}

std::expected<std::size_t, Violation> huffman_decode(wire::Bytes coded, wire::MutableBytes to,
                                                     wire::Work& work) {
  RG_ASSERT(to.size() >= huffman_decode_room(coded.size()));
  return HuffmanWalk(coded, to, work).run();
}

}  // namespace regauge::hpack
