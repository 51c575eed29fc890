// hpack_int_huff: integers and Huffman strings are read as a reader of single bits reads them, and
// what is written is read as it was (RFC 7541 §5.1, §5.2).
//
// Input: any octets. They are taken as an integer of each prefix, as a coded string, as octets to
// be coded, and four at a time as numbers to be written.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fuzz/fuzz_input.h"
#include "fuzz/huffman_reader.h"
#include "regauge/hpack/huffman.h"
#include "regauge/hpack/integer.h"

namespace {

using regauge::fuzz::check;
using regauge::wire::Bytes;
namespace hpack = regauge::hpack;
namespace wire = regauge::wire;

constexpr std::string_view kOracle = "hpack_int_huff";
constexpr std::size_t kLongestInteger = 6;

// An integer as RFC 7541 §5.1 adds it up, and how many octets it took.
struct Sum {
  std::uint64_t value = 0;
  std::size_t octets = 0;
};

// Nothing: the integer does not end, not within six octets, or is above 2^32 - 1.
std::optional<Sum> sum_of(Bytes octets, unsigned prefix_bits) {
  if (octets.empty()) return std::nullopt;
  const std::uint64_t most = (std::uint64_t{1} << prefix_bits) - 1;
  Sum sum{octets[0] & most, 1};
  if (sum.value < most) return sum;
  std::uint64_t weight = 1;
  for (; sum.octets < std::min(octets.size(), kLongestInteger); weight *= 128) {
    const std::uint8_t octet = octets[sum.octets++];
    sum.value += (octet % 128) * weight;
    if (sum.value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    if (octet < 128) return sum;
  }
  return std::nullopt;
}

void check_written(std::uint32_t value, unsigned prefix_bits) {
  std::array<std::uint8_t, kLongestInteger> room{};
  const std::uint8_t pattern = prefix_bits == 8 ? 0 : 0x80;
  wire::Writer writer{wire::MutableBytes(room)};
  hpack::write_integer(writer, pattern, prefix_bits, value);
  check(!writer.overflowed(), kOracle, "an integer has at most six octets");
  check(writer.size() == hpack::integer_octets(prefix_bits, value), kOracle,
        "an integer has the octets that were announced");
  const auto sum = sum_of(writer.written(), prefix_bits);
  check(sum && sum->value == value && sum->octets == writer.size(), kOracle,
        "what is written adds up to the integer");
  check((writer.written()[0] & pattern) == pattern, kOracle, "the bits before the prefix are kept");
}

void check_integers(Bytes input) {
  for (unsigned prefix_bits = 1; prefix_bits <= 8; ++prefix_bits) {
    const auto sum = sum_of(input, prefix_bits);
    if (!input.empty()) {
      wire::Reader reader(input);
      const std::uint8_t first = *reader.u8();
      const auto read = hpack::read_integer(reader, first, prefix_bits);
      check(read.has_value() == sum.has_value(), kOracle, "both read an integer, or none");
      if (read) {
        check(*read == sum->value, kOracle, "both read the same integer");
        check(input.size() - reader.left() == sum->octets, kOracle, "both take the same octets");
        check(hpack::integer_octets(prefix_bits, *read) <= sum->octets, kOracle,
              "the shortest form is not longer");
      }
    }
    std::uint32_t value = 0;
    for (const std::uint8_t octet : input.first(std::min<std::size_t>(input.size(), 16))) {
      value = value << 8U | octet;
      check_written(value, prefix_bits);
    }
  }
}

void check_decoding(Bytes coded, const regauge::fuzz::HuffmanReader& plain) {
  // Exactly the room that is asked for: a sanitizer sees an octet too much.
  const std::size_t size = hpack::huffman_decode_room(coded.size());
  const auto room = std::make_unique<std::uint8_t[]>(size);
  wire::Work work;
  const auto decoded = hpack::huffman_decode(coded, wire::MutableBytes(room.get(), size), work);
  const auto expected = plain.decode(coded);
  check(decoded.has_value() == expected.has_value(), kOracle, "both decode, or both refuse");
  check(work.steps <= coded.size() * 8 / 5 + 2, kOracle, "law of steps");
  if (!decoded) return;
  const Bytes octets(room.get(), *decoded);
  check(wire::as_text(octets) == *expected, kOracle, "both decode to the same octets");
  check(hpack::huffman_encoded_bytes(octets) == coded.size(), kOracle,
        "a string has one code and no other");
}

void check_encoding(Bytes octets, const regauge::fuzz::HuffmanReader& plain) {
  const auto expected = plain.encode(octets);
  const std::size_t size = hpack::huffman_encoded_bytes(octets);
  check(size == expected.size(), kOracle, "the length of the code is known before");
  const auto room = std::make_unique<std::uint8_t[]>(size);
  const auto written = hpack::huffman_encode(octets, wire::MutableBytes(room.get(), size));
  check(written == size, kOracle, "the code has the length that was announced");
  check(std::ranges::equal(Bytes(room.get(), size), expected), kOracle,
        "the code is that of single bits");
  if (size == 0) return;
  const auto less = std::make_unique<std::uint8_t[]>(size - 1);
  check(!hpack::huffman_encode(octets, wire::MutableBytes(less.get(), size - 1)), kOracle,
        "a code that does not fit is not written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const regauge::fuzz::HuffmanReader kPlain;
  const Bytes input(data, size);
  check_integers(input);
  check_decoding(input, kPlain);
  check_encoding(input, kPlain);
  return 0;
}
