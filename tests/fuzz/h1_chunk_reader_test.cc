// The reader of chunked content: exactly the grammar of RFC 9112 §7.1.
#include "fuzz/h1_chunk_reader.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace regauge {
namespace {

using Verdict = fuzz::ReadChunks::Verdict;

Verdict verdict_of(std::string_view octets) { return fuzz::ChunkReader(octets).read().verdict; }

TEST(ChunkReader, reads_chunks_and_ends_behind_the_trailer_section) {
  const std::string_view octets =
      "3\r\nabc\r\nA;x=\"\\\"y\" ; z\r\n0123456789\r\n0\r\nt: 1\r\n\r\n";
  const auto chunks = fuzz::ChunkReader(std::string(octets) + "GET").read();
  EXPECT_EQ(chunks.verdict, Verdict::complete);
  EXPECT_EQ(chunks.content, "abc0123456789");
  EXPECT_EQ(chunks.octets, octets.size());
  EXPECT_TRUE(chunks.has_trailers);
  for (std::size_t size = 0; size < octets.size(); ++size) {
    EXPECT_EQ(verdict_of(octets.substr(0, size)), Verdict::incomplete) << size;
  }
}

TEST(ChunkReader, refuses_what_the_grammar_has_not) {
  for (const std::string_view line :
       {"", "x", "0x3", "+3", " 3", "3 ", "3;", "3;;a", "3;a=", "3;a=\"x", "3 x", "3;a ", "3\rx",
        "8000000000000000", "000000000000000000000000000000003"}) {
    EXPECT_EQ(verdict_of(std::string(line) + "\r\nabc\r\n0\r\n\r\n"), Verdict::refused) << line;
  }
  EXPECT_EQ(verdict_of("3\nabc\r\n0\r\n\r\n"), Verdict::refused);
  EXPECT_EQ(verdict_of("3\r\nabc\n0\r\n\r\n"), Verdict::refused);
  EXPECT_EQ(verdict_of("3\r\nabcd"), Verdict::refused);
  EXPECT_EQ(verdict_of("7fffffffffffffff\r\nabc"), Verdict::incomplete);
  EXPECT_EQ(verdict_of("00000000000000000000000000000003\r\nabc\r\n0\r\n\r\n"), Verdict::complete);
}

}  // namespace
}  // namespace regauge
