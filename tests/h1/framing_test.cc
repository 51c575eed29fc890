// Framing fields that contradict themselves or each other (RFC 9112 §6.1 to §6.3).
#include <gtest/gtest.h>

#include "tests/h1/decoded_message.h"
#include "tests/h1/deviation_vectors.h"

namespace regauge::h1 {
namespace {

std::string refusal(const DecodedMessage& got) {
  if (!got.violation) return "";
  return std::string(catalogue_row(got.violation->deviation).rule.name);
}

DecodedMessage request(Preset preset, std::string_view octets) {
  return decode(Policy(Side::request, preset), octets);
}
DecodedMessage response(Preset preset, std::string_view octets,
                        const ResponseContext& context = {}) {
  return decode(Policy(Side::response, preset), octets, context);
}

TEST(H1TransferEncoding, of_an_empty_line_and_another_is_a_list_with_an_empty_element) {
  // RFC 9110 §5.2, §5.6.1.2
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string empty = "Transfer-Encoding:\r\n";
  for (const std::string& lines : {empty + chunked, chunked + empty}) {
    const auto got = request(Preset::strict, get_with(lines) + "2\r\nhi\r\n0\r\n\r\n");
    EXPECT_EQ(refusal(got), "");
    EXPECT_EQ(got.content, "hi");
    EXPECT_TRUE(got.close_after);
    EXPECT_EQ(got.deviations, (std::set<std::string>{"te-empty-element", "te-multiple-lines"}));
    EXPECT_EQ(refusal(request(Preset::maximal, get_with(lines + "Content-Length: 9\r\n"))),
              "te-variant-with-cl");
  }
  for (const std::string_view lines : {"Transfer-Encoding:\r\n", "Transfer-Encoding: ,\r\n",
                                       "Transfer-Encoding:\r\nTransfer-Encoding:\r\n"}) {
    EXPECT_EQ(refusal(request(Preset::maximal, get_with(lines))), "te-empty") << lines;
  }
}

TEST(H1ContentLength, of_a_2xx_to_connect_is_ignored_whatever_it_says) {  // RFC 9112 §6.3
  ResponseContext connect;
  connect.request_method = http::MethodId::connect;
  for (const std::string_view value : {"5", "5, 6", "abc", "99999999999999999999"}) {
    const std::string octets = ok_with("Content-Length: " + std::string(value) + "\r\n", "\x16");
    const auto got = response(Preset::strict, octets, connect);
    EXPECT_EQ(refusal(got), "") << value;
    EXPECT_TRUE(got.tunnel);
    EXPECT_EQ(got.leftover, "\x16");
    EXPECT_EQ(refusal(response(Preset::maximal, octets)).empty(), value == "abc") << value;
  }
}

TEST(H1ContentLength, of_a_204_is_dropped_whatever_it_says) {  // RFC 9112 §6.3
  for (const std::string_view value : {"5, 6", "abc", "99999999999999999999"}) {
    const auto got = response(
        Preset::common, "HTTP/1.1 204 X\r\nContent-Length: " + std::string(value) + "\r\n\r\n");
    EXPECT_EQ(refusal(got), "") << value;
    EXPECT_TRUE(got.close_after);
    EXPECT_TRUE(got.fields.empty());
  }
}

TEST(H1ContentLength, that_is_invalid_is_refused_beside_any_transfer_encoding) {  // RFC 9112 §6.3
  for (const std::string_view coding : {"chunked", "identity"}) {
    const auto got = response(
        Preset::maximal,
        ok_with("Content-Length: abc\r\nTransfer-Encoding: " + std::string(coding) + "\r\n",
                "0\r\n\r\n"));
    EXPECT_EQ(refusal(got), "cl-invalid-with-te") << coding;
  }
}

TEST(H1ContentLength, said_twice_beside_transfer_encoding_is_still_said_twice) {  // RFC 9112 §6.3
  const std::string lines = "Content-Length: 5, 5\r\nTransfer-Encoding: chunked\r\n";
  const auto got = request(Preset::maximal, get_with(lines) + "0\r\n\r\n");
  EXPECT_EQ(got.deviations, (std::set<std::string>{"cl-duplicate-same", "cl-and-te"}));
  Policy policy(Side::response, Preset::maximal);
  policy.set(Deviation::cl_duplicate_same, Action::reject);
  EXPECT_EQ(refusal(decode(policy, ok_with(lines, "0\r\n\r\n"))), "cl-duplicate-same");
}

TEST(H1Refusal, is_named_by_what_stands_first) {  // RFC 9112 §3.2, §6.3
  const std::string hosts = "Host: b\r\n";
  const std::string lengths = "Content-Length: 5\r\nContent-Length: 6\r\n";
  const std::string coding = "Transfer-Encoding: gzip\r\n";
  const auto first = [](const std::string& lines) {
    return refusal(request(Preset::maximal, "GET / HTTP/1.1\r\n" + lines + "\r\n"));
  };
  EXPECT_EQ(first("Host: a\r\n" + hosts + lengths), "conflicting-host");
  EXPECT_EQ(first(lengths + "Host: a\r\n" + hosts), "cl-conflict");
  EXPECT_EQ(first(coding + "Host: a\r\n" + hosts), "te-not-chunked-final");
  EXPECT_EQ(first("Host: a\r\n" + hosts + coding), "conflicting-host");
  EXPECT_EQ(first("Host: a\r\n" + coding + lengths), "te-not-chunked-final");
}

TEST(H1Host, escapes_are_whole) {  // RFC 3986 §2.1, RFC 9112 §3.2
  const auto host = [](std::string_view value) {
    return refusal(
        request(Preset::maximal, "GET / HTTP/1.1\r\nHost: " + std::string(value) + "\r\n\r\n"));
  };
  for (const std::string_view good : {"a%20b", "%41", "a%2f:80"}) EXPECT_EQ(host(good), "") << good;
  for (const std::string_view bad : {"a%", "a%2", "%zz", "a%:80", "a%2:80"}) {
    EXPECT_EQ(host(bad), "invalid-host") << bad;
  }
}

}  // namespace
}  // namespace regauge::h1
