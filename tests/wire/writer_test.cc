#include "regauge/wire/writer.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/wire/reader.h"

namespace regauge::wire {
namespace {

TEST(Writer, integers_are_written_most_significant_octet_first) {  // RFC 9113 §2.2
  std::array<std::uint8_t, 10> room{};
  Writer writer{MutableBytes(room)};
  writer.u8(0x01);
  writer.u16(0x0203);
  writer.u24(0x040506);
  writer.u32(0xf708090a);
  EXPECT_EQ(room, (std::array<std::uint8_t, 10>{1, 2, 3, 4, 5, 6, 0xf7, 8, 9, 10}));
  EXPECT_EQ(writer.left(), 0U);
  EXPECT_FALSE(writer.overflowed());
}

TEST(Writer, of_24_bits_only_the_low_ones_are_written) {
  std::array<std::uint8_t, 3> room{};
  Writer writer{MutableBytes(room)};
  writer.u24(0xff010203);
  EXPECT_EQ(room, (std::array<std::uint8_t, 3>{1, 2, 3}));
}

TEST(Writer, what_a_writer_wrote_a_reader_reads) {
  std::array<std::uint8_t, 16> room{};
  for (const std::uint32_t value : {0U, 1U, 0x7fU, 0x80U, 0xffffU, 0xffffffU}) {
    Writer writer{MutableBytes(room)};
    writer.u24(value);
    writer.u32(value * 3);
    writer.text("ab");
    Reader reader{writer.written()};
    EXPECT_EQ(reader.u24(), value);
    EXPECT_EQ(reader.u32(), value * 3);
    EXPECT_EQ(as_text(reader.rest()), "ab");
  }
}

TEST(Writer, what_does_not_fit_is_not_written_at_all) {
  std::array<std::uint8_t, 3> room{9, 9, 9};
  Writer writer{MutableBytes(room)};
  writer.u32(0x01020304);
  EXPECT_TRUE(writer.overflowed());
  EXPECT_EQ(writer.size(), 0U);
  writer.text("four");
  EXPECT_EQ(room, (std::array<std::uint8_t, 3>{9, 9, 9}));
}

TEST(Writer, an_overflow_is_remembered_although_later_writes_fit) {
  std::array<std::uint8_t, 3> room{};
  Writer writer{MutableBytes(room)};
  writer.text("four");
  writer.text("two");
  EXPECT_EQ(as_text(writer.written()), "two");
  EXPECT_TRUE(writer.overflowed());
}

TEST(Writer, room_that_was_lent_counts_once_committed) {
  std::array<std::uint8_t, 4> room{};
  Writer writer{MutableBytes(room)};
  writer.u8('a');
  copy_bytes(writer.room(), as_bytes("bcd"));
  writer.commit(2);
  EXPECT_EQ(as_text(writer.written()), "abc");
  EXPECT_EQ(writer.left(), 1U);
}

TEST(Writer, a_buffer_of_no_octets_takes_empty_text_only) {
  Writer writer{MutableBytes()};
  writer.text("");
  EXPECT_FALSE(writer.overflowed());
  writer.u8(1);
  EXPECT_TRUE(writer.overflowed());
}

}  // namespace
}  // namespace regauge::wire
