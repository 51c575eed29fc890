// Each limit of a message at its bound: what is as large passes, one octet or line more is refused
// by the name and status of its row, and neither depends on the cut (RFC 9110 §5.4, RFC 9112 §3,
// §7.1.1).
#include <gtest/gtest.h>

#include "tests/h1/decoded_message.h"

namespace regauge::h1 {
namespace {

std::string text(std::size_t octets) { return std::string(octets, 'a'); }

class Bound {
 public:
  explicit Bound(Side side = Side::request) : policy_(side, Preset::maximal) {}

  http::Limits limits;

  /// Reads a message under every cut; returns what it was refused for, "" if it was not.
  std::string refusal(std::string_view octets) {
    const std::string refused = read(octets, whole());
    EXPECT_EQ(read(octets, octet_by_octet()), refused);
    for (std::uint64_t seed = 1; seed <= 7; ++seed) {
      EXPECT_EQ(read(octets, random_cuts(seed)), refused) << "seed " << seed;
    }
    return refused;
  }

 private:
  std::string read(std::string_view octets, Cut cut) {
    const DecodedMessage got = MessageReader(policy_, {}, limits).read(octets, std::move(cut));
    if (!got.violation) return "";
    return std::string(catalogue_row(got.violation->deviation).rule.name) + " " +
           std::to_string(got.violation->status);
  }

