// The Huffman code: every symbol, every length of the tail, every fault, against two references.
#include "regauge/hpack/huffman.h"

#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/hpack/huffman_code.h"
#include "tests/hpack/block_bytes.h"
#include "tests/oracle/nghttp2_hpack.h"

namespace regauge::hpack {
namespace {

using Octets = std::vector<std::uint8_t>;

// Collects bits, most significant first.
class Bits {
 public:
  Bits& code(std::size_t symbol) { return add(kCode.codes[symbol], kCodeBits[symbol]); }
  Bits& add(std::uint32_t value, unsigned count) {
    for (unsigned i = count; i > 0; --i) bits_.push_back((value >> (i - 1) & 1U) != 0);
    return *this;
  }
  Bits& pad() {
    while (bits_.size() % 8 != 0) bits_.push_back(true);
    return *this;
  }
  [[nodiscard]] std::size_t size() const { return bits_.size(); }
  [[nodiscard]] Octets octets() const {
    Octets octets(bits_.size() / 8);
    for (std::size_t i = 0; i < octets.size() * 8; ++i) {
      octets[i / 8] = static_cast<std::uint8_t>(octets[i / 8] * 2U + (bits_[i] ? 1U : 0U));
    }
    return octets;
  }

 private:
  std::vector<bool> bits_;
};

// Decodes bit by bit, for clarity only.
std::expected<Octets, Violation> reference_decode(const Octets& coded) {
  Octets decoded;
  std::uint32_t code = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < coded.size() * 8; ++i) {
    code = code << 1U | (std::uint32_t{coded[i / 8]} >> (7 - i % 8) & 1U);
    ++bits;
    for (std::size_t symbol = 0; symbol < kSymbols; ++symbol) {
      if (kCodeBits[symbol] != bits || kCode.codes[symbol] != code) continue;
      if (symbol == kEos) return std::unexpected(Violation::hpack_huffman_eos);
      decoded.push_back(static_cast<std::uint8_t>(symbol));
      code = 0;
      bits = 0;
    }
  }
  if (code != (1U << bits) - 1) return std::unexpected(Violation::hpack_huffman_padding_not_ones);
  if (bits >= 8) return std::unexpected(Violation::hpack_huffman_padding_too_long);
  return decoded;
}

std::expected<Octets, Violation> decode(const Octets& coded) {
  wire::Work work;
  const Octets exact(coded);
  Octets room(huffman_decode_room(coded.size()));
  const auto size = huffman_decode(wire::Bytes(exact), room, work);
  // One look-up for at least 5 bits, and a bounded search for codes of more than 12.
  EXPECT_LE(work.steps, coded.size() * 8 / 5 + 2);
  EXPECT_LE(work.probes, coded.size() * 2 + 8);
  if (!size) return std::unexpected(size.error());
  room.resize(*size);
  return room;
}

Octets encode(const Octets& octets) {
  Octets coded(huffman_encoded_bytes(octets));
  EXPECT_EQ(huffman_encode(octets, coded), coded.size());
  return coded;
}

// Asks nghttp2 by way of a literal.
std::optional<std::string> oracle_decode(const Octets& coded) {
  oracle::Inflater inflater;
  const BlockBytes block = BlockBytes()
                               .octets({0x00, 0x01, 'n'})
                               .integer(0x80, 7, static_cast<std::uint32_t>(coded.size()))
                               .append(coded);
  const auto lines = inflater.decode(block.view());
  if (!lines) return std::nullopt;
  return lines->at(0).value;
}

TEST(Huffman, every_symbol_decodes_to_itself_here_and_in_nghttp2) {  // RFC 7541 Appendix B
  for (std::size_t symbol = 0; symbol < 256; ++symbol) {
    for (std::size_t count = 1; count < 12; ++count) {
      const Octets octets(count, static_cast<std::uint8_t>(symbol));
      const Octets coded = encode(octets);
      EXPECT_EQ(decode(coded), octets) << symbol;
      EXPECT_EQ(oracle_decode(coded), std::string(count, static_cast<char>(symbol))) << symbol;
    }
  }
}

TEST(Huffman, every_pair_of_symbols_survives) {  // RFC 7541 §5.2
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const Octets octets{static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)};
      ASSERT_EQ(decode(encode(octets)), octets);
    }
  }
}

TEST(Huffman, strings_of_every_length_survive_and_match_nghttp2) {  // RFC 7541 §5.2
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    for (int mix = 0; mix < 4; ++mix) {
      Octets octets(size);
      for (auto& octet : octets) {
        octet = static_cast<std::uint8_t>(mix == 0 ? 'a' + random() % 26 : random() % 256);
        if (mix == 3 && random() % 2 == 0) octet = '0';
      }
      const Octets coded = encode(octets);
      ASSERT_EQ(decode(coded), octets);
      ASSERT_EQ(oracle_decode(coded), std::string(octets.begin(), octets.end()));
    }
  }
}

