// The encoder: what goes into the table, what never does, and what it tells the peer.
#include "regauge/hpack/encoder.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/hpack/block_bytes.h"

namespace regauge::hpack {
namespace {

using http::field_line;
using http::FieldLine;
using Lines = std::vector<Line>;

constexpr HashKey kKey{0x0123456789abcdefU, 0xfedcba9876543210U};

// An encoder, the decoder at the other end, and the last block between them.
struct Pair {
  explicit Pair(std::uint32_t table_bytes_max = 4096) : encoder(kKey, table_bytes_max) {}

  const std::vector<std::uint8_t>& send(const std::vector<FieldLine>& lines) {
    block.assign(Encoder::encoded_bytes_max(lines), 0);
    wire::Writer writer{wire::MutableBytes(block)};
    encoder.encode(lines, writer);
    EXPECT_FALSE(writer.overflowed());
    block.resize(writer.size());
    const auto decoded = receiver.decode(block);
    EXPECT_TRUE(decoded);
    if (decoded) received = *decoded;
    EXPECT_EQ(entries_of(receiver.decoder.table()), entries_of(encoder.table()));
    EXPECT_EQ(receiver.decoder.table().max_bytes(), encoder.table().max_bytes());
    return block;
  }
  std::size_t octets(const FieldLine& line) { return send({line}).size(); }

