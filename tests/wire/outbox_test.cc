#include "regauge/wire/outbox.h"

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/wire/counting_slabs.h"

namespace regauge::wire {
namespace {

std::string text_of(std::span<const Piece> pieces) {
  std::string text;
  for (const Piece& piece : pieces) text += as_text(Bytes(piece.data, piece.size));
  return text;
}

// What is queued, as far as one gathered write of these bounds would carry it.
std::string gathered(const Outbox& outbox, std::size_t pieces_max, std::size_t octets_max) {
  std::vector<Piece> pieces(pieces_max);
  return text_of(std::span(pieces).first(outbox.gather(pieces, octets_max)));
}

std::string all_of(const Outbox& outbox) { return gathered(outbox, 4096, SIZE_MAX); }

Slice slice_of(std::size_t octets, char filler) {
  return Slice::copy_of(as_bytes(std::string(octets, filler)));
}

TEST(Outbox, small_writes_that_follow_each_other_are_one_piece) {
  Outbox outbox(heap_slabs());
  outbox.copy(as_bytes("GET / "));
  outbox.copy(as_bytes("HTTP/1.1\r\n"));
  std::array<Piece, 4> pieces{};
  EXPECT_EQ(outbox.gather(pieces, SIZE_MAX), 1U);
  EXPECT_EQ(all_of(outbox), "GET / HTTP/1.1\r\n");
  EXPECT_EQ(outbox.size(), 16U);
}

TEST(Outbox, a_long_slice_is_queued_without_a_copy) {
  Outbox outbox(heap_slabs());
  const Slice content = slice_of(1000, 'x');
  outbox.copy(as_bytes("head"));
  outbox.append(content);
  outbox.copy(as_bytes("tail"));
  std::array<Piece, 4> pieces{};
  ASSERT_EQ(outbox.gather(pieces, SIZE_MAX), 3U);
  EXPECT_EQ(pieces[1].data, content.bytes().data());
  EXPECT_EQ(all_of(outbox), "head" + std::string(1000, 'x') + "tail");
}

TEST(Outbox, a_short_slice_is_copied_and_its_slab_goes_at_once) {
  CountingSlabs source;
  Outbox outbox(heap_slabs());
  Slab* slab = allocate_slab(source, 10);
  copy_bytes(slab->octets(), as_bytes("0123456789"));
  outbox.append(Slice(*slab, slab->octets()));
  slab->release();
  EXPECT_EQ(source.recycled, 1);
  EXPECT_EQ(all_of(outbox), "0123456789");
}

TEST(Outbox, a_slab_lives_until_its_last_octet_was_written) {
  CountingSlabs source;
  Outbox outbox(heap_slabs());
  Slab* slab = allocate_slab(source, 1000);
  std::ranges::fill(slab->octets(), std::uint8_t{'y'});
  outbox.append(Slice(*slab, slab->octets()));
  slab->release();
  outbox.wrote(999);
  EXPECT_EQ(source.recycled, 0);
  EXPECT_EQ(all_of(outbox), "y");
  outbox.wrote(1);
  EXPECT_EQ(source.recycled, 1);
  EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, gather_stops_at_the_octets_and_at_the_pieces_given) {
  Outbox outbox(heap_slabs());
  outbox.copy(as_bytes("ab"));
  outbox.append(slice_of(300, 'c'));
  outbox.copy(as_bytes("de"));
  EXPECT_EQ(gathered(outbox, 8, 0), "");
  EXPECT_EQ(gathered(outbox, 8, 1), "a");
  EXPECT_EQ(gathered(outbox, 8, 5), "abccc");
  EXPECT_EQ(gathered(outbox, 2, SIZE_MAX), "ab" + std::string(300, 'c'));
  EXPECT_EQ(gathered(outbox, 0, SIZE_MAX), "");
  EXPECT_EQ(outbox.size(), 304U);
}

TEST(Outbox, what_is_reserved_and_not_committed_is_no_output) {
  Outbox outbox(heap_slabs());
  MutableBytes room = outbox.reserve(100);
  ASSERT_GE(room.size(), 100U);
  copy_bytes(room, as_bytes("kept, dropped"));
  outbox.commit(4);
  static_cast<void>(outbox.reserve(100));
  outbox.commit(0);
  outbox.copy(as_bytes("!"));
  EXPECT_EQ(all_of(outbox), "kept!");
}

TEST(Outbox, a_reservation_that_does_not_fit_the_slab_starts_another) {
  Outbox outbox(heap_slabs());
  std::string expected;
  for (const std::size_t octets : {4000UZ, 200UZ, 5000UZ, 1UZ, 100'000UZ, 3UZ}) {
    const std::string text(octets, static_cast<char>('a' + octets % 26));
    outbox.copy(as_bytes(text));
    expected += text;
  }
  EXPECT_EQ(all_of(outbox), expected);
}

TEST(Outbox, a_drained_slab_is_used_again) {
  CountingSlabs source;
  Outbox outbox(source);
  outbox.copy(as_bytes("one"));
  std::array<Piece, 1> piece{};
  ASSERT_EQ(outbox.gather(piece, SIZE_MAX), 1U);
  const std::uint8_t* first = piece[0].data;
  for (int i = 0; i < 10'000; ++i) {
    outbox.wrote(outbox.size());
    outbox.copy(as_bytes("again"));
  }
  ASSERT_EQ(outbox.gather(piece, SIZE_MAX), 1U);
  EXPECT_EQ(piece[0].data, first);
  EXPECT_EQ(source.recycled, 0);
}

TEST(Outbox, destruction_gives_back_what_is_queued) {
  CountingSlabs source;
  {
    Outbox outbox(source);
    outbox.copy(as_bytes("never written"));
  }
  EXPECT_EQ(source.recycled, 1);
}

// One random step on the outbox and on the text that it should hold.
void random_step(std::mt19937& random, Outbox& outbox, std::string& model) {
  const std::string text(random() % 3000, static_cast<char>('a' + random() % 26));
  switch (random() % 4) {
    case 0:
      outbox.copy(as_bytes(text));
      model += text;
      break;
    case 1:
      outbox.append(Slice::copy_of(as_bytes(text)));
      model += text;
      break;
    case 2:
      copy_bytes(outbox.reserve(text.size() + 10), as_bytes(text));
      outbox.commit(text.size());
      model += text;
      break;
    default: {
      // A gathered write that the transport takes in part.
      std::vector<Piece> pieces(1 + random() % 5);
      const std::size_t filled = outbox.gather(pieces, 1 + random() % 8000);
      const std::string offered = text_of(std::span(pieces).first(filled));
      ASSERT_TRUE(model.starts_with(offered));
      const std::size_t written = offered.empty() ? 0 : random() % (offered.size() + 1);
      outbox.wrote(written);
      model.erase(0, written);
    }
  }
}

TEST(Outbox, the_octets_come_out_as_they_went_in_for_any_partial_writes) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    CountingSlabs source;
    Outbox outbox(source);
    std::string model;
    for (int step = 0; step < 200; ++step) {
      random_step(random, outbox, model);
      ASSERT_EQ(outbox.size(), model.size());
    }
    EXPECT_EQ(all_of(outbox), model);
  }
}

}  // namespace
}  // namespace regauge::wire
