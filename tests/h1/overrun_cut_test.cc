// Chunked content that passes a Content-Length beside it, and what is no status line: refused at
// the same octet at any cut.
#include <string_view>

#include <gtest/gtest.h>

#include "regauge/h1/decoder.h"

namespace regauge {
namespace {

// The CR LF behind the chunk is the sixth and seventh octet of five.
constexpr std::string_view kOverrun =
    "POST /p HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
    "2\r\nhi\r\n0\r\n\r\n";

std::uint64_t offset_of_refusal(std::size_t piece) {
  h1::Decoder decoder(h1::Policy(h1::Side::request, h1::Preset::maximal), http::Limits());
  for (std::size_t at = 0; at < kOverrun.size(); at += piece) {
    wire::Slice input = wire::Slice::copy_of(wire::as_bytes(kOverrun.substr(at, piece)));
    for (;;) {
      const h1::Part part = decoder.next(input);
      if (part.kind == h1::PartKind::violation) return decoder.offset();
      if (part.kind == h1::PartKind::need_more || part.kind == h1::PartKind::end) break;
    }
  }
  return 0;
}

TEST(ChunkedOverrun, is_met_at_the_same_octet_however_the_input_is_cut) {  // RFC 9112 §6.3
  const std::uint64_t sixth_octet = kOverrun.find("2\r\nhi") + 6;
  for (std::size_t piece = 1; piece <= kOverrun.size(); ++piece) {
    EXPECT_EQ(offset_of_refusal(piece), sixth_octet) << "pieces of " << piece;
  }
}

TEST(OldResponse, is_refused_at_the_same_octet_however_the_input_is_cut) {  // RFC 9112 §4
  // `h` could begin a status line, `hi` cannot; only the first response may be one of HTTP/0.9.
  for (const std::string_view octets : {"hi", "ICX", "x", "ICYHTTP/1.1 200 OK"}) {
    std::uint64_t whole = 0;
    for (std::size_t piece = octets.size(); piece > 0; --piece) {
      h1::Decoder decoder(h1::Policy(h1::Side::response, h1::Preset::strict), http::Limits());
      h1::PartKind kind = h1::PartKind::need_more;
      for (std::size_t at = 0; at < octets.size(); at += piece) {
        wire::Slice input = wire::Slice::copy_of(wire::as_bytes(octets.substr(at, piece)));
        kind = decoder.next(input).kind;
      }
      EXPECT_EQ(kind, h1::PartKind::violation) << octets;
      if (piece == octets.size()) whole = decoder.offset();
      EXPECT_EQ(decoder.offset(), whole) << octets << " in pieces of " << piece;
    }
  }
}

}  // namespace
}  // namespace regauge
