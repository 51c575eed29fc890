// The limits of a head, the status of a version that is not ours, and what names a host (RFC 9110
// §5.4, §7.2, §15.6.6).
#include <gtest/gtest.h>

#include "tests/h1/decoded_message.h"

namespace regauge::h1 {
namespace {

std::string refusal(std::string_view octets, const http::Limits& limits = {}) {
  const Policy policy(Side::request, Preset::common);
  const DecodedMessage got = MessageReader(policy, {}, limits).read(octets, octet_by_octet());
  if (!got.violation) return "";
  return std::string(catalogue_row(got.violation->deviation).rule.name) + " " +
         std::to_string(got.violation->status);
}

std::string head(std::size_t octets, std::string_view target = "/") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nX: " + std::string(octets, 'y') +
         "\r\n\r\n";
}

TEST(H1Limits, a_section_is_accounted_as_in_http2) {  // RFC 9110 §5.4, RFC 9113 §10.5.1
  http::Limits limits;
  limits.field_section_bytes_max = 200;
  EXPECT_EQ(refusal(head(100), limits), "");
  EXPECT_EQ(refusal(head(150), limits), "too-many-fields 431");
  EXPECT_EQ(refusal(head(100, "/" + std::string(500, 'p')), limits), "")
      << "the start line has a limit of its own";
}

TEST(H1Limits, lines_are_counted) {
  http::Limits limits;
  limits.field_lines_max = 2;
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n", limits), "");
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\n\r\n", limits),
            "too-many-fields 431");
}

TEST(H1Version, of_another_major_number_is_not_supported) {  // RFC 9110 §15.6.6
  const auto version = [](std::string_view text) {
    return refusal("GET / " + std::string(text) + "\r\nHost: a\r\n\r\n");
  };
  EXPECT_EQ(version("HTTP/2.0"), "bad-version 505");
  EXPECT_EQ(version("HTTP/9.9"), "bad-version 505");
  for (const std::string_view bad : {"HTTP/0.9", "HTTP/1.10", "HTTP/01.1", "HTTP/1", "http/1.1",
                                     "HTTP/1,1", "HTTP/2", "HTTP/1.1x", "HTTP/-1.1"}) {
    EXPECT_EQ(version(bad), "bad-version 400") << bad;
  }
}

TEST(H1Host, has_a_name_before_its_port) {  // RFC 9110 §4.2.1, §7.2; RFC 3986 §3.2
  const auto host = [](std::string_view value) {
    return refusal("GET / HTTP/1.1\r\nHost: " + std::string(value) + "\r\n\r\n");
  };
  for (const std::string_view good : {"", "a", "a:", "a:80", "[::1]", "[::1]:80", "a%20b"}) {
    EXPECT_EQ(host(good), "") << good;
  }
  for (const std::string_view bad : {":", ":80", "a:b", "a:80:80", "[", "[]", "[::1", "a@b"}) {
    EXPECT_EQ(host(bad), "invalid-host 400") << bad;
  }
}

}  // namespace
}  // namespace regauge::h1
