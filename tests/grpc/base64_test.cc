// The base64 of gRPC-Web text: padded segments in a row, cut anywhere (RFC 4648 §4, gRPC-Web).
#include "regauge/grpc/base64.h"

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/wire/writer.h"

namespace regauge::grpc {
namespace {

// Decodes `text` in pieces of `piece` characters; nothing if it is refused.
std::optional<std::string> decoded(std::string_view text, std::size_t piece) {
  Base64Decoder decoder;
  std::string octets;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, piece);
    text.remove_prefix(part.size());
    std::vector<std::uint8_t> room(Base64Decoder::decoded_bytes_max(part.size() + 3));
    wire::Writer to(room);
    const bool good = decoder.decode(wire::as_bytes(part), to);
    EXPECT_FALSE(to.overflowed());
    octets += wire::as_text(to.written());
    if (!good) return std::nullopt;
  }
  if (!decoder.complete()) return std::nullopt;
  return octets;
}

// Decodes whole and in all pieces up to a quantum and more: the meaning is the same.
std::optional<std::string> decoded(std::string_view text) {
  const auto whole = decoded(text, text.size() + 1);
  for (std::size_t piece = 1; piece <= 7; ++piece) {
    EXPECT_EQ(decoded(text, piece), whole) << text << " in pieces of " << piece;
  }
  return whole;
}

std::string encoded(std::string_view octets, std::size_t piece) {
  Base64Encoder encoder;
  std::string text;
  std::vector<std::uint8_t> room(Base64Encoder::encoded_bytes_max(octets.size() + 2));
  wire::Writer to(room);
  while (!octets.empty()) {
    const std::string_view part = octets.substr(0, piece);
    octets.remove_prefix(part.size());
    encoder.encode(wire::as_bytes(part), to);
  }
  encoder.flush(to);
  EXPECT_FALSE(to.overflowed());
  return std::string(wire::as_text(to.written()));
}

TEST(Base64, writes_the_examples_of_the_rfc) {  // RFC 4648 §10
  const std::array<std::pair<std::string_view, std::string_view>, 7> examples{
      {{"", ""},
       {"f", "Zg=="},
       {"fo", "Zm8="},
       {"foo", "Zm9v"},
       {"foob", "Zm9vYg=="},
       {"fooba", "Zm9vYmE="},
       {"foobar", "Zm9vYmFy"}}};
  for (const auto& [octets, text] : examples) {
    EXPECT_EQ(decoded(text), octets);
    for (std::size_t piece = 1; piece <= 7; ++piece) EXPECT_EQ(encoded(octets, piece), text);
  }
}

TEST(Base64, knows_every_character_of_the_alphabet) {  // RFC 4648 §4, table 1
  std::string octets;
  for (int octet = 0; octet < 256; ++octet) octets.push_back(static_cast<char>(octet));
  EXPECT_EQ(decoded(encoded(octets, 256)), octets);
  EXPECT_EQ(decoded("+/+/"), "\xfb\xff\xbf");
}

TEST(Base64, takes_padded_segments_in_a_row) {  // gRPC-Web: a sender may pad wherever it flushes
  EXPECT_EQ(decoded("Zg==bw==bw=="), "foo");
  EXPECT_EQ(decoded("Zm8=bw==YmFy"), "foobar");
  EXPECT_EQ(decoded("Zm9vYg==YXI="), "foobar");
}

TEST(Base64, refuses_padding_that_ends_no_quantum) {  // RFC 4648 §3.2
  for (const std::string_view text : {"=", "====", "Z===", "Zg=v", "Zg=", "Zm9v="}) {
    EXPECT_EQ(decoded(text), std::nullopt) << text;
  }
}

TEST(Base64, refuses_an_end_inside_a_quantum) {  // RFC 4648 §3.2
  for (const std::string_view text : {"Z", "Zg", "Zm8", "Zm9vY"}) {
    EXPECT_EQ(decoded(text), std::nullopt) << text;
  }
}

TEST(Base64, refuses_padding_bits_that_are_not_zero) {  // RFC 4648 §3.5
  EXPECT_EQ(decoded("Zh=="), std::nullopt);
  EXPECT_EQ(decoded("Zm9="), std::nullopt);
}

TEST(Base64, refuses_every_other_character) {  // RFC 4648 §3.3
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int octet = 0; octet < 256; ++octet) {
    const std::string text{'A', 'A', 'A', static_cast<char>(octet)};
    const bool known = kAlphabet.contains(static_cast<char>(octet));
    // "AAA=" is a quantum too: its padding bits are zero.
    EXPECT_EQ(decoded(text).has_value(), known || octet == '=') << octet;
  }
}

TEST(Base64, stays_within_its_bounds_and_reverses_itself) {
  std::mt19937 random(4648);
  for (int round = 0; round < 300; ++round) {
    std::string octets(random() % 200, '\0');
    for (char& octet : octets) octet = static_cast<char>(random());
    const std::string text = encoded(octets, 1 + random() % 40);
    EXPECT_LE(text.size(), Base64Encoder::encoded_bytes_max(octets.size()));
    EXPECT_EQ(decoded(text), octets);
  }
}

}  // namespace
}  // namespace regauge::grpc
