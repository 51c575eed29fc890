// Each rule of RFC 7541 that a peer can break or must be allowed to use.
#include "regauge/hpack/decoder.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/hpack/block_bytes.h"

namespace regauge::hpack {
namespace {

using Lines = std::vector<Line>;
using Refused = std::unexpected<Violation>;

constexpr auto kInsert = Literal::with_indexing;

TEST(Decoder, an_empty_block_has_no_lines) {  // RFC 7541 §3.1
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes()), Lines());
}

TEST(Decoder, index_zero_is_refused) {  // RFC 7541 §6.1
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes().indexed(0)), Refused(Violation::hpack_index_zero));
}

TEST(Decoder, an_index_behind_the_table_is_refused) {  // RFC 7541 §2.3.3
  for (const std::uint32_t index : {62U, 63U, 127U, 65536U, 4294967295U}) {
    Receiver line;
    EXPECT_EQ(line.decode(BlockBytes().indexed(index)),
              Refused(Violation::hpack_index_out_of_range));
    Receiver name;
    EXPECT_EQ(name.decode(BlockBytes().literal(kInsert, index, "v")),
              Refused(Violation::hpack_index_out_of_range));
  }
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes().literal(kInsert, "n", "v").indexed(62)),
            (Lines{{"n", "v"}, {"n", "v"}}));
  EXPECT_EQ(receiver.decode(BlockBytes().indexed(63)),
            Refused(Violation::hpack_index_out_of_range));
}

TEST(Decoder, an_integer_above_32_bits_is_refused) {  // RFC 7541 §5.1
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes().octets({0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})),
            Refused(Violation::hpack_integer_overflow));
  Receiver next;
  // 127 + 4294967168 + 1 = 2^32.
  EXPECT_EQ(next.decode(BlockBytes().octets({0xff, 0x81, 0xff, 0xff, 0xff, 0x0f})),
            Refused(Violation::hpack_integer_overflow));
}

TEST(Decoder, an_integer_of_too_many_octets_is_refused) {  // RFC 7541 §5.1
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes().octets({0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00})),
            Refused(Violation::hpack_integer_too_many_octets));
}

TEST(Decoder, an_integer_may_be_longer_than_needed) {  // RFC 7541 §5.1
  Receiver receiver;
  receiver.decoder.set_table_limit(65536);
  // 31 as a size update, with three groups of zeros behind it.
  EXPECT_EQ(receiver.decode(BlockBytes().octets({0x3f, 0x80, 0x80, 0x80, 0x00, 0x82})),
            (Lines{{":method", "GET"}}));
  EXPECT_EQ(receiver.decoder.table().max_bytes(), 31U);
}

TEST(Decoder, a_string_longer_than_the_block_is_refused) {  // RFC 7541 §5.2
  for (const int length : {0x02, 0x7e, 0x82, 0xfe}) {
    Receiver receiver;
    EXPECT_EQ(receiver.decode(BlockBytes().octets({0x40, length, 'a'})),
              Refused(Violation::hpack_string_overrun));
  }
}

TEST(Decoder, a_block_cut_anywhere_inside_a_representation_is_refused) {  // RFC 9113 §4.3
  const BlockBytes block = BlockBytes().literal(kInsert, "name", "value", Coding::huffman);
  for (std::size_t size = 1; size < block.view().size(); ++size) {
    Receiver receiver;
    const auto lines = receiver.decode(block.view().first(size));
    ASSERT_FALSE(lines);
    EXPECT_TRUE(lines.error() == Violation::hpack_block_truncated ||
                lines.error() == Violation::hpack_string_overrun);
  }
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes().octets({0xff})),
            Refused(Violation::hpack_block_truncated));
  Receiver next;
  EXPECT_EQ(next.decode(BlockBytes().octets({0xff, 0x80})),
            Refused(Violation::hpack_block_truncated));
}

TEST(Decoder, faults_of_a_huffman_string_are_named) {  // RFC 7541 §5.2
  Receiver eos;
  EXPECT_EQ(eos.decode(BlockBytes().octets({0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00})),
            Refused(Violation::hpack_huffman_eos));
  Receiver padding;
  EXPECT_EQ(padding.decode(BlockBytes().octets({0x00, 0x82, 0x1f, 0xff, 0x00})),
            Refused(Violation::hpack_huffman_padding_too_long));
  Receiver zeros;
  EXPECT_EQ(zeros.decode(BlockBytes().octets({0x00, 0x81, 0x18, 0x00})),
            Refused(Violation::hpack_huffman_padding_not_ones));
}

TEST(Decoder, the_first_fault_in_reading_order_is_reported) {
  Receiver receiver;  // a bad name, and behind it a value that is too long
  EXPECT_EQ(receiver.decode(BlockBytes().octets({0x00, 0x82, 0x1f, 0xff, 0x7e})),
            Refused(Violation::hpack_huffman_padding_too_long));
}

TEST(Decoder, an_error_is_final) {  // RFC 9113 §4.3
  Receiver receiver;
  EXPECT_FALSE(receiver.decode(BlockBytes().indexed(2).indexed(0)));
  EXPECT_EQ(receiver.decode(BlockBytes().indexed(2)), Refused(Violation::hpack_index_zero));
  FieldArena arena;
  const auto again = receiver.decoder.decode({}, arena);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().offset, 1U);
}

