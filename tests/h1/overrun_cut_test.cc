// Chunked content that passes a Content-Length beside it or has an odd end of a chunk, and what is
// no status line: refused at the same octet at any cut.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "regauge/h1/decoder.h"

namespace regauge {
namespace {

// Behind which octet a request with chunked content is refused, and where that is said to be.
struct Refusal {
  std::uint64_t behind = 0;
  std::uint64_t at = 0;
  h1::Deviation deviation{};
  bool operator==(const Refusal&) const = default;
};

Refusal refusal_of(std::string_view octets, std::size_t piece) {
  h1::Decoder decoder(h1::Policy(h1::Side::request, h1::Preset::maximal), http::Limits());
  for (std::size_t at = 0; at < octets.size(); at += piece) {
    wire::Slice input = wire::Slice::copy_of(wire::as_bytes(octets.substr(at, piece)));
    for (;;) {
      const h1::Part part = decoder.next(input);
      if (part.kind == h1::PartKind::violation) {
        return {decoder.offset(), decoder.violation().offset, decoder.violation().deviation};
      }
      if (part.kind == h1::PartKind::need_more || part.kind == h1::PartKind::end) break;
    }
  }
  return {};
}

TEST(ChunkedOverrun, is_met_at_the_same_octet_however_the_input_is_cut) {  // RFC 9112 §6.3
  const std::string head =
      "POST /p HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n";
  // The CR LF behind the chunk is the sixth and seventh octet of five.
  for (const std::string_view content :
       {"2\r\nhi\r\n0\r\n\r\n", "2\r\nhi\r\n3\r\nabc\r\n0\r\n\r\n"}) {
    const std::string octets = head + std::string(content);
    const Refusal refusal{head.size() + 6, head.size() + 5, h1::Deviation::cl_and_te_overrun};
    for (std::size_t piece = 1; piece <= octets.size(); ++piece) {
      EXPECT_EQ(refusal_of(octets, piece), refusal) << content << " in pieces of " << piece;
    }
  }
}

TEST(ChunkTerminator, is_refused_with_two_crs_however_the_input_is_cut) {  // RFC 9112 §7.1
  const std::string head = "POST /p HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string octets = head + "2\r\nhi\r\r\n3\r\nabc\r\n0\r\n\r\n";
  const Refusal refusal{head.size() + 6, head.size() + 5, h1::Deviation::chunk_data_terminator};
  for (std::size_t piece = 1; piece <= octets.size(); ++piece) {
    EXPECT_EQ(refusal_of(octets, piece), refusal) << "pieces of " << piece;
  }
}

TEST(OldResponse, is_refused_at_the_same_octet_however_the_input_is_cut) {  // RFC 9112 §4
  // `h` could begin a status line, `hi` cannot; only the first response may be one of HTTP/0.9.
  for (const std::string_view octets : {"hi", "ICX", "x", "H\x7f", "ICYHTTP/1.1 200 OK"}) {
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