TEST(Huffman, every_cut_of_a_string_is_judged_as_bit_by_bit) {  // RFC 7541 §5.2
  std::mt19937 random(2);
  for (int round = 0; round < 60; ++round) {
    Bits bits;
    while (bits.size() < 300) bits.code(random() % 2 == 0 ? random() % 256 : 'a' + random() % 26);
    Octets whole = bits.pad().octets();
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      const Octets cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      ASSERT_EQ(decode(cut), reference_decode(cut));
    }
  }
}

TEST(Huffman, random_octets_are_judged_as_bit_by_bit_and_by_nghttp2) {  // RFC 7541 §5.2
  std::mt19937 random(3);
  for (int round = 0; round < 20000; ++round) {
    Octets coded(random() % 24);
    for (auto& octet : coded) {
      octet = static_cast<std::uint8_t>(random() % 3 == 0 ? 0xff : random() % 256);
    }
    const auto own = decode(coded);
    ASSERT_EQ(own, reference_decode(coded));
    const auto theirs = oracle_decode(coded);
    ASSERT_EQ(own.has_value(), theirs.has_value());
    if (own) {
      ASSERT_EQ(std::string(own->begin(), own->end()), *theirs);
    }
  }
}

TEST(Huffman, eos_is_an_error_wherever_it_stands) {  // RFC 7541 §5.2
  for (std::size_t before = 0; before < 20; ++before) {
    Bits bits;
    for (std::size_t i = 0; i < before; ++i) bits.code('a');
    EXPECT_EQ(decode(Bits(bits).code(kEos).pad().octets()),
              std::unexpected(Violation::hpack_huffman_eos));
    EXPECT_EQ(decode(bits.code(kEos).code('a').code('b').code('c').pad().octets()),
              std::unexpected(Violation::hpack_huffman_eos));
  }
}

TEST(Huffman, padding_is_up_to_seven_ones) {  // RFC 7541 §5.2
  // Octets of 5-bit codes: 0 to 7 bits of padding come up.
  for (std::size_t count = 0; count < 9; ++count) {
    Bits bits;
    for (std::size_t i = 0; i < count; ++i) bits.code('a');
    EXPECT_EQ(decode(Bits(bits).pad().octets()), Octets(count, 'a'));
    EXPECT_EQ(decode(Bits(bits).pad().add(0xff, 8).octets()),
              std::unexpected(Violation::hpack_huffman_padding_too_long));
    if (bits.size() % 8 == 0) continue;
    const unsigned missing = 8U - static_cast<unsigned>(bits.size() % 8);
    Bits zeros = Bits(bits).add(0, missing);
    if (missing < 5) {  // five zeros are a symbol
      EXPECT_EQ(decode(zeros.octets()), std::unexpected(Violation::hpack_huffman_padding_not_ones));
    }
  }
}

TEST(Huffman, coding_ends_where_there_is_no_more_room) {
  for (const std::string_view text :
       {"a", "abcdefg", "a longer text with spaces", "\n\r\x01\xff"}) {
    const wire::Bytes octets = wire::as_bytes(text);
    const std::size_t whole = huffman_encoded_bytes(octets);
    for (std::size_t size = 0; size <= whole; ++size) {
      Octets exact(size);  // a heap block of its own: one octet too far is seen
      EXPECT_EQ(huffman_encode(octets, exact).has_value(), size == whole) << text << ' ' << size;
    }
  }
}

TEST(Huffman, coding_ends_where_it_would_take_more_than_it_may) {
  for (const std::string_view text :
       {"a", "abcdefg", "a longer text with spaces", "\n\r\x01\xff"}) {
    const wire::Bytes octets = wire::as_bytes(text);
    const std::size_t whole = huffman_encoded_bytes(octets);
    for (std::size_t size = 0; size <= whole; ++size) {
      Octets room(whole + 100);
      EXPECT_EQ(huffman_encode(octets, room, size).has_value(), size == whole) << text << size;
    }
  }
}

TEST(Huffman, coding_leaves_all_but_seven_octets_behind_its_result) {
  for (std::size_t size = 0; size < 64; ++size) {
    const Octets octets(size, 'x');
    Octets room(huffman_encoded_bytes(octets) + 16, 0xee);
    const std::size_t coded = huffman_encode(octets, room).value_or(room.size());
    EXPECT_EQ(coded, huffman_encoded_bytes(octets));
    for (std::size_t i = coded + 7; i < room.size(); ++i) EXPECT_EQ(room[i], 0xee);
  }
}

}  // namespace
}  // namespace regauge::hpack