TEST(Decoder, a_never_indexed_line_keeps_its_mark) {  // RFC 7541 §6.2.3
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes()
                                .literal(Literal::never, 23, "secret")
                                .literal(Literal::without_indexing, 23, "open")),
            (Lines{{"authorization", "secret", true}, {"authorization", "open", false}}));
}

TEST(Decoder, an_oversized_entry_empties_the_table) {  // RFC 7541 §4.4
  Receiver receiver;
  const std::string large(4096, 'x');
  EXPECT_TRUE(receiver.decode(BlockBytes().literal(kInsert, "a", "b")));
  EXPECT_EQ(receiver.decode(BlockBytes().literal(kInsert, "n", large)), (Lines{{"n", large}}));
  EXPECT_EQ(receiver.decoder.table().entry_count(), 0U);
}

TEST(Decoder, a_name_may_be_that_of_the_entry_which_its_own_insertion_evicts) {  // RFC 7541 §4.4
  Receiver receiver;
  receiver.decoder.set_table_limit(100);
  const std::string name(60, 'n');
  ASSERT_TRUE(receiver.decode(BlockBytes().size_update(100).literal(kInsert, name, "1")));
  for (const std::string value : {"22", "333", "4444", "", "55555555"}) {
    EXPECT_EQ(receiver.decode(BlockBytes().literal(kInsert, 62, value)), (Lines{{name, value}}));
    EXPECT_EQ(entries_of(receiver.decoder.table()), (Lines{{name, value}}));
  }
}

TEST(Decoder, lines_of_a_batch_outlive_the_entries_they_came_from) {
  Decoder decoder;
  FieldArena arena;
  const BlockBytes first = BlockBytes().literal(kInsert, "name", "value").indexed(62);
  const BlockBytes second =
      BlockBytes().size_update(0).size_update(4096).literal(kInsert, "other", "thing");
  const auto one = decoder.decode(first.view(), arena);
  const auto two = decoder.decode(second.view(), arena);
  ASSERT_TRUE(one);
  ASSERT_TRUE(two);
  EXPECT_EQ(lines_of(one->lines), (Lines{{"name", "value"}, {"name", "value"}}));
  EXPECT_EQ(lines_of(two->lines), (Lines{{"other", "thing"}}));
}

TEST(Decoder, known_names_carry_their_id) {
  Decoder decoder;
  FieldArena arena;
  const BlockBytes block = BlockBytes()
                               .literal(kInsert, "grpc-status", "0")
                               .indexed(62)
                               .literal(Literal::without_indexing, 62, "1")
                               .literal(Literal::never, "te", "trailers", Coding::huffman)
                               .indexed(2)
                               .indexed(16);
  const auto decoded = decoder.decode(block.view(), arena);
  ASSERT_TRUE(decoded);
  using http::FieldId;
  const std::vector<FieldId> expected{FieldId::grpc_status, FieldId::grpc_status,
                                      FieldId::grpc_status, FieldId::te,
                                      FieldId::unknown,     FieldId::accept_encoding};
  ASSERT_EQ(decoded->lines.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(decoded->lines[i].id, expected[i]);
}

int names_judged = 0;

Mark judge_name(std::string_view name, http::FieldId) {
  ++names_judged;
  return name.starts_with('X') ? Mark{0x80} : Mark{0};
}

Mark judge_value(std::string_view value, http::FieldId, Mark name_mark) {
  return static_cast<Mark>(name_mark | value.size());
}

TEST(Decoder, octets_are_judged_once_and_entries_keep_their_marks) {
  const LineCheck check = line_check(&judge_name, &judge_value);
  names_judged = 0;
  Decoder decoder(4, check);
  FieldArena arena;
  const BlockBytes block = BlockBytes()
                               .indexed(2)
                               .literal(kInsert, "X", "12345", Coding::huffman)
                               .indexed(62)
                               .literal(Literal::never, 62, "12")
                               .literal(kInsert, 2, "PUT!")
                               .literal(kInsert, 63, "");
  const auto decoded = decoder.decode(block.view(), arena);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::vector<int>(decoded->marks.begin(), decoded->marks.end()),
            (std::vector<int>{3, 0x85, 0x85, 0x82, 4, 0x80}));
  EXPECT_EQ(names_judged, 1);
}

TEST(Decoder, a_long_name_is_shared_by_the_entries_that_refer_to_it) {  // RFC 7541 §6.2.1
  Receiver receiver;
  const std::string name(1500, 'n');
  ASSERT_TRUE(receiver.decode(BlockBytes().literal(kInsert, name, "0")));
  const std::uint64_t copies_before = receiver.decoder.work().copies;
  for (int i = 1; i < 500; ++i) {
    const std::string value = std::to_string(i);
    const BlockBytes block = BlockBytes().literal(kInsert, 62, value);
    ASSERT_EQ(receiver.decode(block, kDiscardLines), Lines());
    ASSERT_EQ(receiver.decoder.table().entry_count(), 2U);
  }
  EXPECT_LE(receiver.decoder.work().copies - copies_before, 500U * 8U);
  EXPECT_EQ(receiver.decode(BlockBytes().indexed(62).literal(Literal::never, 63, "x")),
            (Lines{{name, "499"}, {name, "x", true}}));
}

}  // namespace
}  // namespace regauge::hpack
