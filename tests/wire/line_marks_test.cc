#include "regauge/wire/line_marks.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/http/characters.h"

namespace regauge::wire {
namespace {

using Places = std::vector<std::array<std::uint32_t, 3>>;

// All lines of `text`, found octet by octet.
Places expected_lines(std::string_view text) {
  Places lines;
  std::array<std::uint32_t, 3> line{kNowhere, kNowhere, kNowhere};
  for (std::uint32_t at = 0; at < text.size(); ++at) {
    const char octet = text[at];
    if (line[0] == kNowhere && !http::has_class(octet, http::kToken)) line[0] = at;
    if (line[1] == kNowhere && !http::has_class(octet, http::kFieldText)) line[1] = at;
    if (octet != '\n') continue;
    line[2] = at;
    lines.push_back(line);
    line = {kNowhere, kNowhere, kNowhere};
  }
  return lines;
}

// All lines of `text`, offered in pieces of at most `piece` octets. Each piece has memory of its
// own, so that a sanitizer sees what is read beside it.
Places marked_lines(std::string_view text, std::size_t piece, const BlockScanner& scanner) {
  Places lines;
  LineStart start;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view offered = text.substr(at, piece);
    const std::vector<std::uint8_t> octets(offered.begin(), offered.end());
    LineMarks marks;
    at += mark_lines(octets, static_cast<std::uint32_t>(at), start, marks, scanner);
    for (std::uint32_t i = 0; i < marks.count; ++i) {
      const LineMark& mark = marks.lines.at(i);
      lines.push_back({mark.separator, mark.control, mark.line_feed});
    }
  }
  return lines;
}

std::string random_text(std::mt19937& random) {
  static constexpr std::string_view kPieces[] = {
      "a",
      "bc",
      ":",
      " ",
      "\r\n",
      "\n",
      "\r",
      "\t",
      "\x01",
      "\xe4",
      "content-length",
      "0123456789012345678901234567890123456789012345678901234567890123456789"};
  std::string text;
  for (auto pieces = random() % 60; pieces > 0; --pieces) {
    text += kPieces[random() % std::size(kPieces)];
  }
  return text + "\n";
}

TEST(LineMarks, are_those_of_a_plain_reading_at_every_cut) {
  std::mt19937 random(1);
  for (int round = 0; round < 2'000; ++round) {
    const std::string text = random_text(random);
    const Places expected = expected_lines(text);
    for (const BlockScanner& scanner : block_scanners()) {
      for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{63},
                                      std::size_t{64}, std::size_t{65}, text.size()}) {
        ASSERT_EQ(marked_lines(text, piece, scanner), expected) << scanner.name << ' ' << piece;
      }
    }
  }
}

TEST(LineMarks, nothing_is_marked_behind_an_empty_line) {
  LineStart start;
  LineMarks marks;
  const std::string text = "a: b\r\n\r\nc: d\r\n";
  EXPECT_EQ(mark_lines(as_bytes(text), 0, start, marks), 8U);
  EXPECT_EQ(marks.count, 2U);
  EXPECT_EQ(start.begin, 8U);
}

TEST(LineMarks, one_call_marks_no_more_lines_than_there_is_room_for) {
  LineStart start;
  LineMarks marks;
  std::string text;
  for (std::uint32_t i = 0; i <= LineMarks::kMax; ++i) text += "a:\n";
  EXPECT_EQ(mark_lines(as_bytes(text), 0, start, marks), 3U * LineMarks::kMax);
  EXPECT_EQ(marks.count, LineMarks::kMax);
}

}  // namespace
}  // namespace regauge::wire
