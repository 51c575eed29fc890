// Prefixed integers: every prefix, every edge, both ways (RFC 7541 §5.1).
#include "regauge/hpack/integer.h"

#include <array>

#include <gtest/gtest.h>

namespace regauge::hpack {
namespace {

std::expected<std::uint32_t, Violation> read(wire::Bytes octets, unsigned prefix_bits) {
  wire::Reader reader(octets.subspan(1));
  auto value = read_integer(reader, octets[0], prefix_bits);
  if (value) {
    EXPECT_TRUE(reader.empty());
  }
  return value;
}

TEST(Integer, what_is_written_is_read_for_every_prefix) {
  for (unsigned bits = 1; bits <= 8; ++bits) {
    for (std::uint64_t base : {0ULL, 1ULL << bits, 1ULL << 14U, 1ULL << 21U, 1ULL << 28U,
                               0xffffffffULL, 65536ULL, 4096ULL}) {
      for (int delta = -2; delta <= 2; ++delta) {
        const auto value = static_cast<std::uint32_t>(base + static_cast<std::uint64_t>(delta));
        std::array<std::uint8_t, 8> room{};
        wire::Writer writer{wire::MutableBytes(room)};
        write_integer(writer, 0, bits, value);
        EXPECT_FALSE(writer.overflowed());
        EXPECT_EQ(read(writer.written(), bits), value);
      }
    }
  }
}

TEST(Integer, the_bits_above_the_prefix_are_kept_apart) {
  std::array<std::uint8_t, 8> room{};
  wire::Writer writer{wire::MutableBytes(room)};
  write_integer(writer, 0xa0, 5, 1337);
  EXPECT_EQ(room[0], 0xbf);
  EXPECT_EQ(read(writer.written(), 5), 1337U);
}

TEST(Integer, the_largest_value_is_2_to_the_32_minus_1) {
  EXPECT_EQ(read(std::array<std::uint8_t, 6>{0x1f, 0xe0, 0xff, 0xff, 0xff, 0x0f}, 5), 0xffffffffU);
  EXPECT_EQ(read(std::array<std::uint8_t, 6>{0x1f, 0xe1, 0xff, 0xff, 0xff, 0x0f}, 5),
            std::unexpected(Violation::hpack_integer_overflow));
  EXPECT_EQ(read(std::array<std::uint8_t, 6>{0x1f, 0xff, 0xff, 0xff, 0xff, 0x7f}, 5),
            std::unexpected(Violation::hpack_integer_overflow));
}

TEST(Integer, at_most_five_octets_follow_the_prefix) {
  EXPECT_EQ(read(std::array<std::uint8_t, 6>{0x1f, 0x80, 0x80, 0x80, 0x80, 0x00}, 5), 31U);
  EXPECT_EQ(read(std::array<std::uint8_t, 7>{0x1f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, 5),
            std::unexpected(Violation::hpack_integer_too_many_octets));
}

TEST(Integer, one_that_does_not_end_is_truncated) {
  EXPECT_EQ(read(std::array<std::uint8_t, 1>{0x1f}, 5),
            std::unexpected(Violation::hpack_block_truncated));
  EXPECT_EQ(read(std::array<std::uint8_t, 3>{0x1f, 0x80, 0x80}, 5),
            std::unexpected(Violation::hpack_block_truncated));
}

}  // namespace
}  // namespace regauge::hpack
