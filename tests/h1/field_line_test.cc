// What a dropped line may still do to a neighbour, and which names are aliases (RFC 9112 §5).
#include <gtest/gtest.h>

#include "tests/h1/decoded_message.h"
#include "tests/h1/deviation_vectors.h"

namespace regauge::h1 {
namespace {

DecodedMessage read(Preset preset, std::string_view octets) {
  return decode(Policy(Side::request, preset), octets, {}, octet_by_octet());
}

std::string refusal(const DecodedMessage& got) {
  if (!got.violation) return "";
  return std::string(catalogue_row(got.violation->deviation).rule.name);
}

std::string post_with(std::string_view line) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(line) +
         "\r\nContent-Length: 5\r\n\r\nhello";
}

// A neighbour that ends a line at the control reads a Content-Length of its own: it would see the
// rest of the content as its next request (theorem, clause a).
TEST(H1DroppedLine, with_what_may_end_a_line_has_no_content_behind_it) {  // RFC 9112 §2.2, §5
  EXPECT_EQ(refusal(read(Preset::maximal, post_with("X(: a"))), "");
  for (const std::string_view end : {"\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e"}) {
    const std::string hidden = std::string(end) + "Content-Length: 2";
    EXPECT_EQ(refusal(read(Preset::maximal, post_with("X(: a" + hidden))), "structure-with-body");
    EXPECT_EQ(refusal(read(Preset::maximal, post_with(": a" + hidden))), "structure-with-body");
    EXPECT_EQ(refusal(read(Preset::maximal, post_with("Content_Length: 5" + hidden))),
              "structure-with-body");
  }
  EXPECT_EQ(refusal(read(Preset::maximal, post_with("a\x0b"
                                                    "Content-Length: 2"))),
            "structure-with-body")
      << "in the name";
}

TEST(H1DroppedLine, with_a_bare_cr_names_both) {  // RFC 9110 §5.1, §5.5
  const auto got = read(Preset::maximal, get_with("X(: a\rb\r\n"));
  EXPECT_EQ(refusal(got), "");
  EXPECT_TRUE(got.close_after);
  EXPECT_EQ(got.deviations, (std::set<std::string>{"non-token-field-name", "bare-cr-in-value"}));
}

TEST(H1FieldName, is_an_alias_where_an_underscore_stands_for_a_hyphen) {  // RFC 9110 §5.1
  for (const std::string_view alias : {"Content_Length", "TRANSFER_ENCODING"}) {
    EXPECT_EQ(refusal(read(Preset::strict, get_with(std::string(alias) + ": 5\r\n"))),
              "underscore-framing-alias");
  }
  for (const std::string_view name : {"_content-length", "content-length_", "con_tent-length",
                                      "content__length", "transfer_encoding_"}) {
    const auto got = read(Preset::strict, get_with(std::string(name) + ": 5\r\n"));
    EXPECT_EQ(refusal(got), "") << name;
    EXPECT_EQ(got.fields.back(), (std::pair<std::string, std::string>(name, "5")));
    EXPECT_FALSE(got.close_after);
  }
}

}  // namespace
}  // namespace regauge::h1
