// What looks odd and is lawful: no rule is broken, nothing is noted (RFC 9113 §4.1, §5.1, §6, §8).
#include <gtest/gtest.h>

#include "tests/h2/attack.h"

namespace regauge::h2 {
namespace {

// Sets the reserved bit in front of 31 bits.
std::string reserved(std::uint32_t value) { return Frames::number(value | 1U << 31U, 4); }

void expect_lawful(const Host& host) {
  EXPECT_TRUE(host.violations().empty());
  EXPECT_TRUE(host.tolerated().empty());
  EXPECT_TRUE(host.frames(FrameType::goaway).empty());
  EXPECT_TRUE(host.frames(FrameType::rst_stream).empty());
}

TEST(Lawful, reserved_bits_are_ignored) {  // RFC 9113 §4.1, §6.8, §6.9
  const auto host = server_host();
  std::string ping(std::string_view(Frames().ping()));
  ping[5] = '\x80';
  host->offer(ping);
  EXPECT_EQ(host->frames(FrameType::ping).size(), 1U);
  host->offer(Frames().headers(1, get_block()));
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  host->offer(Frames().frame(FrameType::window_update, 0, 1, reserved(10)));
  host->offer(Frames().frame(FrameType::goaway, 0, 0, reserved(0) + Frames::number(0, 4)));
  EXPECT_EQ(host->first(EventKind::goaway).count, 0U);
  expect_lawful(*host);
}

TEST(Lawful, unknown_flags_are_ignored) {  // RFC 9113 §4.1
  const auto host = server_host();
  host->offer(Frames()
                  .frame(FrameType::ping, 0xfe, 0, "12345678")
                  .frame(FrameType::headers, 0x05 | 0xd2, 1, get_block().text()));
  EXPECT_EQ(host->of_kind(EventKind::head).size(), 1U);
  EXPECT_EQ(host->frames(FrameType::ping).size(), 1U);
  expect_lawful(*host);
}

TEST(Lawful, padding_of_255_octets_is_none_of_the_content) {  // RFC 9113 §6.1, §6.2
  const auto host = server_host();
  const std::string padded =
      Frames::number(255, 1) + post_block().text() + std::string(255, '\x01');
  host->offer(Frames()
                  .frame(FrameType::headers, 0x04 | 0x08, 1, padded)
                  .padded_data(1, "content", 255, EndStream::yes));
  EXPECT_EQ(host->content_of(1), "content");
  expect_lawful(*host);
}

TEST(Lawful, host_stands_for_an_authority_that_is_missing) {  // RFC 9113 §8.3.1
  const auto host = server_host();
  host->offer(Frames().headers(1, Block()
                                      .line(":method", "GET")
                                      .line(":scheme", "https")
                                      .line(":path", "/")
                                      .line("host", "a.test:8443")));
  EXPECT_EQ(host->first(EventKind::head).authority, "a.test:8443");
  expect_lawful(*host);
}

TEST(Lawful, cookie_crumbs_come_as_they_are) {  // RFC 9113 §8.2.3
  const auto host = server_host();
  host->offer(Frames().headers(1, get_block().line("cookie", "a=1").line("cookie", "b=2")));
  EXPECT_EQ(host->first(EventKind::head).fields,
            (FieldTexts{{"cookie", "a=1"}, {"cookie", "b=2"}}));
  expect_lawful(*host);
}

TEST(Lawful, unknown_frames_come_on_any_stream) {  // RFC 9113 §5.5
  const auto host = server_host();
  const auto type = static_cast<FrameType>(0xee);
  for (const std::uint32_t stream : {0U, 1U, 2U, 99U})
    host->offer(Frames().frame(type, 0xff, stream, "x"));
  host->offer(Frames().headers(1, get_block()));
  EXPECT_EQ(host->of_kind(EventKind::head).size(), 1U);
  expect_lawful(*host);
}

TEST(Lawful, priority_may_come_on_an_idle_stream_and_name_itself) {  // RFC 9113 §5.3.2, §6.3
  const auto host = server_host();
  host->offer(Frames().frame(FrameType::priority, 0, 5, Frames::number(5, 4) + "x"));
  const std::string block = Frames::number(1, 4) + "x" + get_block().text();
  host->offer(Frames().frame(FrameType::headers, 0x05 | 0x20, 1, block));
  EXPECT_EQ(host->of_kind(EventKind::head).size(), 1U);
  expect_lawful(*host);
}

TEST(Lawful, a_reset_behind_a_whole_response_does_not_take_it_away) {  // RFC 9113 §8.1
  const auto host = client_host("POST");
  host->offer(Frames()
                  .headers(1, status_block("200"), EndStream::no)
                  .data(1, "early", EndStream::yes)
                  .rst_stream(1, ErrorCode::no_error));
  EXPECT_EQ(host->content_of(1), "early");
  ASSERT_EQ(host->of_kind(EventKind::end).size(), 1U);
  ASSERT_EQ(host->of_kind(EventKind::reset).size(), 1U);
  EXPECT_EQ(host->first(EventKind::reset).code, ErrorCode::no_error);
  expect_lawful(*host);
}

}  // namespace
}  // namespace regauge::h2
