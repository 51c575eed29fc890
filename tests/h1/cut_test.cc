// Heads that come to the same wherever the input is cut, however odd their octets are.
#include <string>

#include <gtest/gtest.h>

#include "tests/h1/decoded_message.h"

namespace regauge::h1 {
namespace {

DecodedMessage read(Side side, std::string_view octets, Cut cut) {
  return MessageReader(Policy(side, Preset::maximal), {}).read(octets, std::move(cut));
}

// The message as it is read whole, once it is known to be the same at every cut in two.
DecodedMessage read_at_every_cut(Side side, std::string_view octets) {
  const DecodedMessage once = read(side, octets, whole());
  EXPECT_EQ(read(side, octets, octet_by_octet()), once);
  for (std::size_t first = 1; first < octets.size(); ++first) {
    const auto in_two = [first, &octets](std::size_t left) {
      return left == octets.size() ? first : left;
    };
    EXPECT_EQ(read(side, octets, in_two), once) << "cut behind " << first;
  }
  return once;
}

std::string only_value(const DecodedMessage& message) {
  for (const auto& [name, value] : message.fields) {
    if (name == "x") return value;
  }
  return "no line";
}

TEST(Http09Response, keeps_the_octets_that_might_have_begun_a_status_line) {
  const DecodedMessage message = read_at_every_cut(Side::response, "HTTPS is not spoken here");
  EXPECT_TRUE(message.complete);
  EXPECT_EQ(message.content, "HTTPS is not spoken here");
}

TEST(BareCr, at_an_end_of_a_value_is_white_space_around_it) {  // RFC 9110 §5.5
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(only_value(read_at_every_cut(Side::request, head + "X: \rb\r\r\n\r\n")), "b");
  EXPECT_EQ(only_value(read_at_every_cut(Side::request, head + "X:\r\r\n\r\n")), "");
}

TEST(ObsFold, joins_what_stands_between_the_white_space) {  // RFC 9112 §5.2
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\r\n";
  EXPECT_EQ(only_value(read_at_every_cut(Side::request, head + " c\r\n\r\n")), "a b c");
  EXPECT_EQ(only_value(read_at_every_cut(Side::request, head + " \r\n c\r\n\r\n")), "a b c");
  EXPECT_EQ(only_value(read_at_every_cut(Side::request, head + " \r\n \r\n\r\n")), "a b");
}

TEST(LongLine, is_refused_at_the_same_octet_however_the_input_is_cut) {
  http::Limits limits;
  limits.line_bytes_max = 40;
  const std::string octets =
      "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(200, 'v') + "\r\n\r\n";
  for (std::size_t piece = 1; piece <= octets.size(); ++piece) {
    Decoder decoder(Policy(Side::request, Preset::maximal), limits);
    for (std::size_t at = 0; at < octets.size(); at += piece) {
      wire::Slice input =
          wire::Slice::copy_of(wire::as_bytes(std::string_view(octets).substr(at, piece)));
      if (decoder.next(input).kind == PartKind::violation) break;
    }
    EXPECT_EQ(decoder.offset(), 25U + 40U + 1U) << "pieces of " << piece;
    EXPECT_EQ(decoder.violation().deviation, Deviation::line_too_long);
    EXPECT_EQ(decoder.violation().offset, 25U);
  }
}

TEST(Touches, are_at_most_two_an_octet_at_any_cut) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: a client\r\n";
  for (const std::string& octets :
       {head + "\r\n", head + "X: a\r\n b\r\nx y: c\r\nno colon\r\n\r\n",
        head + "X: " + std::string(3'000, 'v') + "\x01\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n"}) {
    for (const Cut& cut : {whole(), octet_by_octet(), random_cuts(1), random_cuts(2)}) {
      const DecodedMessage message = read(Side::request, octets, cut);
      EXPECT_TRUE(message.complete || message.violation);
      EXPECT_LE(message.work.steps, 2 * message.work.bytes_in);
    }
  }
}

}  // namespace
}  // namespace regauge::h1
