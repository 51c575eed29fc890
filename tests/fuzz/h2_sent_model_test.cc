// The reader of what a client sent: field blocks in pieces, padding, and ends.
#include "fuzz/h2_sent_model.h"

#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace regauge {
namespace {

using fuzz::Frame;

Frame frame(std::uint8_t type, std::uint8_t flags, std::vector<std::uint8_t> payload) {
  const auto length = static_cast<std::uint32_t>(payload.size());
  return {length, type, flags, 1, std::move(payload)};
}

// `x: <value>` as a literal of HPACK (RFC 7541 §6.2.2).
std::vector<std::uint8_t> line(std::uint8_t value) { return {0, 1, 'x', 1, value}; }

TEST(SentModel, joins_a_block_that_comes_in_pieces) {  // RFC 9113 §4.3
  fuzz::SentModel sent;
  sent.receive(frame(fuzz::kHeaders, fuzz::kEndStream, {0, 1, 'x'}));
  sent.receive(frame(fuzz::kContinuation, fuzz::kEndHeaders, {1, 'a'}));
  ASSERT_NE(sent.find(1), nullptr);
  EXPECT_EQ(sent.find(1)->value("x"), "a");
  EXPECT_TRUE(sent.find(1)->ended);
}

TEST(SentModel, leaves_padding_out_of_content) {  // RFC 9113 §6.1
  fuzz::SentModel sent;
  sent.receive(frame(fuzz::kHeaders, fuzz::kEndHeaders, line('a')));
  sent.receive(frame(fuzz::kData, fuzz::kPadded, {2, 'o', 'n', 'e', 0, 0}));
  sent.receive(frame(fuzz::kData, fuzz::kEndStream, {'2'}));
  EXPECT_EQ(sent.find(1)->content, "one2");
  EXPECT_TRUE(sent.find(1)->ended);
}

TEST(SentModel, tells_trailers_from_a_second_head) {  // RFC 9113 §8.1
  fuzz::SentModel sent;
  sent.receive(frame(fuzz::kHeaders, fuzz::kEndHeaders, line('a')));
  fuzz::SentModel malformed;
  malformed.receive(frame(fuzz::kHeaders, fuzz::kEndHeaders, line('a')));
  sent.receive(frame(fuzz::kHeaders, fuzz::kEndHeaders | fuzz::kEndStream, line('b')));
  malformed.receive(frame(fuzz::kHeaders, fuzz::kEndHeaders, line('b')));
  EXPECT_TRUE(sent.find(1)->ended);
  EXPECT_EQ(sent.find(1)->trailers.front().value, "b");
  EXPECT_FALSE(malformed.find(1)->ended);
  EXPECT_TRUE(malformed.find(1)->reset);
}

TEST(SentModel, an_end_behind_a_reset_is_none) {  // RFC 9113 §5.1
  fuzz::SentModel sent;
  sent.receive(frame(fuzz::kHeaders, fuzz::kEndHeaders, line('a')));
  sent.receive(frame(fuzz::kRstStream, 0, {0, 0, 0, 8}));
  sent.receive(frame(fuzz::kData, fuzz::kEndStream, {'1'}));
  EXPECT_FALSE(sent.find(1)->ended);
  EXPECT_TRUE(sent.find(1)->content.empty());
}

}  // namespace
}  // namespace regauge
