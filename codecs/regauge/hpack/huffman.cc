#include "regauge/hpack/huffman.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "regauge/hpack/huffman_code.h"
#include "regauge/wire/assert.h"

namespace regauge::hpack {
namespace {

constexpr unsigned kTableBits = 12;

// What the next 12 bits start with, one or two whole symbols: in the low octet the bits taken,
// where a shift finds them; in the next one how many symbols; from bit 16 on the octets, first one
// first in memory. 0: a longer code.
using Step = std::uint32_t;

constexpr unsigned kStepCount = 8;
constexpr unsigned kStepOctets = 16;

consteval Step step_of(std::size_t first, std::size_t second, unsigned bits, unsigned count) {
  const std::size_t octets =
      std::endian::native == std::endian::little ? first | second << 8U : first << 8U | second;
  return static_cast<Step>(octets << kStepOctets) | bits | count << kStepCount;
}

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
    const unsigned bits = kCodeBits[first[window]];
    steps[window] = step_of(first[window], 0, bits, 1);
    const std::uint16_t second = first[(window << bits) & kWindowMask];
    if (second == kEos || bits + kCodeBits[second] > kTableBits) continue;
    steps[window] = step_of(first[window], second, bits + kCodeBits[second], 2);
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

// Stands for the code that cannot be in the fewer than 8 bits that are left.
constexpr LongSymbol kNoSymbol{kEos, kCodeBitsMax};

// Finds the symbol of the code of more than 12 bits at the top of `window`.
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

constexpr std::uint64_t kOnes = ~std::uint64_t{0};

std::uint64_t load_big_endian(wire::Bytes from, std::size_t at) {
  const auto loaded = wire::load_word<std::uint64_t>(from.subspan(at));
  return std::endian::native == std::endian::little ? std::byteswap(loaded) : loaded;
}

// Reads one string as if ones without end stood behind it: padding and what follows then look like
// the start of EOS, and no short code is made of them alone.
class Windows {
 public:
  explicit Windows(wire::Bytes coded) : coded_(coded) {
    if (coded.size() >= kWindow) {
      last_at_ = coded.size() - kWindow;
      last_ = load_big_endian(coded, last_at_);
    } else {
      last_ = wire::load_few(coded);
      if constexpr (std::endian::native == std::endian::little) last_ = std::byteswap(last_);
      last_ |= kOnes >> bits();
    }
  }
  // Returns the 57 bits from `position` on at the top of a word.
  [[nodiscard]] std::uint64_t at(std::size_t position) const {
    const std::size_t octet = position / 8;
    const std::uint64_t word =
        octet + kWindow <= coded_.size() ? load_big_endian(coded_, octet) : behind(octet);
    return word << (position % 8);
  }
  [[nodiscard]] std::size_t bits() const { return coded_.size() * 8; }

 private:
  static constexpr std::size_t kWindow = sizeof(std::uint64_t);

  [[nodiscard]] std::uint64_t behind(std::size_t octet) const {
    const std::size_t shift = (octet - last_at_) * 8;
    return shift >= 64 ? kOnes : last_ << shift | ~(kOnes << shift);
  }

  wire::Bytes coded_;
  std::size_t last_at_ = 0;
  std::uint64_t last_ = 0;  // the last octets
};

// Fills a window up while it is read. The octets are loaded before it is known how many bits of the
// window are left, so that only a shift has to wait for the steps.
class Refill {
 public:
  Refill(wire::Bytes coded, std::size_t position)
      : coded_(coded), next_(position / 8), left_(static_cast<unsigned>(56 - position % 8)) {}
  // Tells whether there are octets enough to load a whole word.
  [[nodiscard]] bool possible() const { return next_ + sizeof(std::uint64_t) <= coded_.size(); }
  // Returns the first window.
  [[nodiscard]] std::uint64_t first() {
    const std::uint64_t word = load_big_endian(coded_, next_);
    next_ += 7;
    return word << (56 - left_);
  }
  // Fills the window, of which `taken` bits are gone, to 56 bits at least.
  void add(std::uint64_t& window, unsigned taken) {
    left_ -= taken;
    window |= load_big_endian(coded_, next_) >> left_;
    next_ += (63 - left_) / 8;
    left_ |= 56U;
  }

 private:
  wire::Bytes coded_;
  std::size_t next_;  // the first octet of which not all bits are in the window
  unsigned left_;     // bits of the window that are not taken yet
};

// Codes by octet, each as wide as the word it is put into.
consteval std::array<std::uint64_t, kEos> codes_by_octet() {
  std::array<std::uint64_t, kEos> made{};
  for (std::size_t octet = 0; octet < kEos; ++octet) made[octet] = kCode.codes[octet];
  return made;
}

constexpr std::array<std::uint64_t, kEos> kCodes = codes_by_octet();

// Codes at the low end of a word. The lowest `bits` are not written yet.
struct Codes {
  std::uint64_t word = 0;
  unsigned bits = 0;

