#include "regauge/hpack/huffman.h"

#include <array>
#include <bit>
#include <optional>

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

template <typename Word>
std::uint64_t load_big_endian(wire::Bytes from, std::size_t at) {
  auto loaded = wire::load_word<Word>(from.subspan(at));
  if constexpr (std::endian::native == std::endian::little) loaded = std::byteswap(loaded);
  return loaded;
}

// Returns up to 7 octets at the top of a word, and ones below them.
std::uint64_t load_short(wire::Bytes octets) {
  std::uint64_t word = 0;
  if (octets.size() >= 4) {
    word = load_big_endian<std::uint32_t>(octets, 0) << 32U;
    word |= load_big_endian<std::uint32_t>(octets, octets.size() - 4)
            << (64U - 8U * static_cast<unsigned>(octets.size()));
  } else {
    for (std::size_t i = 0; i < octets.size(); ++i) {
      word |= std::uint64_t{octets[i]} << (56U - 8U * static_cast<unsigned>(i));
    }
  }
  return word | kOnes >> (8U * static_cast<unsigned>(octets.size()));
}

// Returns the 8 octets from `at` on, with ones behind the end of the string.
std::uint64_t octets_at(wire::Bytes coded, std::size_t at) {
  if (at + 8 <= coded.size()) [[likely]]
    return load_big_endian<std::uint64_t>(coded, at);
  return at >= coded.size() ? kOnes : load_short(coded.subspan(at));
}

// Codes by octet, at the top of a word.
consteval std::array<std::uint64_t, kEos> top_codes() {
  std::array<std::uint64_t, kEos> made{};
  for (std::size_t octet = 0; octet < kEos; ++octet) {
    made[octet] = std::uint64_t{kCode.codes[octet]} << (64U - kCodeBits[octet]);
  }
  return made;
}

constexpr std::array<std::uint64_t, kEos> kTopCodes = top_codes();

// Joins codes and writes them, four octets at a time.
class CodeWriter {
 public:
  explicit CodeWriter(wire::MutableBytes to) : to_(to), end_(to.size() & ~std::size_t{3}) {}

  // Appends a code. One fits always behind `spill`, and usually four do.
  void add(std::uint8_t octet) {
    pending_ |= kTopCodes[octet] >> (used_ % 64U);
    used_ += kCodeBits[octet];
  }
  // Tells whether codes were lost since the last `spill`.
  [[nodiscard]] bool overfull() const { return used_ > 64; }
  // Writes four octets if they are complete. Returns false if there is no room for them.
  [[nodiscard]] bool spill() {
    if (used_ < 32) return true;
    if (size_ == end_) return false;
    auto word = static_cast<std::uint32_t>(pending_ >> 32U);
    if constexpr (std::endian::native == std::endian::little) word = std::byteswap(word);
    wire::store_word(to_.subspan(size_), word);
    pending_ <<= 32U;
    used_ -= 32;
    size_ += 4;
    return true;
  }
  // Pads with ones, the start of EOS, up to a whole octet. Returns all octets that were written.
  [[nodiscard]] std::optional<std::size_t> finish() {
    const std::size_t octets = (used_ + 7) / 8;
    if (to_.size() - size_ < octets) return std::nullopt;
    pending_ |= kOnes >> used_;
    for (std::size_t i = 0; i < octets; ++i, pending_ <<= 8U) {
      to_[size_ + i] = static_cast<std::uint8_t>(pending_ >> 56U);
    }
    return size_ + octets;
  }

 private:
  wire::MutableBytes to_;
  std::size_t end_;            // behind the last four octets that fit
  std::uint64_t pending_ = 0;  // the top `used_` bits are not written yet
  unsigned used_ = 0;          // at most 32 behind `spill`
  std::size_t size_ = 0;
};

// Holds what is not decoded yet of one string, as if ones without end stood behind it: padding and
// what follows then look like the start of EOS, and no short code is made of them alone.
struct Window {
  std::uint64_t bits = 0;  // at the top the next `have`; below them some that are read again
  unsigned have = 0;
  std::size_t next = 0;  // the octet behind those `have` bits

