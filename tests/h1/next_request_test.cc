// Where a neighbour may end a message inside of what we read as one, no request may stand: clause
// by clause of the theorem in codecs/regauge/h1/README.md.
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/h1/decoded_message.h"

namespace regauge::h1 {
namespace {

const Policy kMaximal(Side::request, Preset::maximal);
const std::string kRequest = "GET /victim HTTP/1.1\r\nHost: a.test\r\nCookie: s=1\r\n\r\n";

DecodedMessage read(std::string_view lines) {
  return decode(kMaximal, "GET / HTTP/1.1\r\nHost: a.test\r\n" + std::string(lines));
}

std::optional<Deviation> refusal_of(std::string_view lines) {
  const auto message = read(lines);
  return message.violation ? std::optional(message.violation->deviation) : std::nullopt;
}

TEST(NextRequest, is_refused_behind_bare_crs_in_a_value) {  // RFC 9112 §2.2
  // Whoever takes a CR for a line end sees the end of the head in two of them.
  EXPECT_EQ(refusal_of("X: 1\r\r" + kRequest), Deviation::bare_cr_in_value);
  EXPECT_EQ(refusal_of("X: 1\rY\r" + kRequest), Deviation::bare_cr_in_value);
  EXPECT_TRUE(read("X: 1\r\r2\r\n\r\n").complete);
}

TEST(NextRequest, is_refused_behind_separators_in_a_value) {  // RFC 9110 §5.5
  EXPECT_EQ(refusal_of("X: 1\x0b\x0b" + kRequest), Deviation::ctl_in_value);
  EXPECT_EQ(refusal_of("X: 1\x1c\x0c" + kRequest), Deviation::ctl_in_value);
  EXPECT_TRUE(read("X: 1\x0b\x0b\x0c\r\n\r\n").complete);
}

TEST(NextRequest, is_not_dropped_as_a_line_without_colon) {  // RFC 9112 §5
  EXPECT_EQ(refusal_of(kRequest), Deviation::field_without_colon);
  EXPECT_EQ(refusal_of("\x0b" + kRequest), Deviation::field_without_colon);
  EXPECT_TRUE(read("GET /victim\r\n\r\n").complete);
}

TEST(NextRequest, is_no_value_behind_an_alias_of_content_length) {  // RFC 9112 §5
  // Whoever takes `_` for `-` and ends the head at `C` reads five octets of content: `X_A: `.
  EXPECT_EQ(refusal_of("Content_Length: 5\r\nC\r\nX_A: " + kRequest),
            Deviation::dropped_line_after_repair);
  EXPECT_TRUE(read("Content_Length: 5\r\nX_A: 1\r\n\r\n").complete);
}

TEST(NextRequest, is_not_dropped_as_a_line_with_an_odd_name) {  // RFC 9110 §5.1
  EXPECT_EQ(refusal_of("GET http://a.test/ HTTP/1.1\r\n\r\n"), Deviation::non_token_field_name);
  EXPECT_EQ(refusal_of(":" + kRequest), Deviation::empty_field_name);
  EXPECT_EQ(refusal_of("X\x0b\x0b" + kRequest), Deviation::field_without_colon);
  EXPECT_EQ(refusal_of("content_length: 1\r\r" + kRequest), Deviation::bare_cr_in_value);
  EXPECT_TRUE(read("X(Y: z\r\n\r\n").complete);
}

TEST(NextRequest, is_not_dropped_in_front_of_the_first_field) {  // RFC 9112 §2.2
  const auto first = decode(kMaximal, "GET / HTTP/1.1\r\n \r\r" + kRequest);
  ASSERT_TRUE(first.violation);
  EXPECT_EQ(first.violation->deviation, Deviation::space_before_first_field);
}

TEST(FramingName, is_refused_as_a_word_of_an_odd_name) {  // RFC 9112 §5.1
  // Whoever takes the first word for the name reads chunks where we would read ten octets.
  for (const std::string_view line :
       {"Transfer-Encoding x: chunked\r\n", "X Transfer-Encoding: chunked\r\n",
        "Content-Length\tx: 2\r\n"}) {
    EXPECT_EQ(refusal_of("Content-Length: 10\r\n" + std::string(line) + "\r\n0123456789"),
              Deviation::framing_lookalike_name)
        << line;
  }
  EXPECT_TRUE(read("X Y: 1\r\n\r\n").complete);
}

TEST(BareLfMessage, has_no_chunk_extension) {  // RFC 9112 §7.1.1
  // Some readers take LF for a line end but look for a CR behind an extension.
  const std::string head = "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n";
  for (const std::string_view line : {"2;a\n", "2;\n", "2 \n"}) {
    const auto message = decode(kMaximal, head + std::string(line) + "hi\n0\n\n");
    ASSERT_TRUE(message.violation) << line;
    EXPECT_EQ(message.violation->deviation, Deviation::bare_lf_chunk_line) << line;
  }
  EXPECT_TRUE(decode(kMaximal, head + "2\nhi\n0\n\n").complete);
}

TEST(BareLfMessage, has_one_chunk_with_content) {  // RFC 9112 §7.1
  // Some readers pass over two octets behind a chunk, whatever they are: "10" is the last chunk
  // then, and no size at all that of an empty line.
  const std::string head = "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n5\nhello\n";
  for (const std::string_view more : {"10\n\nGET / HTTP/1.1\n\n0\n\n", "a\n\n\nGET / \n\n0\n\n"}) {
    const auto message = decode(kMaximal, head + std::string(more));
    ASSERT_TRUE(message.violation) << more;
    EXPECT_EQ(message.violation->deviation, Deviation::bare_lf_chunk_line) << more;
    EXPECT_EQ(message.content, "hello") << more;
  }
  for (const std::string_view last : {"0\n\n", "00\n\n", "0\nX: 1\n\n"}) {
    EXPECT_TRUE(decode(kMaximal, head + std::string(last)).complete) << last;
  }
}

TEST(OddTransferEncoding, lets_no_request_line_pass_for_a_chunk_line) {  // RFC 9112 §6.1
  // A neighbour that sees no content sends its next request where we read chunks.
  for (const std::string_view head :
       {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: , chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"}) {
    for (const std::string_view line :
         {"1A ;x HTTP/1.1\r\n", "1A;x /victim HTTP/1.1\r\n", "ADD /victim HTTP/1.1\r\n",
          "1A;/victim HTTP/1.1\r\n", "1A \r\n", "0 / HTTP/1.1\r\n", "A;;/ HTTP/1.1\r\n"}) {
      const auto message = decode(kMaximal, std::string(head) + std::string(line) +
                                                "Host: a.test\r\n\r\n0123456789012\r\n");
      ASSERT_TRUE(message.violation) << head << line;
      EXPECT_EQ(message.content, "") << head << line;
    }
    EXPECT_TRUE(decode(kMaximal, std::string(head) + "2;a=b\r\nhi\r\n0\r\n\r\n").complete) << head;
  }
}

}  // namespace
}  // namespace regauge::h1