  Policy policy_;
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\n";
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\n";
constexpr std::string_view kChunked = "Transfer-Encoding: chunked\r\n\r\n";

std::string get_line(std::size_t octets) {  // with its CR
  constexpr std::size_t kAround = std::string_view("GET / HTTP/1.1\r").size();
  return "GET /" + text(octets - kAround) + " HTTP/1.1\r\n";
}

std::string field(std::size_t octets) { return "X: " + text(octets - 4) + "\r\n"; }  // with its CR

TEST(H1Bound, of_a_request_line) {  // RFC 9112 §3
  Bound bound;
  bound.limits.line_bytes_max = 100;
  EXPECT_EQ(bound.refusal(get_line(100) + "Host: a\r\n\r\n"), "");
  EXPECT_EQ(bound.refusal(get_line(101) + "Host: a\r\n\r\n"), "target-too-long 414");
  EXPECT_EQ(bound.refusal("GET /" + text(200)), "target-too-long 414") << "it need not end";
}

TEST(H1Bound, of_a_status_line) {
  Bound bound(Side::response);
  bound.limits.line_bytes_max = 100;
  const auto status_line = [](std::size_t octets) {
    return "HTTP/1.1 200 " + text(octets - 14) + "\r\n";
  };
  EXPECT_EQ(bound.refusal(status_line(100) + "Content-Length: 0\r\n\r\n"), "");
  EXPECT_EQ(bound.refusal(status_line(101) + "Content-Length: 0\r\n\r\n"), "line-too-long 502");
}

TEST(H1Bound, of_a_field_line) {  // RFC 9110 §5.4
  for (const Side side : {Side::request, Side::response}) {
    Bound bound(side);
    bound.limits.line_bytes_max = 100;
    const bool request = side == Side::request;
    const std::string start =
        std::string(request ? kGet : kOk) + (request ? "Host: a\r\n" : "Content-Length: 0\r\n");
    const std::string refused = std::string("line-too-long ") + (request ? "431" : "502");
    EXPECT_EQ(bound.refusal(start + field(100) + "\r\n"), "");
    EXPECT_EQ(bound.refusal(start + field(101) + "\r\n"), refused);
    EXPECT_EQ(bound.refusal(start + text(200)), refused) << "it need not have a colon or an end";
  }
}

TEST(H1Bound, of_the_number_of_field_lines) {
  for (const Side side : {Side::request, Side::response}) {
    Bound bound(side);
    bound.limits.field_lines_max = 3;
    const bool request = side == Side::request;
    const std::string start =
        std::string(request ? kGet : kOk) + (request ? "Host: a\r\n" : "Content-Length: 0\r\n");
    EXPECT_EQ(bound.refusal(start + field(10) + field(10) + "\r\n"), "");
    EXPECT_EQ(bound.refusal(start + field(10) + field(10) + field(10) + "\r\n"),
              std::string("too-many-fields ") + (request ? "431" : "502"));
  }
}

TEST(H1Bound, of_the_octets_of_a_section) {  // 32 more for each line, as in RFC 9113 §6.5.2
  Bound bound;
  bound.limits.field_section_bytes_max = 200;
  constexpr std::size_t kHost = std::string_view("Host: a").size() + 32;
  const auto rest = [](std::size_t octets) { return field(octets - 32 + 1) + "\r\n"; };
  EXPECT_EQ(bound.refusal(std::string(kGet) + "Host: a\r\n" + rest(200 - kHost)), "");
  EXPECT_EQ(bound.refusal(std::string(kGet) + "Host: a\r\n" + rest(201 - kHost)),
            "too-many-fields 431");
}

TEST(H1Bound, of_empty_lines_before_a_request) {  // RFC 9112 §2.2
  Bound bound;
  bound.limits.leading_empty_lines_max = 3;
  const std::string get = std::string(kGet) + "Host: a\r\n\r\n";
  EXPECT_EQ(bound.refusal("\r\n\r\n\r\n" + get), "");
  EXPECT_EQ(bound.refusal("\r\n\r\n\r\n\r\n" + get), "leading-crlf-flood 400");
}

TEST(H1Bound, of_a_chunk_line) {  // RFC 9112 §7.1.1
  for (const Side side : {Side::request, Side::response}) {
    Bound bound(side);
    bound.limits.chunk_line_bytes_max = 50;
    const bool request = side == Side::request;
    const std::string head = request ? "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(kChunked)
                                     : std::string(kOk) + std::string(kChunked);
    const auto chunk = [](std::size_t octets) { return "1;" + text(octets - 3) + "\r\nx\r\n"; };
    EXPECT_EQ(bound.refusal(head + chunk(50) + "0\r\n\r\n"), "");
    EXPECT_EQ(bound.refusal(head + chunk(51) + "0\r\n\r\n"),
              std::string("chunk-line-too-long ") + (request ? "400" : "502"));
  }
}

TEST(H1Bound, of_a_chunk_size) {  // RFC 9112 §7.1
  Bound bound;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(kChunked);
  EXPECT_EQ(bound.refusal(head + std::string(31, '0') + "1\r\nx\r\n0\r\n\r\n"), "");
  EXPECT_EQ(bound.refusal(head + std::string(32, '0') + "1\r\nx\r\n0\r\n\r\n"),
            "chunk-size-overflow 400");
  EXPECT_EQ(bound.refusal(head + "7fffffffffffffff\r\nx"), "truncated 400");
  EXPECT_EQ(bound.refusal(head + "8000000000000000\r\nx"), "chunk-size-overflow 400");
}

TEST(H1Bound, of_chunks_that_are_mostly_framing) {  // RFC 9112 §7.1
  Bound bound;
  bound.limits.chunk_overhead_bytes = 100;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(kChunked);
  // A chunk of one octet has five of framing; the last line is framing as well.
  const auto chunks = [&head](std::size_t count) {
    std::string octets = head;
    for (std::size_t i = 0; i < count; ++i) octets += "1\r\nx\r\n";
    return octets + "0\r\n\r\n";
  };
  EXPECT_EQ(bound.refusal(chunks(19)), "");
  EXPECT_EQ(bound.refusal(chunks(20)), "chunk-overhead 400");
  bound.limits.chunk_overhead_bytes = 10'000;
  EXPECT_EQ(bound.refusal(chunks(1000)), "") << "little is no flood";
}

TEST(H1Bound, of_a_trailer_section) {  // RFC 9110 §6.5
  for (const Side side : {Side::request, Side::response}) {
    Bound bound(side);
    bound.limits.trailer_section_bytes_max = 200;
    const bool request = side == Side::request;
    const std::string head = request ? "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(kChunked)
                                     : std::string(kOk) + std::string(kChunked);
    const auto trailers = [](std::size_t octets) {
      return "0\r\n" + field(octets / 2 - 33) + field(octets - octets / 2 - 33) + "\r\n";
    };
    EXPECT_EQ(bound.refusal(head + trailers(200)), "");
    EXPECT_EQ(bound.refusal(head + trailers(201)),
              std::string("too-many-fields ") + (request ? "431" : "502"));
  }
}

}  // namespace
}  // namespace regauge::h1
