// The trailer frame of gRPC-Web (gRPC-Web, "Trailers"; RFC 9110 §5, §6.5.1).
#include "regauge/grpc/web_trailers.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/grpc/message_frame.h"

namespace regauge::grpc {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

std::optional<Lines> parsed(std::string_view message) {
  std::vector<std::uint8_t> octets(message.begin(), message.end());
  std::vector<http::FieldLine> lines{http::field_line("left", "over")};
  if (!parse_trailer_message(octets, lines)) return std::nullopt;
  Lines copy;
  for (const http::FieldLine& line : lines) copy.emplace_back(line.name, line.value);
  return copy;
}

std::string written(const std::vector<http::FieldLine>& lines) {
  std::vector<std::uint8_t> room(trailer_frame_bytes(lines));
  wire::Writer to(room);
  write_trailer_frame(lines, to);
  EXPECT_EQ(to.left(), 0U);
  EXPECT_FALSE(to.overflowed());
  return std::string(wire::as_text(room));
}

TEST(WebTrailers, are_lines_in_a_frame_with_the_top_bit) {
  const std::string frame =
      written({http::field_line("grpc-status", "0"), http::field_line("grpc-message", "")});
  EXPECT_EQ(frame, std::string("\x80\0\0\0\x1e", 5) + "grpc-status:0\r\ngrpc-message:\r\n");
  EXPECT_EQ(written({}), std::string("\x80\0\0\0\0", 5));
}

TEST(WebTrailers, keep_colons_white_space_and_order) {
  const Lines wanted{{"grpc-message", "a: b:c  d"}, {"x", "1"}, {"grpc-status", "13"}, {"x", "2"}};
  EXPECT_EQ(parsed("grpc-message: a: b:c  d \r\nx:1\r\ngrpc-status:\t13\r\nx:2\r\n"), wanted);
}

TEST(WebTrailers, have_lower_case_names_whoever_wrote_them) {
  EXPECT_EQ(parsed("Grpc-Status:0\r\nX-Bin:QQ\r\n"),
            (Lines{{"grpc-status", "0"}, {"x-bin", "QQ"}}));
}

TEST(WebTrailers, may_lack_the_last_line_end) {
  EXPECT_EQ(parsed("grpc-status:0"), (Lines{{"grpc-status", "0"}}));
  EXPECT_EQ(parsed(""), Lines());
}

TEST(WebTrailers, are_refused_when_a_line_is_none) {  // RFC 9110 §5.1, §5.5
  for (const std::string_view message :
       {"\r\n", "grpc-status:0\r\n\r\n", "no colon\r\n", ":0\r\n", "a b:0\r\n", "a :0\r\n",
        "a:b\rc\r\n", "a:b\nc\r\n", "a:\x01\r\n", " a:0\r\n", ":status:200\r\n"}) {
    EXPECT_EQ(parsed(message), std::nullopt) << message;
  }
  EXPECT_EQ(parsed(std::string_view("a:\0\r\n", 5)), std::nullopt);
}

TEST(WebTrailers, are_refused_when_a_line_would_frame_the_message) {  // RFC 9113 §8.2.2
  for (const std::string_view name :
       {"connection", "transfer-encoding", "content-length", "host", "te", "trailer", "upgrade",
        "keep-alive", "proxy-connection", "Transfer-Encoding"}) {
    EXPECT_EQ(parsed(std::string(name) + ":x\r\n"), std::nullopt) << name;
  }
}

TEST(WebTrailers, keep_names_that_only_have_no_business_here) {  // RFC 9110 §6.5.1
  EXPECT_EQ(parsed("set-cookie:a=b\r\n"), (Lines{{"set-cookie", "a=b"}}));
}

TEST(WebTrailers, are_limited_in_number) {
  std::string message;
  for (std::size_t i = 0; i < kTrailerLinesMax; ++i) message += "a:b\r\n";
  ASSERT_TRUE(parsed(message).has_value());
  EXPECT_EQ(parsed(message)->size(), kTrailerLinesMax);
  EXPECT_EQ(parsed(message + "a:b\r\n"), std::nullopt);
}

TEST(WebTrailers, read_what_they_write) {
  const std::string frame =
      written({http::field_line("grpc-status", "3"), http::field_line("grpc-message", "no: way%25"),
               http::field_line("grpc-status-details-bin", "CAMSAWE")});
  EXPECT_EQ(parsed(frame.substr(kPrefixBytes)), (Lines{{"grpc-status", "3"},
                                                       {"grpc-message", "no: way%25"},
                                                       {"grpc-status-details-bin", "CAMSAWE"}}));
}

}  // namespace
}  // namespace regauge::grpc
