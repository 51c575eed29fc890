#include "regauge/wire/reader.h"

#include <array>
#include <bit>
#include <vector>

#include <gtest/gtest.h>

namespace regauge::wire {
namespace {

using Octets = std::vector<std::uint8_t>;

TEST(Reader, integers_are_read_most_significant_octet_first) {  // RFC 9113 §2.2
  const Octets octets{0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0xf7, 0x08, 0x09, 0x0a};
  Reader reader{Bytes(octets)};
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u24(), 0x040506U);
  EXPECT_EQ(reader.u32(), 0xf708090aU);
  EXPECT_TRUE(reader.empty());
}

TEST(Reader, an_integer_that_is_cut_moves_nothing) {
  const Octets octets{0xaa, 0xbb, 0xcc};
  for (std::size_t left = 0; left < 4; ++left) {
    Reader reader{Bytes(octets).first(left)};
    EXPECT_EQ(reader.u32(), std::nullopt);
    EXPECT_EQ(reader.u24().has_value(), left == 3);
    Reader two{Bytes(octets).first(left)};
    EXPECT_EQ(two.u16().has_value(), left >= 2);
    Reader one{Bytes(octets).first(left)};
    EXPECT_EQ(one.u8().has_value(), left >= 1);
    EXPECT_EQ(one.left(), left >= 1 ? left - 1 : 0);
  }
}

TEST(Reader, take_views_the_octets_and_moves_behind_them) {
  const Octets octets{1, 2, 3, 4, 5};
  Reader reader{Bytes(octets)};
  const auto taken = reader.take(3);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->data(), octets.data());
  EXPECT_EQ(taken->size(), 3U);
  EXPECT_EQ(reader.rest().data(), octets.data() + 3);
  EXPECT_EQ(reader.left(), 2U);
}

TEST(Reader, taking_more_than_is_left_moves_nothing) {
  const Octets octets{1, 2};
  Reader reader{Bytes(octets)};
  EXPECT_FALSE(reader.take(3));
  EXPECT_FALSE(reader.take(SIZE_MAX));
  EXPECT_EQ(reader.left(), 2U);
  EXPECT_TRUE(reader.take(2));
  EXPECT_TRUE(reader.take(0));
  EXPECT_FALSE(reader.take(1));
}

TEST(Reader, an_empty_view_has_no_octet) {
  Reader reader{Bytes()};
  EXPECT_TRUE(reader.empty());
  EXPECT_FALSE(reader.u8());
  EXPECT_TRUE(reader.take(0));
}

TEST(Bytes, text_and_octets_are_views_of_the_same_memory) {
  constexpr std::string_view kText = "a\xff\0b";
  const Bytes octets = as_bytes(kText);
  EXPECT_EQ(octets[1], 0xff);
  EXPECT_EQ(as_text(octets).data(), kText.data());
  EXPECT_EQ(as_text(octets), kText);
}

TEST(Bytes, copying_nothing_from_nowhere_is_allowed) {
  std::array<std::uint8_t, 2> to{7, 8};
  copy_bytes(to, {});
  EXPECT_EQ(to[0], 7);
}

TEST(Bytes, words_are_loaded_and_stored_in_the_order_of_the_machine) {
  std::array<std::uint8_t, 8> octets{};
  store_word<std::uint64_t>(octets, 0x0102030405060708U);
  EXPECT_EQ(load_word<std::uint64_t>(octets), 0x0102030405060708U);
  const std::uint32_t low = std::endian::native == std::endian::little ? 0x05060708U : 0x01020304U;
  EXPECT_EQ(load_word<std::uint32_t>(octets), low);
}

}  // namespace
}  // namespace regauge::wire
