// The letters of field names from peer to peer: the model has them in lower case, and a decoder
// that is asked to tells how they were spelled (RFC 9110 §5.1).
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/h1/decoder.h"
#include "tests/h1/decoded_message.h"
#include "tests/h1/written_message.h"

namespace regauge::h1 {
namespace {

using encoding::ends;
using encoding::goes_on;
using encoding::request;
using encoding::response;
using encoding::Written;
using http::FieldLine;
using http::NameStyle;

constexpr TargetForm kOrigin = TargetForm::origin;

// Reads one message and returns how the names of its head, or of its trailers, were spelled.
std::vector<std::string> spellings(std::string_view octets, Cut cut, Spelling spelling,
                                   PartKind of = PartKind::head, Side side = Side::request) {
  Decoder decoder(Policy(side, Preset::maximal), http::Limits(), 0, spelling);
  decoder.begin({});
  std::vector<std::string> names;
  while (!octets.empty()) {
    wire::Slice input = wire::Slice::copy_of(wire::as_bytes(octets.substr(0, cut(octets.size()))));
    octets.remove_prefix(input.size());
    for (Part part = decoder.next(input); part.kind != PartKind::need_more;
         part = decoder.next(input)) {
      EXPECT_NE(part.kind, PartKind::violation);
      if (part.kind == PartKind::end || part.kind == PartKind::violation) return names;
      if (part.kind != of) continue;
      const http::FieldSection head =
          side == Side::request ? decoder.request_head().fields : decoder.response_head().fields;
      for (const FieldLine& line : of == PartKind::head ? head : decoder.trailers()) {
        names.emplace_back(line.spelling);
      }
    }
  }
  return names;
}

std::vector<std::string> at_every_cut(std::string_view octets, PartKind of = PartKind::head,
                                      Side side = Side::request) {
  const auto names = spellings(octets, whole(), Spelling::keep, of, side);
  EXPECT_EQ(spellings(octets, octet_by_octet(), Spelling::keep, of, side), names);
  for (std::uint64_t seed = 1; seed <= 7; ++seed) {
    EXPECT_EQ(spellings(octets, random_cuts(seed), Spelling::keep, of, side), names) << seed;
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(H1Spelling, is_told_to_who_asks_for_it) {
  const std::string_view octets =
      "GET / HTTP/1.1\r\nHost: a\r\nX-aB: 1\r\nETag: 2\r\nplain: 3\r\n\r\n";
  EXPECT_EQ(at_every_cut(octets), (Names{"Host", "X-aB", "ETag", "plain"}));
  EXPECT_EQ(spellings(octets, whole(), Spelling::drop), (Names{"", "", "", ""}));
}

TEST(H1Spelling, is_told_of_lines_that_were_looked_at_closely) {
  EXPECT_EQ(at_every_cut("GET / HTTP/1.1\r\nHOST: a\r\nX-Fold: 1\r\n 2\r\nX-Ctl: \x01\r\n\r\n"),
            (Names{"HOST", "X-Fold", "X-Ctl"}));
  EXPECT_EQ(at_every_cut("HTTP/1.1 204 No\r\nX-Sp : 1\r\n\r\n", PartKind::head, Side::response),
            (Names{"X-Sp"}));
}

TEST(H1Spelling, is_told_of_each_line_of_a_head_that_outgrew_its_memory) {
  std::string octets = "GET / HTTP/1.1\r\nHost: a\r\n";
  Names expected{"Host"};
  for (int i = 0; i < 200; ++i) {
    expected.push_back("X-Name-" + std::to_string(i) + "-bIg");
    octets += expected.back() + ": " + std::string(200, 'v') + "\r\n";
  }
  EXPECT_EQ(at_every_cut(octets + "\r\n"), expected);
}

TEST(H1Spelling, is_told_of_trailers) {  // RFC 9112 §7.1.2
  EXPECT_EQ(at_every_cut("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "0\r\nX-Sum: 1\r\nplain: 2\r\n\r\n",
                         PartKind::trailers),
            (Names{"X-Sum", "plain"}));
}

FieldLine spelled(std::string_view name, std::string_view spelling) {
  FieldLine line = http::field_line(name, "v");
  line.spelling = spelling;
  return line;
}

std::string lines_of(NameCase name_case, std::span<const FieldLine> lines,
                     NameStyle style = NameStyle::lower) {
  Written written({name_case, kOrigin});
  http::RequestHead head = request("POST");
  head.fields = lines;
  head.name_style = style;
  EXPECT_TRUE(written.encoder.request_head(head, ends()));
  std::string octets = written.take();
  return octets.substr(octets.find('\n') + 1);
}

TEST(H1Spelling, of_names_is_chosen_by_the_sender) {
  const std::array lines{spelled("x-ab", "X-aB"), spelled("etag", "")};
  EXPECT_EQ(lines_of(NameCase::lower, lines),
            "host: a.test\r\nx-ab: v\r\netag: v\r\ncontent-length: 0\r\n\r\n");
  EXPECT_EQ(lines_of(NameCase::title, lines),
            "Host: a.test\r\nX-Ab: v\r\nEtag: v\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(lines_of(NameCase::received, lines),
            "host: a.test\r\nX-aB: v\r\netag: v\r\ncontent-length: 0\r\n\r\n");
  EXPECT_EQ(lines_of(NameCase::received, lines, NameStyle::title),
            "Host: a.test\r\nX-aB: v\r\nEtag: v\r\nContent-Length: 0\r\n\r\n");
}

TEST(H1Spelling, that_is_another_name_is_not_written) {
  for (const std::string_view odd :
       {"Content-Length", "X-A", "X-ABC", "X_AB", "X-A\r\nB", "X-A:", " x-ab", "x-ab "}) {
    const std::array lines{spelled("x-ab", odd)};
    EXPECT_EQ(lines_of(NameCase::received, lines),
              "host: a.test\r\nx-ab: v\r\ncontent-length: 0\r\n\r\n")
        << odd;
  }
}

TEST(H1Spelling, reaches_responses_and_trailers) {
  Written written({NameCase::received, kOrigin});
  const std::array lines{spelled("x-ab", "X-aB")};
  http::ResponseHead head = response(103);
  head.fields = lines;
  EXPECT_TRUE(written.encoder.interim_head(head, goes_on()));
  head.status = {200};
  head.content = {http::Framing::stream, 0};
  head.name_style = NameStyle::title;
  EXPECT_TRUE(written.encoder.response_head(head, goes_on()));
  EXPECT_TRUE(written.encoder.trailers(lines));
  EXPECT_EQ(written.take(),
            "HTTP/1.1 103 Early Hints\r\nX-aB: v\r\n\r\n"
            "HTTP/1.1 200 OK\r\nX-aB: v\r\nTransfer-Encoding: chunked\r\n\r\n"
            "0\r\nX-aB: v\r\n\r\n");
}

}  // namespace
}  // namespace regauge::h1