  void refill(wire::Bytes coded) {
    bits |= octets_at(coded, next) >> have;
    next += (63U - have) / 8U;
    have |= 56U;
  }
  void drop(unsigned count) {
    bits <<= count;
    have -= count;
  }
  // Returns the bits of the string that are left; negative: a code took some from behind its end.
  [[nodiscard]] std::ptrdiff_t left(wire::Bytes coded) const {
    return (static_cast<std::ptrdiff_t>(coded.size()) - static_cast<std::ptrdiff_t>(next)) * 8 +
           static_cast<std::ptrdiff_t>(have);
  }
};

// Judges what is left when no whole code is: padding, fewer than 8 ones (RFC 7541 §5.2).
std::optional<Violation> judge_padding(std::uint64_t bits, std::ptrdiff_t left) {
  if (left < 0 || std::countl_one(bits) < left) return Violation::hpack_huffman_padding_not_ones;
  if (left >= 8) return Violation::hpack_huffman_padding_too_long;
  return std::nullopt;
}

// Decodes a code of more than 12 bits at the top of the window, or tells that the string ends.
struct Rare {
  enum class Kind : std::uint8_t { symbol, end, violation } kind;
  Violation violation;
  LongSymbol found;
};

Rare rare_case(const Window& window, wire::Bytes coded, wire::Work& work) {
  const LongSymbol found = long_symbol(window.bits, work);
  const std::ptrdiff_t left = window.left(coded);
  if (static_cast<std::ptrdiff_t>(found.bits) > left) [[unlikely]] {
    const std::optional<Violation> violation = judge_padding(window.bits, left);
    return {violation ? Rare::Kind::violation : Rare::Kind::end, violation.value_or(Violation{}),
            found};
  }
  if (found.symbol == kEos) [[unlikely]] {
    return {Rare::Kind::violation, Violation::hpack_huffman_eos, found};
  }
  return {Rare::Kind::symbol, {}, found};
}

}  // namespace

std::size_t huffman_encoded_bytes(wire::Bytes octets) {
  std::size_t bits = 0;
  for (const std::uint8_t octet : octets) bits += kCodeBits[octet];
  return (bits + 7) / 8;
}

std::optional<std::size_t> huffman_encode(wire::Bytes octets, wire::MutableBytes to) {
  CodeWriter writer(to);
  std::size_t at = 0;
  for (const std::size_t groups_end = octets.size() & ~std::size_t{3}; at != groups_end; at += 4) {
    const CodeWriter before = writer;
    writer.add(octets[at]);
    writer.add(octets[at + 1]);
    writer.add(octets[at + 2]);
    writer.add(octets[at + 3]);
    if (writer.overfull()) [[unlikely]] {
      writer = before;
      for (std::size_t i = 0; i < 4; ++i) {
        writer.add(octets[at + i]);
        if (!writer.spill()) return std::nullopt;
      }
    }
    if (!writer.spill()) return std::nullopt;
  }
  for (; at != octets.size(); ++at) {
    writer.add(octets[at]);
    if (!writer.spill()) return std::nullopt;
  }
  return writer.finish();
}

std::expected<std::size_t, Violation> huffman_decode(wire::Bytes coded, wire::MutableBytes to,
                                                     wire::Work& work) {
  RG_ASSERT(to.size() >= huffman_decode_room(coded.size()));
  Window window;
  std::size_t size = 0;
  std::uint64_t steps = 0;
  for (;;) {
    window.refill(coded);
    // 56 bits are there at least, so four steps of 12 need no look at how many.
    Step step;
    for (int i = 0; i < 4; ++i) {
      step = kSteps[window.bits >> (64U - kTableBits)];
      ++steps;
      if (step.count == 0) [[unlikely]]
        break;
      wire::copy_bytes(to.subspan(size), step.symbols);
      size += step.count;
      window.drop(step.bits);
    }
    if (step.count != 0) {
      if (window.left(coded) >= 0) continue;
      work.steps += steps;
      return std::unexpected(Violation::hpack_huffman_padding_not_ones);
    }
    if (window.have < kCodeBitsMax) window.refill(coded);
    const Rare rare = rare_case(window, coded, work);
    if (rare.kind != Rare::Kind::symbol) {
      work.steps += steps;
      if (rare.kind == Rare::Kind::violation) return std::unexpected(rare.violation);
      return size;
    }
    to[size++] = static_cast<std::uint8_t>(rare.found.symbol);
    window.drop(rare.found.bits);
  }
}

}  // namespace regauge::hpack
