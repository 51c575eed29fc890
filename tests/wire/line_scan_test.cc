#include "regauge/wire/line_scan.h"

#include <algorithm>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/http/characters.h"

namespace regauge::wire {
namespace {

// Begin, separator and line feed of a line, and whether it is clean.
using FoundLine = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, bool>;
using FoundLines = std::vector<FoundLine>;

// All lines of `text`, found octet by octet.
FoundLines expected_lines(std::string_view text) {
  FoundLines lines;
  std::uint32_t begin = 0;
  for (std::uint32_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\n') continue;
    const std::string_view line = text.substr(begin, at + 1 - begin);
    std::uint32_t separator = 0;
    while (http::has_class(line[separator], http::kToken)) ++separator;
    const bool crlf = line.ends_with("\r\n");
    const bool clean = separator > 0 && crlf &&
                       std::ranges::all_of(line.substr(0, line.size() - 2), [](char octet) {
                         return http::has_class(octet, http::kFieldText);
                       });
    lines.emplace_back(begin, begin + separator, at, clean);
    begin = at + 1;
  }
  return lines;
}

struct Scanned {
  FoundLines lines;
  std::string kept;
  std::string lower;
};

// All lines of `text`, offered in pieces of at most `piece` octets. Each piece has memory of its
// own, so that a sanitizer sees what is read beside it.
Scanned scan_all(std::string_view text, std::size_t piece, const BlockScanner& scanner) {
  Scanned scanned;
  LineStart start;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    const std::string_view offered = text.substr(at, piece);
    const std::vector<std::uint8_t> octets(offered.begin(), offered.end());
    std::vector<std::uint8_t> kept(octets.size() + kBlockOctets);
    std::vector<std::uint8_t> lower(octets.size() + kBlockOctets);
    LineScan scan(octets, static_cast<std::uint32_t>(at), start, {kept, lower}, scanner);
    LineBatch batch;
    bool more = true;
    while (more) {
      more = scan.next(batch);
      std::uint32_t begin = batch.begin;
      for (std::uint32_t i = 0; i < batch.count; ++i) {
        const LineMark& mark = batch.lines.at(i);
        const bool clean = !batch.odd_last || i + 1 < batch.count;
        scanned.lines.emplace_back(begin, mark.separator, mark.line_feed, clean);
        begin = mark.line_feed + 1;
      }
    }
    start = scan.rest();
    scanned.kept.append(as_text(kept).substr(0, octets.size()));
    scanned.lower.append(as_text(lower).substr(0, octets.size()));
  }
  return scanned;
}

std::string random_text(std::mt19937& random) {
  static constexpr std::string_view kPieces[] = {
      "a",
      "Bc",
      ":",
      " ",
      "\r\n",
      "\r\nName: value\r\n",
      "\n",
      "\r",
      "\t",
      "\x01",
      "\xe4",
      "Content-Length",
      "0123456789012345678901234567890123456789012345678901234567890123456789"};
  std::string text;
  for (auto pieces = random() % 60; pieces > 0; --pieces) {
    text += kPieces[random() % std::size(kPieces)];
  }
  return text + "\n";
}

// Every token at the front of a line is there with small letters.
void expect_lower_names(const Scanned& scanned, std::string_view text) {
  for (const auto& [begin, separator, line_feed, clean] : scanned.lines) {
    std::string name(text.substr(begin, separator - begin));
    std::ranges::transform(name, name.begin(), http::to_lower);
    ASSERT_EQ(scanned.lower.substr(begin, separator - begin), name);
  }
}

TEST(LineScan, lines_are_those_of_a_plain_reading_at_every_cut) {
  std::mt19937 random(1);
  for (int round = 0; round < 2'000; ++round) {
    const std::string text = random_text(random);
    const FoundLines expected = expected_lines(text);
    for (const BlockScanner& scanner : block_scanners()) {
      for (const std::size_t piece :
           {std::size_t{1}, std::size_t{7}, std::size_t{63}, std::size_t{64}, std::size_t{65},
            std::size_t{200}, text.size()}) {
        const Scanned scanned = scan_all(text, piece, scanner);
        ASSERT_EQ(scanned.lines, expected) << scanner.name << ' ' << piece << '\n' << text;
        ASSERT_EQ(scanned.kept, text) << scanner.name << ' ' << piece;
        expect_lower_names(scanned, text);
      }
    }
  }
}

TEST(LineScan, long_values_are_copied_whole) {
  const std::string text = "a: " + std::string(5'000, 'V') + "\r\nb: c\r\n";
  for (const BlockScanner& scanner : block_scanners()) {
    for (const std::size_t piece : {std::size_t{64}, std::size_t{700}, text.size()}) {
      const Scanned scanned = scan_all(text, piece, scanner);
      EXPECT_EQ(scanned.lines, expected_lines(text)) << scanner.name << ' ' << piece;
      EXPECT_EQ(scanned.kept, text) << scanner.name << ' ' << piece;
    }
  }
}

TEST(LineScan, one_batch_has_no_more_lines_than_there_is_room_for) {
  std::string text;
  for (std::uint32_t i = 0; i <= 3 * LineBatch::kMax; ++i) text += "a:\r\n";
  const Scanned scanned = scan_all(text, text.size(), block_scanners().front());
  EXPECT_EQ(scanned.lines, expected_lines(text));
}

}  // namespace
}  // namespace regauge::wire