  void add(std::uint8_t octet) {
    word = word << kCodeBits[octet] | kCodes[octet];
    bits += kCodeBits[octet];
  }
  // Returns the bits, at least 1, at the start of a word in the order of memory.
  [[nodiscard]] std::uint64_t in_memory() const {
    const std::uint64_t top = word << (64 - bits);
    return std::endian::native == std::endian::little ? std::byteswap(top) : top;
  }
};

constexpr std::size_t kGroup = 8;

// Returns the last bits of the codes of `octets`, at most 7: two codes have so many.
std::uint64_t last_codes(wire::Bytes octets) {
  Codes codes;
  for (const std::uint8_t octet : octets.last(std::min<std::size_t>(octets.size(), 2))) {
    codes.add(octet);
  }
  return codes.word;
}

// Writes the whole octets of `codes` to the start of `to`, none if they do not fit.
void write_whole(Codes codes, wire::MutableBytes to) {
  const std::uint64_t word = codes.in_memory();
  if (to.size() >= sizeof(word)) [[likely]] {
    wire::store_word(to, word);
    return;
  }
  const std::size_t octets = codes.bits / 8;
  if (octets > to.size()) return;
  for (std::size_t i = 0; i < octets; ++i) {
    to[i] = static_cast<std::uint8_t>(codes.word >> (codes.bits - 8 * (i + 1)));
  }
}

// Judges the bits behind the last whole code: padding, fewer than 8 ones (RFC 7541 §5.2).
std::optional<Violation> judge_padding(std::uint64_t window, std::size_t left) {
  if (std::countl_one(window) < static_cast<int>(left)) {
    return Violation::hpack_huffman_padding_not_ones;
  }
  if (left >= 8) return Violation::hpack_huffman_padding_too_long;
  return std::nullopt;
}

}  // namespace

std::size_t huffman_encoded_bytes(wire::Bytes octets) {
  std::size_t bits = 0;
  for (const std::uint8_t octet : octets) bits += kCodeBits[octet];
  return (bits + 7) / 8;
}

std::optional<std::size_t> huffman_encode(wire::Bytes octets, wire::MutableBytes to,
                                          std::size_t bytes_max) {
  const std::size_t most = std::min(bytes_max, to.size());
  std::size_t read = 0;
  std::size_t written = 0;
  Codes codes;
  for (;;) {
    std::size_t each = kGroup;
    // Eight octets at a time, while their codes fit a word and the word fits the room.
    while (read + kGroup <= octets.size() && written + kGroup <= to.size()) {
      const unsigned bits = codes.bits;
#pragma GCC unroll 8
      for (std::size_t i = 0; i < kGroup; ++i) codes.add(octets[read + i]);
      if (codes.bits > 64) {
        codes = {last_codes(octets.first(read)), bits};
        each = 2;
        break;
      }
      wire::store_word(to.subspan(written), codes.in_memory());
      read += kGroup;
      written += codes.bits / 8;
      codes.bits %= 8;
    }
    if (read == octets.size()) break;
    // The last octets at once, or eight among which are long codes two by two, or one by one.
    const std::size_t end = std::min(octets.size(), read + kGroup);
    each = std::min(each, end - read);
    while (read != end) {
      const Codes before = codes;
      for (std::size_t i = 0; i < each; ++i) codes.add(octets[read + i]);
      if (codes.bits > 64) {
        codes = before;
        each = 1;
        continue;
      }
      write_whole(codes, to.subspan(written));
      read += each;
      written += codes.bits / 8;
      codes.bits %= 8;
      if (written > most) return std::nullopt;
    }
  }
  if (written > most) return std::nullopt;
  if (codes.bits == 0) return written;
  if (written == most) return std::nullopt;
  // Padded with ones, the start of EOS.
  to[written] = static_cast<std::uint8_t>(codes.word << (8 - codes.bits) | 0xFFU >> codes.bits);
  return written + 1;
}

std::expected<std::size_t, Violation> huffman_decode(wire::Bytes coded, wire::MutableBytes to,
                                                     wire::Work& work) {
  RG_ASSERT(to.size() >= huffman_decode_room(coded.size()));
  const Windows windows(coded);
  std::size_t position = 0;  // in bits
  std::size_t size = 0;
  std::optional<Violation> violation;
  for (;;) {
    Refill refill(coded, position);
    std::uint64_t window = refill.possible() ? refill.first() : windows.at(position);
    Step step = 0;
    for (;;) {
      // 49 bits are there at least, so four steps of 12 need no look at how many.
      Step taken = 0;  // bits, in the low octet
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        step = kSteps[window >> (64U - kTableBits)];
        if (step == 0) [[unlikely]]
          break;
        wire::store_word(to.subspan(size), static_cast<std::uint16_t>(step >> kStepOctets));
        size += step >> kStepCount & 0xFFU;
        window <<= step % 64U;
        taken += step;
      }
      position += taken & 0xFFU;
      if (step == 0 || !refill.possible()) break;
      refill.add(window, taken & 0xFFU);
    }
    if (step != 0 && position <= windows.bits()) continue;
    if (position > windows.bits()) {
      violation = Violation::hpack_huffman_padding_not_ones;
      break;
    }
    const std::size_t left = windows.bits() - position;
    window = windows.at(position);
    const LongSymbol found = left < 8 ? kNoSymbol : long_symbol(window, work);
    if (found.bits > left) {
      violation = judge_padding(window, left);
      break;
    }
    if (found.symbol == kEos) {
      violation = Violation::hpack_huffman_eos;
      break;
    }
    to[size++] = static_cast<std::uint8_t>(found.symbol);
    position += found.bits;
  }
  work.steps += size + 1;
  if (violation) return std::unexpected(*violation);
  return size;
}

}  // namespace regauge::hpack
