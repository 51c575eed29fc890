#include "regauge/wire/slab.h"

#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/wire/counting_slabs.h"

namespace regauge::wire {
namespace {

TEST(Slab, its_octets_are_writable_and_as_many_as_were_asked_for) {
  CountingSlabs source;
  Slab* slab = allocate_slab(source, 100);
  ASSERT_NE(slab, nullptr);
  EXPECT_EQ(slab->capacity(), 100U);
  EXPECT_EQ(slab->octets().size(), 100U);
  for (std::uint8_t& octet : slab->octets()) octet = 0x5a;
  EXPECT_EQ(slab->octets()[99], 0x5a);
  slab->release();
  EXPECT_EQ(source.recycled, 1);
}

TEST(Slab, the_last_reference_gives_it_back) {
  CountingSlabs source;
  Slab* slab = allocate_slab(source, 8);
  EXPECT_TRUE(slab->unique());
  slab->retain();
  EXPECT_FALSE(slab->unique());
  slab->release();
  EXPECT_EQ(source.recycled, 0);
  EXPECT_TRUE(slab->unique());
  slab->release();
  EXPECT_EQ(source.recycled, 1);
}

TEST(Slice, each_copy_holds_the_slab) {
  CountingSlabs source;
  Slab* slab = allocate_slab(source, 8);
  {
    Slice first(*slab, slab->octets());
    slab->release();
    Slice second = first;
    first = Slice();
    EXPECT_EQ(source.recycled, 0);
    EXPECT_EQ(second.size(), 8U);
  }
  EXPECT_EQ(source.recycled, 1);
}

TEST(Slice, short_ones_that_wait_leave_the_buffer_they_came_in) {
  CountingSlabs source;
  Slab* slab = allocate_slab(source, 6000);
  for (std::size_t i = 0; i < 6000; ++i) slab->octets()[i] = static_cast<std::uint8_t>(i);
  const Slice all(*slab, slab->octets());
  slab->release();
  std::vector<Slice> waiting{all.sub(0, 1)};
  for (std::size_t i = 1; i < 6000; ++i) {
    Slice next = all.sub(i, 1);
    if (!waiting.back().gather(next)) waiting.push_back(std::move(next));
  }
  EXPECT_EQ(waiting.size(), 3U) << "the first, and two buffers of 4096 octets";
  std::size_t octets = 0;
  for (const Slice& slice : waiting) {
    EXPECT_EQ(slice.slab() == slab, octets == 0);
    for (const std::uint8_t octet : slice.bytes()) {
      ASSERT_EQ(octet, static_cast<std::uint8_t>(octets++));
    }
  }
  EXPECT_EQ(octets, 6000U);
}

TEST(Slice, gathers_nothing_behind_octets_that_others_see) {
  Slice first = Slice::copy_of(as_bytes("ab"), 100);
  const Slice other = first;
  Slice next = Slice::copy_of(as_bytes("cd"));
  EXPECT_FALSE(first.gather(next));
  EXPECT_EQ(as_text(first.bytes()), "ab");
  EXPECT_EQ(as_text(next.bytes()), "cd");
  Slice last = Slice::copy_of(as_bytes("ef"));
  EXPECT_TRUE(next.gather(last)) << "its copy has room";
  EXPECT_EQ(as_text(next.bytes()), "cdef");
}

TEST(Slice, long_ones_stay_where_they_are) {
  Slice first = Slice::copy_of(as_bytes("ab"), 8192);
  const std::vector<std::uint8_t> octets(Slice::kShortOctets + 1);
  Slice next = Slice::copy_of(octets);
  const Slab* slab = next.slab();
  EXPECT_FALSE(first.gather(next));
  EXPECT_EQ(next.slab(), slab);
}

TEST(Slice, moving_takes_the_reference_along) {
  CountingSlabs source;
  Slab* slab = allocate_slab(source, 8);
  Slice first(*slab, slab->octets());
  slab->release();
  Slice second = std::move(first);
  EXPECT_TRUE(slab->unique());
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): what is left is stated
  Slice third;
  third = std::move(second);
  third = Slice();
  EXPECT_EQ(source.recycled, 1);
}

TEST(Slice, assigning_a_slice_to_itself_keeps_it) {
  CountingSlabs source;
  Slab* slab = allocate_slab(source, 4);
  Slice slice(*slab, slab->octets());
  slab->release();
  const Slice& same = slice;
  slice = same;
  EXPECT_EQ(source.recycled, 0);
  EXPECT_EQ(slice.size(), 4U);
}

TEST(Slice, a_part_of_a_slice_holds_the_whole_slab) {
  CountingSlabs source;
  Slab* slab = allocate_slab(source, 5);
  copy_bytes(slab->octets(), as_bytes("abcde"));
  Slice whole(*slab, slab->octets());
  slab->release();
  Slice part = whole.sub(1, 3);
  whole = Slice();
  EXPECT_EQ(as_text(part.bytes()), "bcd");
  part.drop_front(1);
  EXPECT_EQ(as_text(part.bytes()), "cd");
  EXPECT_EQ(source.recycled, 0);
}

TEST(Slice, octets_of_static_storage_are_not_counted) {
  const Slice slice = Slice::of_static(as_bytes("for ever"));
  EXPECT_EQ(slice.slab(), nullptr);
  const Slice copy = slice;
  EXPECT_EQ(copy.bytes().data(), slice.bytes().data());
}

TEST(Slice, a_copy_has_octets_of_its_own) {
  std::vector<std::uint8_t> octets{1, 2, 3};
  const Slice slice = Slice::copy_of(octets);
  octets[0] = 9;
  EXPECT_EQ(slice.bytes()[0], 1);
  EXPECT_EQ(Slice::copy_of({}).size(), 0U);
}

TEST(Slice, references_may_be_dropped_on_any_thread) {
  CountingSlabs source;
  Slab* slab = allocate_slab(source, 64);
  Slice slice(*slab, slab->octets());
  slab->release();
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([slice] {
      for (int k = 0; k < 1000; ++k) static_cast<void>(Slice(slice));
    });
  }
  for (std::thread& thread : threads) thread.join();
  threads.clear();
  EXPECT_TRUE(slab->unique());
  slice = Slice();
  EXPECT_EQ(source.recycled, 1);
}

}  // namespace
}  // namespace regauge::wire
