// Our decoder and encoder against libnghttp2's, both ways, over the same connection-long tables.
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/hpack/encoder.h"
#include "tests/hpack/block_bytes.h"
#include "tests/oracle/nghttp2_hpack.h"

namespace regauge::hpack {
namespace {

std::vector<oracle::Line> random_section(std::mt19937& random) {
  static const std::vector<std::string> kNames{":method",
                                               ":path",
                                               ":status",
                                               "accept",
                                               "cookie",
                                               "set-cookie",
                                               "x-custom",
                                               "content-type",
                                               "content-length",
                                               "authorization",
                                               "date",
                                               "x-other-name",
                                               "traceparent",
                                               "user-agent",
                                               "grpc-status",
                                               "x",
                                               ""};
  static const std::vector<std::string> kValues{
      "GET", "/", "200", "304", "", "application/grpc", "text/html; charset=utf-8", "a", "12345"};
  std::vector<oracle::Line> lines;
  const std::size_t count = random() % 20;
  for (std::size_t i = 0; i < count; ++i) {
    oracle::Line line{kNames[random() % kNames.size()], kValues[random() % kValues.size()],
                      random() % 8 == 0};
    if (random() % 3 == 0) {
      line.value.clear();
      const std::size_t size = random() % 8 == 0 ? random() % 3000 : random() % 60;
      for (std::size_t k = 0; k < size; ++k) {
        line.value.push_back(
            static_cast<char>(random() % 5 == 0 ? random() % 256 : 'a' + random() % 26));
      }
    }
    if (random() % 10 == 0) line.name += std::to_string(random() % 300);
    lines.push_back(line);
  }
  return lines;
}

std::vector<Line> own(const std::vector<oracle::Line>& lines) {
  std::vector<Line> copies;
  for (const oracle::Line& line : lines) {
    copies.push_back({line.name, line.value, line.never_indexed});
  }
  return copies;
}

void forget_marks(std::vector<Line>& lines) {
  for (Line& line : lines) line.never_indexed = false;
}

// Uneven limits in both directions, so that the rings wrap and grow at odd places.
constexpr std::uint32_t kLimits[] = {4096, 0, 100, 4096, 1000, 65536, 37, 3000};

TEST(Differential, we_decode_what_nghttp2_encodes) {  // RFC 7541 §3
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    oracle::Deflater deflater(65536);
    Receiver receiver;
    for (int i = 0; i < 100; ++i) {
      if (random() % 10 == 0) {
        const std::uint32_t limit = kLimits[random() % std::size(kLimits)];
        receiver.decoder.set_table_limit(limit);
        deflater.set_table_limit(limit);
      }
      std::vector<oracle::Line> sent = random_section(random);
      const std::vector<std::uint8_t> block = deflater.encode(sent);
      auto lines = receiver.decode(block);
      ASSERT_TRUE(lines) << seed << ' ' << i << ' ' << rule_of(lines.error()).name;
      std::vector<Line> expected = own(sent);
      // nghttp2 itself chooses never-indexed for some secrets.
      forget_marks(expected);
      forget_marks(*lines);
      ASSERT_EQ(*lines, expected);
      ASSERT_EQ(receiver.decoder.table().table_bytes(), deflater.table_bytes());
    }
  }
}

std::vector<http::FieldLine> field_lines(const std::vector<oracle::Line>& sent) {
  std::vector<http::FieldLine> lines;
  for (const oracle::Line& line : sent) {
    lines.push_back(http::field_line(line.name, line.value));
    if (line.never_indexed) lines.back().indexing = http::Indexing::never;
  }
  return lines;
}

// A mark survives; nghttp2 may mark more than we asked for.
void expect_received(const std::vector<oracle::Line>& received,
                     const std::vector<oracle::Line>& sent) {
  ASSERT_EQ(received.size(), sent.size());
  for (std::size_t k = 0; k < sent.size(); ++k) {
    EXPECT_EQ(received[k].name, sent[k].name);
    EXPECT_EQ(received[k].value, sent[k].value);
    EXPECT_TRUE(received[k].never_indexed || !sent[k].never_indexed);
  }
}

TEST(Differential, nghttp2_decodes_what_we_encode) {  // RFC 7541 §3, §7.1.3
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    oracle::Inflater inflater;
    Encoder encoder(HashKey{seed + 1, 77}, 65536);
    std::vector<std::uint8_t> room(1 << 20);
    for (int i = 0; i < 100; ++i) {
      if (random() % 10 == 0) {
        const std::uint32_t limit = kLimits[random() % std::size(kLimits)];
        inflater.set_table_limit(limit);
        encoder.set_table_limit(limit);
      }
      if (random() % 20 == 0) encoder.drop_table();
      const std::vector<oracle::Line> sent = random_section(random);
      wire::Writer writer{wire::MutableBytes(room)};
      encoder.encode(field_lines(sent), writer);
      const auto received = inflater.decode(writer.written());
      ASSERT_TRUE(received) << seed << ' ' << i;
      expect_received(*received, sent);
      ASSERT_EQ(inflater.table_bytes(), encoder.table().table_bytes());
      ASSERT_EQ(inflater.entry_count(), encoder.table().entry_count());
    }
  }
}

}  // namespace
}  // namespace regauge::hpack
