// Frame headers, the cutter and the payload parsers (RFC 9113 §4, §6).
#include "regauge/h2/frame.h"

#include <gtest/gtest.h>

#include "regauge/h2/frame_cutter.h"
#include "regauge/h2/payload.h"
#include "tests/h2/frame_bytes.h"

namespace regauge::h2 {
namespace {

FrameHeader parsed(std::string_view octets) {
  return parse_frame_header(wire::as_bytes(octets).first<kFrameHeaderBytes>());
}

FrameHeader header_of(FrameType type, std::uint32_t length, std::uint32_t stream = 1,
                      std::uint8_t flags = 0) {
  return {length, type, flags, StreamId{stream}};
}

constexpr auto kPadded = static_cast<std::uint8_t>(Flag::padded);
constexpr auto kPriority = static_cast<std::uint8_t>(Flag::priority);

TEST(FrameHeader, has_a_length_of_24_bits_type_flags_and_stream) {  // RFC 9113 §4.1
  const Frames frame = Frames().frame(FrameType::data, 0x09, 5, std::string(70'000, 'x'));
  EXPECT_EQ(parsed(frame), header_of(FrameType::data, 70'000, 5, 0x09));
}

TEST(FrameHeader, ignores_the_reserved_bit) {  // RFC 9113 §4.1
  const Frames frame = Frames().frame(FrameType::ping, 0, kStreamIdMax + 2, "12345678");
  EXPECT_EQ(parsed(frame).stream, StreamId{1});
}

// Cuts octets in pieces and notes what was found.
std::string found_in(std::string_view octets, std::size_t size) {
  FrameCutter cutter;
  std::string found;
  while (!octets.empty()) {
    Bytes piece = wire::as_bytes(octets.substr(0, size));
    octets.remove_prefix(piece.size());
    while (true) {
      const bool inside = cutter.inside_frame();
      if (piece.empty() && (!inside || cutter.header().length != 0)) break;
      const FrameCutter::Found what = cutter.next(piece);
      if (what == FrameCutter::Found::nothing) break;
      if (what == FrameCutter::Found::header) {
        found += "(" + std::to_string(cutter.header().length);
        cutter.header().type == FrameType::data ? cutter.stream() : cutter.collect();
        continue;
      }
      found += wire::as_text(cutter.octets());
      if (what == FrameCutter::Found::payload || cutter.ends_frame()) found += ")";
    }
  }
  return found + (cutter.inside_frame() ? "..." : "");
}

TEST(FrameCutter, finds_the_same_frames_wherever_the_reads_were_cut) {
  const Frames frames =
      Frames().ping("abcdefgh").data(1, "content").settings().data(1, "").ping("ijklmnop");
  const std::string whole = found_in(frames, 1000);
  EXPECT_EQ(whole, "(8abcdefgh)(7content)(0)(0)(8ijklmnop)");
  for (std::size_t size = 1; size < 40; ++size) EXPECT_EQ(found_in(frames, size), whole) << size;
}

TEST(FrameCutter, knows_when_the_input_stopped_inside_a_frame) {
  const std::string octets(std::string_view(Frames().ping()));
  for (std::size_t size = 1; size < octets.size(); ++size) {
    EXPECT_TRUE(found_in(octets.substr(0, size), 3).ends_with("...")) << size;
  }
}

TEST(HeadersPayload, is_a_fragment_without_padding_and_priority) {  // RFC 9113 §6.2
  const auto fragment = [](std::uint8_t flags, std::string_view payload) {
    return parse_headers(
        header_of(FrameType::headers, static_cast<std::uint32_t>(payload.size()), 1, flags),
        wire::as_bytes(payload));
  };
  EXPECT_EQ(wire::as_text(*fragment(0, "abc")), "abc");
  EXPECT_EQ(wire::as_text(*fragment(kPadded,
                                    "\x02"
                                    "abc__")),
            "abc");
  EXPECT_EQ(wire::as_text(*fragment(kPriority, "12345abc")), "abc");
  EXPECT_EQ(wire::as_text(*fragment(kPadded | kPriority,
                                    "\x01"
                                    "12345abc_")),
            "abc");
  EXPECT_EQ(wire::as_text(*fragment(kPadded, "\x03___")), "") << "padding may be all there is";
  EXPECT_EQ(fragment(kPadded, "\x04___").error(), Violation::headers_padding_too_long);
  EXPECT_EQ(fragment(kPadded, "").error(), Violation::headers_priority_truncated);
  EXPECT_EQ(fragment(kPriority, "1234").error(), Violation::headers_priority_truncated);
  EXPECT_EQ(fragment(kPadded | kPriority,
                     "\x01"
                     "12345")
                .error(),
            Violation::headers_padding_too_long);
}

TEST(PushPromisePayload, names_a_stream_and_carries_a_fragment) {  // RFC 9113 §6.6
  const auto promise = [](std::uint8_t flags, std::string payload) {
    return parse_push_promise(
        header_of(FrameType::push_promise, static_cast<std::uint32_t>(payload.size()), 1, flags),
        wire::as_bytes(payload));
  };
  const std::string two = Frames::number(0x80000002, 4);  // with the reserved bit
  const std::string payload = two + "abc";
  const auto parsed_promise =
      parse_push_promise(header_of(FrameType::push_promise, 7), wire::as_bytes(payload));
  EXPECT_EQ(parsed_promise->promised, StreamId{2});
  EXPECT_EQ(wire::as_text(parsed_promise->fragment), "abc");
  EXPECT_EQ(promise(0, "123").error(), Violation::push_promise_length);
  EXPECT_EQ(promise(kPadded,
                    "\x01"
                    "12")
                .error(),
            Violation::push_promise_length);
  EXPECT_EQ(promise(kPadded, "\x02" + two + "_").error(), Violation::push_promise_padding_too_long);
}

TEST(Payloads, have_the_length_that_their_type_says) {  // RFC 9113 §6.3, §6.4, §6.7, §6.8, §6.9
  EXPECT_TRUE(parse_priority(header_of(FrameType::priority, 5)));
  EXPECT_EQ(parse_priority(header_of(FrameType::priority, 4)).error(), Violation::priority_length);
  EXPECT_EQ(parse_priority(header_of(FrameType::priority, 6)).error(), Violation::priority_length);
  EXPECT_TRUE(parse_ping(header_of(FrameType::ping, 8, 0)));
  EXPECT_EQ(parse_ping(header_of(FrameType::ping, 9, 0)).error(), Violation::ping_length);
  const auto text = [](std::string_view octets) { return wire::as_bytes(octets); };
  EXPECT_EQ(parse_rst_stream(header_of(FrameType::rst_stream, 5), text("12345")).error(),
            Violation::rst_stream_length);
  EXPECT_EQ(parse_goaway(header_of(FrameType::goaway, 7, 0), text("1234567")).error(),
            Violation::goaway_length);
  EXPECT_EQ(parse_window_update(header_of(FrameType::window_update, 3), text("123")).error(),
            Violation::window_update_length);
  EXPECT_EQ(parse_priority_update(text("123")).error(), Violation::priority_update_length);
}

TEST(Payloads, of_a_stream_do_not_come_on_stream_0_and_the_others_only_there) {  // RFC 9113 §6
  EXPECT_EQ(parse_headers(header_of(FrameType::headers, 0, 0), {}).error(),
            Violation::frame_on_stream_zero);
  EXPECT_EQ(parse_push_promise(header_of(FrameType::push_promise, 0, 0), {}).error(),
            Violation::frame_on_stream_zero);
  EXPECT_EQ(parse_priority(header_of(FrameType::priority, 5, 0)).error(),
            Violation::frame_on_stream_zero);
  EXPECT_EQ(parse_rst_stream(header_of(FrameType::rst_stream, 4, 0), {}).error(),
            Violation::frame_on_stream_zero);
  EXPECT_EQ(parse_ping(header_of(FrameType::ping, 8)).error(), Violation::ping_stream_nonzero);
  EXPECT_EQ(parse_goaway(header_of(FrameType::goaway, 8), {}).error(),
            Violation::goaway_stream_nonzero);
}

TEST(Payloads, of_goaway_and_window_update_ignore_the_reserved_bit) {  // RFC 9113 §6.8, §6.9
  const std::string goaway = Frames::number(0x80000005, 4) + Frames::number(2, 4) + "debug";
  const auto told = parse_goaway(header_of(FrameType::goaway, 13, 0), wire::as_bytes(goaway));
  EXPECT_EQ(told->last, StreamId{5});
  EXPECT_EQ(told->code, ErrorCode::internal_error);
  const std::string update = Frames::number(0x80000007, 4);
  EXPECT_EQ(parse_window_update(header_of(FrameType::window_update, 4), wire::as_bytes(update)),
            7U);
  const std::string zero = Frames::number(0x80000000, 4);
  EXPECT_EQ(
      parse_window_update(header_of(FrameType::window_update, 4), wire::as_bytes(zero)).error(),
      Violation::window_update_zero);
}

}  // namespace
}  // namespace regauge::h2
