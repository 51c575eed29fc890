// The splitter: reads exactly what the grammar of RFC 9112 says and forgives nothing.
#include "fuzz/h1_splitter.h"

#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace regauge {
namespace {

std::optional<fuzz::SplitRequest> read(std::string_view octets) {
  return fuzz::Splitter(octets).read();
}

constexpr std::string_view kChunked =
    "POST /a HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n"
    "3\r\nabc\r\n0\r\nx-end: 1\r\n\r\n";

TEST(Splitter, reads_one_request_and_leaves_the_next) {  // RFC 9112 §6.3
  const std::string first = "POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 5\r\n\r\nhello";
  const auto request = read(first + "GET /next HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(request && request->complete);
  EXPECT_EQ(request->octets, first.size());
  EXPECT_EQ(request->content, "hello");
  EXPECT_EQ(request->only("host"), "a.test");
}

TEST(Splitter, reads_chunks_and_their_trailer_section) {  // RFC 9112 §7.1
  const auto request = read(kChunked);
  ASSERT_TRUE(request && request->complete);
  EXPECT_TRUE(request->chunked);
  EXPECT_EQ(request->content, "abc");
  ASSERT_EQ(request->trailers.size(), 1U);
  EXPECT_EQ(request->trailers.front().first, "x-end");
  EXPECT_EQ(request->octets, kChunked.size());
}

TEST(Splitter, calls_every_part_of_a_request_incomplete) {
  for (std::size_t octets = 1; octets < kChunked.size(); ++octets) {
    const auto request = read(kChunked.substr(0, octets));
    ASSERT_TRUE(request) << octets;
    EXPECT_FALSE(request->complete) << octets;
  }
}

TEST(Splitter, refuses_what_two_readers_could_split_in_two_ways) {  // RFC 9112 §6.1, §2.2
  const std::string start = "POST / HTTP/1.1\r\n";
  EXPECT_FALSE(read(start + "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1"));
  EXPECT_FALSE(read(start + "content-length: 1\r\ncontent-length: 1\r\n\r\n1"));
  EXPECT_FALSE(read(start + "transfer-encoding: gzip\r\n\r\n"));
  EXPECT_FALSE(read(start + "content-length: +1\r\n\r\n1"));
  EXPECT_FALSE(read(start + "x: a\nhost: b\r\n\r\n"));
  EXPECT_FALSE(read(start + "x : a\r\n\r\n"));
  EXPECT_FALSE(read("POST / x HTTP/1.1\r\n\r\n"));
  EXPECT_FALSE(read(start + "transfer-encoding: chunked\r\n\r\n1\r\nabc"));
}

}  // namespace
}  // namespace regauge
