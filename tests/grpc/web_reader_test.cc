// Whole frames of a gRPC-Web stream, at every cut (gRPC-Web).
#include "regauge/grpc/web_reader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regauge::grpc {
namespace {

using testing::ElementsAre;

std::string frame(std::string_view message, std::uint8_t flags = 0) {
  const auto prefix = write_prefix({flags, static_cast<std::uint32_t>(message.size())});
  return std::string(wire::as_text(prefix)) + std::string(message);
}

struct Reading {
  std::vector<std::string> frames;  // "flags message", or "name: value" of each trailer
  std::optional<WebViolation> violation;
  std::uint64_t offset = 0;
  bool complete = false;
  bool operator==(const Reading&) const = default;
};

void drain(WebReader& reader, Reading& reading) {
  while (!reading.violation) {
    const auto found = reader.next();
    if (!found) {
      reading.violation = found.error();
      EXPECT_FALSE(reader.next().has_value()) << "an error is final";
      EXPECT_EQ(reader.next().error(), *reading.violation);
      return;
    }
    if (!*found) return;
    const WebFrame& one = **found;
    for (const http::FieldLine& line : one.trailers) {
      reading.frames.push_back(std::string(line.name) + ": " + std::string(line.value));
    }
    if ((one.flags & kTrailerFlag) != 0) continue;
    reading.frames.push_back(std::to_string(one.flags) + " " +
                             std::string(wire::as_text(one.message)));
  }
}

Reading read(WebSide side, WebCoding coding, std::string_view octets, std::size_t piece) {
  WebReader reader(side, coding);
  Reading reading;
  while (!octets.empty()) {
    const std::string_view part = octets.substr(0, piece);
    octets.remove_prefix(part.size());
    reader.feed(wire::as_bytes(part));
    drain(reader, reading);
  }
  drain(reader, reading);
  reading.offset = reader.offset();
  reading.complete = reader.complete();
  return reading;
}

Reading read(std::string_view octets, WebSide side = WebSide::response,
             WebCoding coding = WebCoding::binary) {
  const Reading whole = read(side, coding, octets, octets.size() + 1);
  for (std::size_t piece = 1; piece <= 9; ++piece) {
    const Reading cut = read(side, coding, octets, piece);
    EXPECT_EQ(cut.frames, whole.frames) << piece;
    EXPECT_EQ(cut.violation, whole.violation) << piece;
    EXPECT_EQ(cut.offset, whole.offset) << piece;
  }
  return whole;
}

TEST(WebReader, reads_messages_and_the_trailer_frame) {
  const Reading reading =
      read(frame("one") + frame("", 1) + frame("Grpc-Status:0\r\nx: a:b\r\n", kTrailerFlag));
  EXPECT_THAT(reading.frames, ElementsAre("0 one", "1 ", "grpc-status: 0", "x: a:b"));
  EXPECT_EQ(reading.violation, std::nullopt);
  EXPECT_TRUE(reading.complete);
}

TEST(WebReader, reads_text_in_segments) {
  // 00 00 00 00 | 01 41, padded in between.
  const Reading reading = read("AAAAAA==AUE=", WebSide::request, WebCoding::text);
  EXPECT_THAT(reading.frames, ElementsAre("0 A"));
  EXPECT_TRUE(reading.complete);
}

TEST(WebReader, waits_for_the_rest_of_a_frame) {
  const std::string octets = frame("one") + frame("two");
  const Reading reading = read(octets.substr(0, octets.size() - 1));
  EXPECT_THAT(reading.frames, ElementsAre("0 one"));
  EXPECT_FALSE(reading.complete);
  EXPECT_EQ(reading.offset, frame("one").size());
}

TEST(WebReader, refuses_flags_that_no_frame_has) {
  EXPECT_EQ(read(frame("a", 0x02)).violation, WebViolation::frame_flags);
  EXPECT_EQ(read(frame("a") + frame("", 0x40)).violation, WebViolation::frame_flags);
  EXPECT_EQ(read(frame("", kTrailerFlag), WebSide::request).violation, WebViolation::frame_flags);
}

TEST(WebReader, refuses_what_comes_behind_the_trailer_frame) {
  const Reading reading = read(frame("a:b\r\n", kTrailerFlag) + "x");
  EXPECT_THAT(reading.frames, ElementsAre("a: b"));
  EXPECT_EQ(reading.violation, WebViolation::after_trailer);
}

TEST(WebReader, refuses_trailer_lines_that_are_none) {
  EXPECT_EQ(read(frame("no colon", kTrailerFlag)).violation, WebViolation::trailer_line);
  EXPECT_EQ(read(frame("te:x\r\n", kTrailerFlag)).violation, WebViolation::trailer_line);
}

TEST(WebReader, bounds_the_trailer_frame) {
  const auto prefix = write_prefix({kTrailerFlag, WebReader::kTrailerBytesMax + 1});
  EXPECT_EQ(read(wire::as_text(prefix)).violation, WebViolation::trailer_length);
}

TEST(WebReader, shows_the_frames_in_front_of_bad_text) {
  const Reading reading = read("AAAAAAFB*AAA", WebSide::request, WebCoding::text);
  EXPECT_THAT(reading.frames, ElementsAre("0 A"));
  EXPECT_EQ(reading.violation, WebViolation::text);
}

TEST(WebReader, does_not_go_on_behind_bad_text) {
  EXPECT_THAT(read("*AAAAAAFB", WebSide::request, WebCoding::text).frames, ElementsAre());
}

TEST(WebReader, has_a_rule_for_each_violation) {
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(WebViolation::trailer_length); ++i) {
    EXPECT_TRUE(rule_of(static_cast<WebViolation>(i)).name.starts_with("web-"));
  }
}

}  // namespace
}  // namespace regauge::grpc
