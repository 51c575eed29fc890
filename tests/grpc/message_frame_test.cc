// Message frames at any cut (gRPC over HTTP/2, "Length-Prefixed-Message").
#include "regauge/grpc/message_frame.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace regauge::grpc {
namespace {

std::string frame(std::uint8_t flags, std::string_view message) {
  const auto prefix = write_prefix({flags, static_cast<std::uint32_t>(message.size())});
  return std::string(wire::as_text(prefix)) + std::string(message);
}

struct Frame {
  FramePrefix prefix;
  std::string message;
  bool complete = false;
  bool operator==(const Frame&) const = default;
};

struct Reading {
  std::vector<Frame> frames;
  bool between_frames = false;
  bool in_prefix = false;
  std::size_t steps = 0;
  bool operator==(const Reading& other) const {
    return frames == other.frames && between_frames == other.between_frames &&
           in_prefix == other.in_prefix;
  }
};

Reading read(std::string_view octets, std::size_t piece) {
  Reading reading;
  FrameReader reader;
  while (!octets.empty()) {
    wire::Bytes rest = wire::as_bytes(octets.substr(0, piece));
    octets.remove_prefix(rest.size());
    for (auto found = reader.next(rest); found != FrameReader::Found::nothing;
         found = reader.next(rest)) {
      ++reading.steps;
      if (found == FrameReader::Found::prefix) reading.frames.push_back({reader.prefix(), {}});
      if (found == FrameReader::Found::message) {
        reading.frames.back().message += wire::as_text(reader.octets());
      }
      if (found == FrameReader::Found::end) reading.frames.back().complete = true;
    }
    EXPECT_TRUE(rest.empty());
  }
  reading.between_frames = reader.between_frames();
  reading.in_prefix = reader.in_prefix();
  return reading;
}

Reading read(std::string_view octets) {
  const Reading whole = read(octets, octets.size() + 1);
  for (std::size_t piece = 1; piece <= 12; ++piece) EXPECT_EQ(read(octets, piece), whole) << piece;
  return whole;
}

TEST(MessageFrame, has_a_flag_and_a_length_of_four_octets) {
  const std::array<std::uint8_t, 5> wanted{1, 0x12, 0x34, 0x56, 0x78};
  EXPECT_EQ(write_prefix({1, 0x12345678}), wanted);
  EXPECT_EQ(read(std::string_view("\x01\x12\x34\x56\x78", 5)).frames[0].prefix,
            (FramePrefix{1, 0x12345678}));
}

TEST(MessageFrame, follows_frames_in_a_row) {
  const Reading reading = read(frame(0, "first") + frame(1, "") + frame(kTrailerFlag, "third"));
  ASSERT_EQ(reading.frames.size(), 3U);
  EXPECT_EQ(reading.frames[0], (Frame{{0, 5}, "first", true}));
  EXPECT_EQ(reading.frames[1], (Frame{{1, 0}, "", true}));
  EXPECT_EQ(reading.frames[2], (Frame{{kTrailerFlag, 5}, "third", true}));
  EXPECT_TRUE(reading.between_frames);
}

TEST(MessageFrame, tells_where_the_stream_was_cut) {
  const std::string one = frame(0, "abc");
  for (std::size_t octets = 0; octets <= one.size(); ++octets) {
    const Reading reading = read(one.substr(0, octets));
    EXPECT_EQ(reading.between_frames, octets == 0 || octets == one.size()) << octets;
    EXPECT_EQ(reading.in_prefix, octets > 0 && octets < kPrefixBytes) << octets;
  }
}

TEST(MessageFrame, keeps_no_octet_of_a_message_however_long_it_says_to_be) {
  const Reading reading = read(std::string_view("\x00\xff\xff\xff\xff", 5));
  ASSERT_EQ(reading.frames.size(), 1U);
  EXPECT_EQ(reading.frames[0].prefix.length, 0xffffffffU);
  EXPECT_FALSE(reading.frames[0].complete);
  EXPECT_LE(sizeof(FrameReader), 64U);
}

TEST(MessageFrame, takes_three_steps_a_frame_and_one_a_piece) {
  std::string octets;
  for (int i = 0; i < 100; ++i) octets += frame(0, "message");
  EXPECT_LE(read(octets, octets.size()).steps, 300U);
  EXPECT_LE(read(octets, 1).steps, 300U + octets.size());
}

}  // namespace
}  // namespace regauge::grpc
