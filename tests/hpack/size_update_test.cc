// Table size updates: where they may stand, how large, how many, and when one is owed.
#include <vector>

#include <gtest/gtest.h>

#include "tests/hpack/block_bytes.h"

namespace regauge::hpack {
namespace {

using Lines = std::vector<Line>;
using Refused = std::unexpected<Violation>;

TEST(SizeUpdate, up_to_the_limit_is_applied_and_evicts) {  // RFC 7541 §4.3
  Receiver receiver;
  ASSERT_TRUE(receiver.decode(BlockBytes()
                                  .literal(Literal::with_indexing, "a", "1")
                                  .literal(Literal::with_indexing, "b", "2")));
  EXPECT_EQ(receiver.decode(BlockBytes().size_update(67).indexed(62)), (Lines{{"b", "2"}}));
  EXPECT_EQ(receiver.decoder.table().entry_count(), 1U);
  EXPECT_EQ(receiver.decode(BlockBytes().size_update(4096)), Lines());
  EXPECT_EQ(receiver.decoder.table().max_bytes(), 4096U);
}

TEST(SizeUpdate, above_the_limit_is_refused) {  // RFC 7541 §6.3
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes().size_update(4097)),
            Refused(Violation::hpack_size_update_too_large));
  Receiver raised;
  raised.decoder.set_table_limit(10000);
  EXPECT_EQ(raised.decode(BlockBytes().size_update(10000)), Lines());
  EXPECT_EQ(raised.decode(BlockBytes().size_update(10001)),
            Refused(Violation::hpack_size_update_too_large));
}

TEST(SizeUpdate, behind_a_field_line_is_refused) {  // RFC 7541 §4.2
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes().indexed(2).size_update(0)),
            Refused(Violation::hpack_size_update_not_at_start));
}

TEST(SizeUpdate, more_than_the_limit_allows_in_a_block_are_refused) {  // RFC 7541 §4.2
  Receiver receiver(4);
  EXPECT_EQ(
      receiver.decode(BlockBytes().size_update(0).size_update(9).size_update(1).size_update(4096)),
      Lines());
  EXPECT_EQ(
      receiver.decode(
          BlockBytes().size_update(0).size_update(1).size_update(2).size_update(3).size_update(4)),
      Refused(Violation::hpack_size_update_count));
}

TEST(SizeUpdate, is_owed_after_the_limit_was_reduced_below_the_size_in_use) {  // RFC 9113 §4.3.1
  const std::vector<BlockBytes> silent{BlockBytes().indexed(2), BlockBytes(),
                                       BlockBytes().literal(Literal::with_indexing, "n", "v")};
  for (const BlockBytes& block : silent) {
    Receiver receiver;
    receiver.decoder.set_table_limit(100);
    EXPECT_EQ(receiver.decode(block), Refused(Violation::hpack_size_update_missing));
  }
  Receiver receiver;
  receiver.decoder.set_table_limit(100);
  EXPECT_EQ(receiver.decode(BlockBytes().size_update(100).indexed(2)), (Lines{{":method", "GET"}}));
  EXPECT_EQ(receiver.decode(BlockBytes().indexed(2)), (Lines{{":method", "GET"}}));
}

TEST(SizeUpdate, must_first_reach_the_smallest_limit_of_several) {  // RFC 7541 §4.2
  Receiver only_final;
  only_final.decoder.set_table_limit(0);
  only_final.decoder.set_table_limit(4096);
  EXPECT_EQ(only_final.decode(BlockBytes().size_update(4096).indexed(2)),
            Refused(Violation::hpack_size_update_missing));
  Receiver both;
  both.decoder.set_table_limit(0);
  both.decoder.set_table_limit(4096);
  EXPECT_EQ(both.decode(BlockBytes().size_update(0).size_update(4096).indexed(2)),
            (Lines{{":method", "GET"}}));
}

TEST(SizeUpdate, is_not_owed_when_the_size_in_use_is_small_already) {  // RFC 9113 §4.3.1
  Receiver receiver;
  ASSERT_TRUE(receiver.decode(BlockBytes().size_update(50)));
  receiver.decoder.set_table_limit(100);
  EXPECT_EQ(receiver.decode(BlockBytes().indexed(2)), (Lines{{":method", "GET"}}));
  EXPECT_EQ(receiver.decode(BlockBytes().size_update(101)),
            Refused(Violation::hpack_size_update_too_large));
}

TEST(SizeUpdate, until_the_peer_obeys_the_old_table_stands) {  // RFC 7541 §4.2
  Receiver receiver;
  ASSERT_TRUE(receiver.decode(BlockBytes().literal(Literal::with_indexing, "n", "v")));
  receiver.decoder.set_table_limit(0);
  EXPECT_EQ(receiver.decoder.table().entry_count(), 1U);
  EXPECT_EQ(receiver.decode(BlockBytes().size_update(0).indexed(2)), (Lines{{":method", "GET"}}));
  EXPECT_EQ(receiver.decoder.table().entry_count(), 0U);
}

}  // namespace
}  // namespace regauge::hpack
