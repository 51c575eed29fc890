// Chunk-size lines and trailer lines (RFC 9112 §7.1).
#include <gtest/gtest.h>

#include "tests/h1/decoded_message.h"
#include "tests/h1/deviation_vectors.h"

namespace regauge::h1 {
namespace {

std::string refusal(const DecodedMessage& got) {
  if (!got.violation) return "";
  return std::string(catalogue_row(got.violation->deviation).rule.name);
}

TEST(H1ChunkLine, has_white_space_before_a_semicolon_and_not_at_its_end) {  // RFC 9112 §7.1.1
  const Policy strict(Side::request, Preset::strict);
  for (const std::string_view good : {"2;a", "2 ;a", "2;\ta", "2; a = b", "2 ; a=\"b \" ;c"}) {
    EXPECT_EQ(refusal(decode(strict, post_chunks(std::string(good) + "\r\nhi\r\n0\r\n\r\n"))), "")
        << good;
  }
  for (const std::string_view bad : {"2;a ", "2;a=b\t", "2;a=\"b\" "}) {
    EXPECT_EQ(refusal(decode(strict, post_chunks(std::string(bad) + "\r\nhi\r\n0\r\n\r\n"))),
              "chunk-ext-malformed")
        << bad;
  }
}

TEST(H1ChunkLine, is_refused_for_what_stands_before_its_end) {  // RFC 9112 §7.1
  const Policy policy(Side::request, Preset::maximal);
  EXPECT_EQ(refusal(decode(policy, post_chunks("2\nhi\r\n0\r\n\r\n"))), "bare-lf-chunk-line");
  EXPECT_EQ(refusal(decode(policy, post_chunks("8000000000000000\n"))), "chunk-size-overflow");
  EXPECT_EQ(refusal(decode(policy, post_chunks("\n"))), "chunk-size-invalid");
  EXPECT_EQ(refusal(decode(policy, post_chunks("2;a=\"x\n"))), "chunk-ext-unbalanced-quote");
}

TEST(H1Trailer, value_obeys_the_rules_of_field_values) {  // RFC 9110 §5.5, §6.5
  const auto read = [](Side side, Preset preset, std::string_view value) {
    const std::string chunks = "0\r\nX: " + std::string(value) + "\r\n\r\n";
    return decode(Policy(side, preset),
                  side == Side::request ? post_chunks(chunks) : ok_chunks(chunks));
  };
  EXPECT_EQ(refusal(read(Side::request, Preset::strict, "a\rb")), "bare-cr-in-value");
  EXPECT_EQ(refusal(read(Side::response, Preset::strict, "a\rb")), "bare-cr-in-value");
  EXPECT_EQ(refusal(read(Side::request, Preset::maximal, "a\rb")), "structure-with-body");
  EXPECT_EQ(refusal(read(Side::request, Preset::maximal, "a\x0c")), "structure-with-body");
  EXPECT_EQ(refusal(read(Side::request, Preset::maximal, "a\x01")), "");
  for (const auto& [sent, value] : {std::pair("a\rb", "a b"), std::pair("a\r", "a"),
                                    std::pair("\r \ra\r\rb", "a  b"), std::pair("\r", "")}) {
    const auto got = read(Side::response, Preset::maximal, sent);
    EXPECT_EQ(refusal(got), "");
    EXPECT_EQ(got.trailers, (Fields{{"x", value}}));
    EXPECT_TRUE(got.close_after);
    EXPECT_TRUE(got.deviations.contains("bare-cr-in-value"));
  }
}

}  // namespace
}  // namespace regauge::h1