  Encoder encoder;
  Receiver receiver;
  std::vector<std::uint8_t> block;
  Lines received;
};

TEST(Encoder, static_lines_take_one_octet) {  // RFC 7541 §6.1
  Pair pair;
  EXPECT_EQ(
      pair.send({field_line(":method", "GET"), field_line(":method", "POST"),
                 field_line(":path", "/"), field_line(":path", "/index.html"),
                 field_line(":scheme", "http"), field_line(":scheme", "https"),
                 field_line(":status", "200"), field_line(":status", "500"),
                 field_line("accept-encoding", "gzip, deflate"), field_line("accept", "")}),
      (std::vector<std::uint8_t>{0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x8e, 0x90, 0x93}));
  EXPECT_EQ(pair.encoder.table().entry_count(), 0U);
}

TEST(Encoder, a_repeated_line_takes_one_octet) {  // RFC 7541 §6.2.1
  Pair pair;
  for (const FieldLine& line :
       {field_line("user-agent", "curl/8.1"), field_line("x-unknown", "v"),
        field_line("grpc-encoding", "gzip"), field_line(":authority", "a.test"),
        field_line(":protocol", "websocket"), field_line("", ""), field_line("x-empty", "")}) {
    EXPECT_GT(pair.octets(line), 1U) << line.name;
    EXPECT_EQ(pair.octets(line), 1U) << line.name;
    EXPECT_EQ(pair.received, (Lines{{std::string(line.name), std::string(line.value)}}));
  }
}

TEST(Encoder, a_static_line_stays_one_between_other_values_of_its_name) {  // RFC 7541 §6.1
  Pair pair;
  EXPECT_GT(pair.octets(field_line("x-first", "makes the table")), 1U);
  for (int i = 0; i < 3; ++i) {
    const std::vector<FieldLine> lines{field_line(":method", "GET"),
                                       field_line(":method", "POST"),
                                       field_line(":method", "PUT"),
                                       field_line(":status", "200"),
                                       field_line("accept-encoding", "gzip, deflate"),
                                       field_line("accept-encoding", "br"),
                                       field_line("accept", ""),
                                       field_line("accept", "*/*")};
    pair.send(lines);
    Lines sent;
    for (const FieldLine& line : lines) {
      sent.push_back({std::string(line.name), std::string(line.value)});
    }
    EXPECT_EQ(pair.received, sent);
  }
  EXPECT_EQ(pair.block.size(), 8U);
}

TEST(Encoder, a_string_is_whole_whatever_octets_its_length_takes) {  // RFC 7541 §5.1, §5.2
  // Coded, the length may take less octets than that of the string as it is.
  for (const std::size_t size : {1U, 100U, 125U, 126U, 127U, 128U, 202U, 203U, 204U, 254U, 255U,
                                 16'509U, 16'510U, 16'511U, 16'512U, 26'414U, 26'415U, 26'416U}) {
    for (const char octet : {'a', 'Z', '\x01'}) {
      Pair pair;
      const std::string value(size, octet);
      pair.send({field_line("x-long", value)});
      EXPECT_EQ(pair.received, (Lines{{"x-long", value}})) << size;
    }
  }
}

TEST(Encoder, the_name_of_an_entry_is_used_again) {  // RFC 7541 §6.2.1
  Pair pair;
  const std::size_t first = pair.octets(field_line("x-request-group", "0"));
  EXPECT_EQ(first, 1U + 1U + 11U + 2U);
  EXPECT_EQ(pair.octets(field_line("x-request-group", "1")), 3U);
}

TEST(Encoder, never_indexed_lines_stay_so) {  // RFC 7541 §7.1.3
  Pair pair;
  FieldLine line = field_line("x-token", "secret");
  line.indexing = http::Indexing::never;
  pair.send({line, line});
  EXPECT_EQ(pair.received, (Lines{{"x-token", "secret", true}, {"x-token", "secret", true}}));
  EXPECT_EQ(pair.encoder.table().entry_count(), 0U);
  // Not even when the table or the static table holds the same line.
  pair.send({field_line("x-token", "secret"), line});
  EXPECT_EQ(pair.received, (Lines{{"x-token", "secret"}, {"x-token", "secret", true}}));
  FieldLine get = field_line(":method", "GET");
  get.indexing = http::Indexing::never;
  pair.send({get});
  EXPECT_EQ(pair.received, (Lines{{":method", "GET", true}}));
}

TEST(Encoder, secrets_are_never_indexed_by_themselves) {  // RFC 7541 §7.1.3
  Pair pair;
  pair.send({field_line("authorization", "Basic YQ=="), field_line("proxy-authorization", "x"),
             field_line("cookie", "short=1"), field_line("cookie", "long=01234567890123456789")});
  EXPECT_EQ(pair.received, (Lines{{"authorization", "Basic YQ==", true},
                                  {"proxy-authorization", "x", true},
                                  {"cookie", "short=1", true},
                                  {"cookie", "long=01234567890123456789", false}}));
  EXPECT_EQ(pair.encoder.table().entry_count(), 1U);
}

TEST(Encoder, lines_that_hardly_repeat_do_not_enter_the_table) {
  Pair pair;
  pair.send({field_line(":path", "/a"), field_line("content-length", "7"),
             field_line("etag", "\"1\""), field_line("set-cookie", "a=b"),
             field_line("last-modified", "Mon, 21 Oct 2013 20:13:21 GMT"),
             field_line("x-large", std::string(3100, 'x'))});
  EXPECT_EQ(pair.encoder.table().entry_count(), 0U);
}

TEST(Encoder, strings_are_coded_only_if_that_is_shorter) {  // RFC 7541 §5.2
  Pair pair;
  EXPECT_EQ(pair.octets(field_line("etag", "aaaaaaaa")), 1U + 1U + 1U + 5U);
  EXPECT_EQ(pair.octets(field_line("etag", "\x01\x02\x03")), 1U + 1U + 1U + 3U);
}

TEST(Encoder, a_long_string_survives) {  // RFC 7541 §5.1, §5.2
  Pair pair;
  for (const std::size_t size : {126U, 127U, 128U, 254U, 255U, 300U, 16384U, 50000U}) {
    for (const char octet : {'a', '\x80'}) {
      const std::string value(size, octet);
      pair.send({field_line("x-long", value)});
      EXPECT_EQ(pair.received, (Lines{{"x-long", value}}));
    }
  }
}

TEST(Encoder, nothing_is_said_about_the_size_by_default) {  // RFC 7541 §4.2
  Pair pair;
  pair.receiver.decoder.set_table_limit(65536);
  pair.encoder.set_table_limit(65536);
  EXPECT_EQ(pair.send({}), std::vector<std::uint8_t>());
  EXPECT_EQ(pair.encoder.table().max_bytes(), 4096U);
}

TEST(Encoder, changes_of_the_limit_become_the_smallest_and_the_last) {  // RFC 7541 §4.2
  Pair pair;
  pair.send({field_line("x-a", "1")});
  for (const std::uint32_t limit : {3000U, 100U, 2000U, 50U, 1000U}) {
    pair.receiver.decoder.set_table_limit(limit);
    pair.encoder.set_table_limit(limit);
  }
  const BlockBytes expected = BlockBytes().size_update(50).size_update(1000);
  const auto& block = pair.send({});
  EXPECT_EQ(block, std::vector<std::uint8_t>(expected.view().begin(), expected.view().end()));
  EXPECT_EQ(pair.send({}), std::vector<std::uint8_t>());
}

TEST(Encoder, a_table_of_no_octets_works) {  // RFC 7541 §4.2
  Pair pair;
  pair.receiver.decoder.set_table_limit(0);
  pair.encoder.set_table_limit(0);
  pair.send({field_line("x-a", "1"), field_line("x-a", "1")});
  EXPECT_EQ(pair.received, (Lines{{"x-a", "1"}, {"x-a", "1"}}));
  EXPECT_EQ(pair.encoder.table().held_bytes(), 0U);
}

TEST(Encoder, a_smaller_cap_of_our_own_is_told_in_the_first_block) {  // RFC 7541 §4.2
  Pair pair(512);
  const BlockBytes expected = BlockBytes().size_update(512);
  EXPECT_EQ(pair.send({}),
            std::vector<std::uint8_t>(expected.view().begin(), expected.view().end()));
  pair.encoder.set_table_limit(4096);
  EXPECT_EQ(pair.send({}), std::vector<std::uint8_t>());
}

TEST(Encoder, dropping_the_table_frees_it_and_tells_the_peer) {  // RFC 7541 §4.2
  Pair pair;
  pair.send({field_line("x-a", "1")});
  pair.encoder.drop_table();
  EXPECT_EQ(pair.encoder.table().held_bytes(), 0U);
  const BlockBytes expected = BlockBytes().size_update(0).size_update(4096);
  EXPECT_EQ(pair.send({}),
            std::vector<std::uint8_t>(expected.view().begin(), expected.view().end()));
  pair.encoder.drop_table();  // nothing to drop, nothing to tell
  EXPECT_EQ(pair.send({}), std::vector<std::uint8_t>());
  EXPECT_GT(pair.octets(field_line("x-a", "1")), 1U);
  EXPECT_EQ(pair.octets(field_line("x-a", "1")), 1U);
}

TEST(Encoder, entries_are_found_as_long_as_they_live) {
  Pair pair;
  std::vector<std::string> values;
  for (int i = 0; i < 80; ++i) values.push_back("value-" + std::to_string(i));
  std::size_t found = 0;
  for (const std::string& value : values) pair.octets(field_line("x-n", value));
  const std::size_t live = pair.encoder.table().entry_count();
  for (std::size_t i = 80 - live; i < 80; ++i) {
    if (pair.octets(field_line("x-n", values[i])) <= 2) ++found;
  }
  // The index is lossy, but not by much: twice as many ways as entries, four a set.
  EXPECT_GE(found * 10, live * 9);
}

// Names that fall into one set of an index of up to 64 sets, under kKey.
std::vector<std::string> colliding_names(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; names.size() < count; ++i) {
    std::string name = "x-" + std::to_string(i);
    // The top bits of the lower half number the set; a name without an id is seeded so.
    const std::uint64_t hash = keyed_hash(kKey, ~std::uint64_t{0}, wire::as_bytes(name));
    if ((hash & 0xFC000000U) == 0) names.push_back(std::move(name));
  }
  return names;
}

TEST(Encoder, work_has_a_bound_a_line_whatever_the_table_holds) {
  const std::vector<std::string> colliding = colliding_names(200);
  for (const std::uint32_t limit : {0U, 4096U, 65536U}) {
    Encoder encoder(kKey, limit);
    encoder.set_table_limit(limit);
    std::uint64_t lines = 0;
    std::vector<std::uint8_t> block;
    for (int i = 0; i < 3000; ++i) {
      const std::string number = std::to_string(i);
      const std::string name = "x-" + number;
      const std::string value = std::string(40, i % 2 == 0 ? 'p' : '\x80') + number;
      const std::vector<FieldLine> section{
          field_line("x-value", number), field_line(name, "v"), field_line("x-value", value),
          field_line(colliding[static_cast<std::size_t>(i) % colliding.size()], number)};
      block.assign(Encoder::encoded_bytes_max(section), 0);
      wire::Writer writer{wire::MutableBytes(block)};
      encoder.encode(section, writer);
      lines += section.size();
    }
    const wire::Work& work = encoder.work();
    EXPECT_LE(work.probes, 8 * lines);
    EXPECT_LE(work.evictions, lines);
    EXPECT_LE(work.steps, 4 * work.bytes_in + 4 * lines);
    EXPECT_LE(work.compares, 4 * work.bytes_in);
    EXPECT_LE(work.copies, 2 * work.bytes_in + 4 * lines + 65536);
    EXPECT_EQ(work.probes > 0, limit > 0);
  }
}

}  // namespace
}  // namespace regauge::hpack
