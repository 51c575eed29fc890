// The examples of RFC 7541 Appendix C, each block built from its representations.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/hpack/block_bytes.h"

namespace regauge::hpack {
namespace {

using Lines = std::vector<Line>;

constexpr auto kInsert = Literal::with_indexing;

TEST(RfcExamples, integers) {  // RFC 7541 C.1
  EXPECT_EQ(lines_of({}), Lines());
  const auto octets = [](const BlockBytes& block) {
    return std::vector<int>(block.view().begin(), block.view().end());
  };
  EXPECT_EQ(octets(BlockBytes().integer(0, 5, 10)), (std::vector<int>{0x0a}));
  EXPECT_EQ(octets(BlockBytes().integer(0, 5, 1337)), (std::vector<int>{0x1f, 0x9a, 0x0a}));
  EXPECT_EQ(octets(BlockBytes().integer(0, 8, 42)), (std::vector<int>{0x2a}));
}

TEST(RfcExamples, literal_with_indexing) {  // RFC 7541 C.2.1
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes().literal(kInsert, "custom-key", "custom-header")),
            (Lines{{"custom-key", "custom-header"}}));
  EXPECT_EQ(entries_of(receiver.decoder.table()), (Lines{{"custom-key", "custom-header"}}));
  EXPECT_EQ(receiver.decoder.table().table_bytes(), 55U);
}

TEST(RfcExamples, literal_without_indexing) {  // RFC 7541 C.2.2
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes().literal(Literal::without_indexing, 4, "/sample/path")),
            (Lines{{":path", "/sample/path"}}));
  EXPECT_EQ(receiver.decoder.table().entry_count(), 0U);
}

TEST(RfcExamples, literal_never_indexed) {  // RFC 7541 C.2.3
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes().literal(Literal::never, "password", "secret")),
            (Lines{{"password", "secret", true}}));
  EXPECT_EQ(receiver.decoder.table().entry_count(), 0U);
}

TEST(RfcExamples, indexed_line) {  // RFC 7541 C.2.4
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes().octets({0x82})), (Lines{{":method", "GET"}}));
}

class RfcRequests : public testing::TestWithParam<Coding> {};

TEST_P(RfcRequests, three_requests_on_one_connection) {  // RFC 7541 C.3, C.4
  const Coding coding = GetParam();
  Receiver receiver;
  EXPECT_EQ(receiver.decode(BlockBytes().indexed(2).indexed(6).indexed(4).literal(
                kInsert, 1, "www.example.com", coding)),
            (Lines{{":method", "GET"},
                   {":scheme", "http"},
                   {":path", "/"},
                   {":authority", "www.example.com"}}));
  EXPECT_EQ(receiver.decoder.table().table_bytes(), 57U);

  EXPECT_EQ(receiver.decode(BlockBytes().indexed(2).indexed(6).indexed(4).indexed(62).literal(
                kInsert, 24, "no-cache", coding)),
            (Lines{{":method", "GET"},
                   {":scheme", "http"},
                   {":path", "/"},
                   {":authority", "www.example.com"},
                   {"cache-control", "no-cache"}}));
  EXPECT_EQ(receiver.decoder.table().table_bytes(), 110U);

  EXPECT_EQ(receiver.decode(BlockBytes().indexed(2).indexed(7).indexed(5).indexed(63).literal(
                kInsert, "custom-key", "custom-value", coding)),
            (Lines{{":method", "GET"},
                   {":scheme", "https"},
                   {":path", "/index.html"},
                   {":authority", "www.example.com"},
                   {"custom-key", "custom-value"}}));
  EXPECT_EQ(entries_of(receiver.decoder.table()), (Lines{{"custom-key", "custom-value"},
                                                         {"cache-control", "no-cache"},
                                                         {":authority", "www.example.com"}}));
  EXPECT_EQ(receiver.decoder.table().table_bytes(), 164U);
}

class RfcResponses : public testing::TestWithParam<Coding> {};

TEST_P(RfcResponses, three_responses_with_a_table_of_256_octets) {  // RFC 7541 C.5, C.6
  const Coding coding = GetParam();
  const std::string date_21 = "Mon, 21 Oct 2013 20:13:21 GMT";
  const std::string date_22 = "Mon, 21 Oct 2013 20:13:22 GMT";
  const std::string place = "https://www.example.com";
  const std::string cookie = "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
  Receiver receiver;
  receiver.decoder.set_table_limit(256);
  EXPECT_EQ(receiver.decode(BlockBytes()
                                .size_update(256)
                                .literal(kInsert, 8, "302", coding)
                                .literal(kInsert, 24, "private", coding)
                                .literal(kInsert, 33, date_21, coding)
                                .literal(kInsert, 46, place, coding)),
            (Lines{{":status", "302"},
                   {"cache-control", "private"},
                   {"date", date_21},
                   {"location", place}}));
  EXPECT_EQ(receiver.decoder.table().table_bytes(), 222U);

  // The new :status evicts the old one.
  EXPECT_EQ(
      receiver.decode(
          BlockBytes().literal(kInsert, 8, "307", coding).indexed(65).indexed(64).indexed(63)),
      (Lines{{":status", "307"},
             {"cache-control", "private"},
             {"date", date_21},
             {"location", place}}));
  EXPECT_EQ(receiver.decoder.table().table_bytes(), 222U);

  EXPECT_EQ(receiver.decode(BlockBytes()
                                .indexed(8)
                                .indexed(65)
                                .literal(kInsert, 33, date_22, coding)
                                .indexed(64)
                                .literal(kInsert, 26, "gzip", coding)
                                .literal(kInsert, 55, cookie, coding)),
            (Lines{{":status", "200"},
                   {"cache-control", "private"},
                   {"date", date_22},
                   {"location", place},
                   {"content-encoding", "gzip"},
                   {"set-cookie", cookie}}));
  EXPECT_EQ(entries_of(receiver.decoder.table()),
            (Lines{{"set-cookie", cookie}, {"content-encoding", "gzip"}, {"date", date_22}}));
  EXPECT_EQ(receiver.decoder.table().table_bytes(), 215U);
}

INSTANTIATE_TEST_SUITE_P(Strings, RfcRequests, testing::Values(Coding::plain, Coding::huffman));
INSTANTIATE_TEST_SUITE_P(Strings, RfcResponses, testing::Values(Coding::plain, Coding::huffman));

TEST(RfcExamples, huffman_coded_strings) {  // RFC 7541 C.4.1, C.4.2, C.6.1
  const auto coded = [](std::string_view text) {
    const BlockBytes block = BlockBytes().string(text, Coding::huffman);
    return std::vector<int>(block.view().begin() + 1, block.view().end());
  };
  EXPECT_EQ(coded("www.example.com"), (std::vector<int>{0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b,
                                                        0xa0, 0xab, 0x90, 0xf4, 0xff}));
  EXPECT_EQ(coded("no-cache"), (std::vector<int>{0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf}));
  EXPECT_EQ(coded("302"), (std::vector<int>{0x64, 0x02}));
}

}  // namespace
}  // namespace regauge::hpack
