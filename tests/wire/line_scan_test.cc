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

// Begin, separator and line feed of a line, and its kind.
using FoundLine = std::tuple<std::size_t, std::size_t, std::size_t, LineKind>;
using FoundLines = std::vector<FoundLine>;

// All lines of `text`, found octet by octet.
FoundLines expected_lines(std::string_view text) {
  FoundLines lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\n') continue;
    const std::string_view line = text.substr(begin, at + 1 - begin);
    std::size_t separator = 0;
    while (http::has_class(line[separator], http::kToken)) ++separator;
    const bool crlf = line.ends_with("\r\n");
    const bool plain =
        std::ranges::all_of(line.substr(0, line.size() - (crlf ? 2 : 1)),
                            [](char octet) { return http::has_class(octet, http::kFieldText); });
    LineKind kind = LineKind::odd;
    if (plain && crlf && separator > 0) kind = LineKind::clean;
    if (plain && !crlf && (separator > 0 || line == "\n")) kind = LineKind::bare_lf;
    lines.emplace_back(begin, begin + separator, at, kind);
    begin = at + 1;
  }
  return lines;
}

struct Scanned {
  FoundLines lines;
  std::string kept;
  std::string lower;
};

// How lines are asked for.
enum class Ask : std::uint8_t { each, clean_ones };

class Reading {
 public:
  Reading(LineScan& scan, Ask ask, FoundLines& lines) : scan_(scan), ask_(ask), lines_(lines) {}

  // Reads all lines of the scan. With `clean_ones`, of those that come at once, every third time
  // some are given back.
  void run() {
    while (scan_.read_more()) {
      if (ask_ == Ask::clean_ones) take_clean();
      LineMark mark;
      while (scan_.next(mark)) {
        lines_.emplace_back(mark.begin, mark.separator, mark.line_feed, mark.kind);
        if (ask_ == Ask::clean_ones) take_clean();
      }
    }
  }

 private:
  void take_clean() {
    const std::size_t before = lines_.size();
    const std::size_t taken = scan_.take_clean(5, [this](const LineMark& mark, std::size_t number) {
      if (number == 4 && asked_ % 2 == 0) return false;
      const std::size_t first = scan_.first();
      lines_.emplace_back(first + mark.begin, first + mark.separator, first + mark.line_feed,
                          mark.kind);
      return true;
    });
    ASSERT_EQ(lines_.size(), before + taken);
    if (++asked_ % 3 == 0 && taken > 1) {
      scan_.go_back(taken - 1);
      lines_.resize(before + 1);
    }
    const std::size_t begin = scan_.line_begin();
    if (scan_.pass_empty_line()) {
      lines_.emplace_back(begin, begin, begin + 1, LineKind::odd);
    }
  }

  LineScan& scan_;
  Ask ask_;
  FoundLines& lines_;
  std::size_t asked_ = 0;
};

// All lines of `text`, offered in pieces of at most `piece` octets. Each piece has memory of its
// own, so that a sanitizer sees what is read beside it.
Scanned scan_all(std::string_view text, std::size_t piece, const BlockScanner& scanner, Ask ask) {
  Scanned scanned;
  LineStart start;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    const std::string_view offered = text.substr(at, piece);
    const std::vector<std::uint8_t> octets(offered.begin(), offered.end());
    std::vector<std::uint8_t> kept(octets.size() + kBlockOctets);
    std::vector<std::uint8_t> lower(octets.size() + kBlockOctets);
    LineScan scan(octets, at, start, {kept, lower}, scanner);
    if (ask == Ask::clean_ones) scan.expect(text.size());
    Reading(scan, ask, scanned.lines).run();
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
  for (const auto& [begin, separator, line_feed, kind] : scanned.lines) {
    std::string name(text.substr(begin, separator - begin));
    std::ranges::transform(name, name.begin(), http::to_lower);
    ASSERT_EQ(scanned.lower.substr(begin, separator - begin), name);
  }
}

void expect_lines_at_every_cut(std::string_view text, const BlockScanner& scanner, Ask ask) {
  const FoundLines expected = expected_lines(text);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{63}, std::size_t{64},
                                  std::size_t{65}, std::size_t{200}, text.size()}) {
    const Scanned scanned = scan_all(text, piece, scanner, ask);
    ASSERT_EQ(scanned.lines, expected) << scanner.name << ' ' << piece << '\n' << text;
    ASSERT_EQ(scanned.kept, text) << scanner.name << ' ' << piece;
    expect_lower_names(scanned, text);
  }
}

TEST(LineScan, lines_are_those_of_a_plain_reading_at_every_cut) {
  std::mt19937 random(1);
  for (int round = 0; round < 2'000; ++round) {
    const std::string text = random_text(random);
    for (const BlockScanner& scanner : block_scanners()) {
      expect_lines_at_every_cut(text, scanner, Ask::each);
      expect_lines_at_every_cut(text, scanner, Ask::clean_ones);
    }
  }
}

TEST(LineScan, long_values_are_copied_whole) {
  const std::string text = "a: " + std::string(5'000, 'V') + "\r\nb: c\r\n";
  for (const BlockScanner& scanner : block_scanners()) {
    for (const std::size_t piece : {std::size_t{64}, std::size_t{700}, text.size()}) {
      const Scanned scanned = scan_all(text, piece, scanner, Ask::each);
      EXPECT_EQ(scanned.lines, expected_lines(text)) << scanner.name << ' ' << piece;
      EXPECT_EQ(scanned.kept, text) << scanner.name << ' ' << piece;
    }
  }
}

TEST(LineScan, names_of_any_length_are_marked) {
  std::string text;
  for (std::size_t size = 1; size < 3 * kBlockOctets; ++size) {
    text += std::string(size, 'N') + ": v\r\n";
  }
  for (const BlockScanner& scanner : block_scanners()) {
    for (const Ask ask : {Ask::each, Ask::clean_ones}) {
      const Scanned scanned = scan_all(text, text.size(), scanner, ask);
      ASSERT_EQ(scanned.lines, expected_lines(text)) << scanner.name;
    }
  }
}

}  // namespace
}  // namespace regauge::wire
