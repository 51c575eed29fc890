// The framing theorem of codecs/regauge/h1/README.md over the cases, what the clauses speak of, and
// systematic mutations of both: our reading beside those of all neighbours.
#include <array>
#include <cstddef>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/case_file.h"
#include "tests/oracle/h1_neighbours.h"
#include "tests/oracle/h1_theorem.h"

namespace regauge::h1 {
namespace {

using oracle::Habit;
using oracle::Neighbour;

std::string printable(std::string_view octets) {
  std::string text;
  for (const char octet : octets) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(octet);
    if (octet == '\r') {
      text += "\\r";
    } else if (octet == '\n') {
      text += "\\n";
    } else if (value >= 0x20 && value < 0x7f) {
      text += octet;
    } else {
      text += {'\\', 'x', kHex[value >> 4U], kHex[value & 15U]};
    }
  }
  return text;
}

// Holds each `stride`th input against neighbours. Prints and counts the inputs for which a claim
// does not hold.
std::size_t broken(const std::vector<std::string>& inputs, std::span<const Neighbour> neighbours,
                   std::size_t stride = 1) {
  const Policy policy(Side::request, Preset::maximal);
  std::size_t count = 0;
  for (std::size_t i = 0; i < inputs.size(); i += stride) {
    const auto claim = oracle::broken_claim(inputs[i], policy, neighbours);
    if (!claim || ++count > 20) continue;
    std::cout << claim->claim << "\n  neighbour: " << claim->neighbour
              << "\n  its end: " << claim->offset << "\n  octets: " << printable(inputs[i]) << '\n';
  }
  return count;
}

std::vector<std::string> requests_of_cases() {
  std::vector<std::string> requests;
  for (const auto& one : tests::read_cases("h1.jsonl")) {
    if (one.at("side").as_string() != "request") continue;
    std::string octets = tests::from_base64(std::string_view(one.at("bytes_b64").as_string()));
    if (octets.size() <= 400) requests.push_back(std::move(octets));
  }
  return requests;
}

const std::string kStart = "POST /p HTTP/1.1\r\nHost: a.test\r\n";
const std::string kNext = "GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n";

// --- what the clauses speak of -------------------------------------------------------------------

constexpr std::array<std::string_view, 12> kLengths{
    "",
    "Content-Length: 5\r\n",
    "Content-Length: 05\r\n",
    "Content-Length: 5, 5\r\n",
    "Content-Length: 5\r\nContent-Length: 5\r\n",
    "Content-Length: 5\r\nContent-Length: 6\r\n",
    "Content-Length: +5\r\n",
    "Content-Length: 5x\r\n",
    "Content-Length:\r\n",
    "Content-Length : 5\r\n",
    "Content_Length: 5\r\n",
    "Content-Length: 60\r\n",
};

constexpr std::array<std::string_view, 18> kCodings{
    "",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: CHUNKED\r\n",
    "Transfer-Encoding: identity, chunked\r\n",
    "Transfer-Encoding: chunked, identity\r\n",
    "Transfer-Encoding: , chunked\r\n",
    "Transfer-Encoding: chunked,\r\n",
    "Transfer-Encoding: identity\r\n",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "Transfer-Encoding: chunked, chunked\r\n",
    "Transfer-Encoding: xchunked\r\n",
    "Transfer-Encoding: chunked;q=1\r\n",
    "Transfer-Encoding:\r\n",
    "Transfer-Encoding : chunked\r\n",
    "Transfer_Encoding: chunked\r\n",
    "Transfer-Encoding x: chunked\r\n",
    "X Transfer-Encoding: chunked\r\n",
};

constexpr std::array<std::string_view, 17> kOddLines{
    "",
    "X: a\r\n b\r\n",
    "X: a\r\n \r\n",
    "X: a\r\n b: c\r\n",
    "X: a\rb\r\n",
    "X: a\r\r\n",
    "X: a\r\rGET /in HTTP/1.1\rHost: a.test\r\r\n",
    "X: a\x0b\x0bGET /in HTTP/1.1\x0bHost: a.test\x0b\x0b\r\n",
    "X: a\n",
    "garbage\r\n",
    "GET /in HTTP/1.1\r\n",
    ": a\r\n",
    "X Y: a\r\n",
    "X : a\r\n",
    "\x0b\r\n",
    "X: a\r\n GET /in HTTP/1.1\r\n",
    "X\xa0: \x85\xa0\r\n",
};

constexpr std::array<std::string_view, 1> kNoOddLine{""};

constexpr std::array<std::string_view, 16> kContents{
    "",
    "hello",
    "5\r\nhello\r\n0\r\n\r\n",
    "5;a=b\r\nhello\r\n0\r\nX: 1\r\n\r\n",
    "5 \r\nhello\r\n0 \r\n\r\n",
    "5;;\r\nhello\r\n0;\r\n\r\n",
    "5;a=\"x\"\r\nhello\r\n0\r\n\r\n",
    "0x5\r\nhello\r\n0\r\n\r\n",
    "5\nhello\n0\n\n",
    "5;a\nb\r\nhello\r\n0\r\n\r\n",
    "5\r\nhello0\r\n\r\n",
    "5\r\nhelloXX0\r\n\r\n",
    "1A ;x HTTP/1.1\r\nHost: a.test\r\nab: 1\r\n\r\n\r\n0\r\n\r\n",
    // Whoever looks for a CR behind the extension sees other chunks, and an end among them.
    "8;a\nxxxxxx\r\n\n32\nyyyy\r\n0\r\n\r\n"
    "GET /in HTTP/1.1\r\nHost: a.test\r\n\r\nzzzzz\n0\n\n",
    // Whoever passes over two octets behind a chunk takes the next size for that of the last chunk.
    "5\nhello\n10\n\nGET / HTTP/1.1\n\n0\n\n",
    "5\nhello\n1\n\n\n8\n\nGET / \n\n0\n\n",
};

std::string with_line_feeds(std::string_view text) {
  std::string plain;
  for (const char octet : text) {
    if (octet != '\r') plain += octet;
  }
  return plain;
}

// All combinations of framing lines and one odd line.
std::vector<std::string> heads(std::span<const std::string_view> odd_lines) {
  std::vector<std::string> all;
  for (const std::string_view coding : kCodings) {
    for (const std::string_view length : kLengths) {
      for (const std::string_view odd : odd_lines) {
        all.push_back(kStart + std::string(odd).append(length).append(coding) + "\r\n");
      }
    }
  }
  return all;
}

std::vector<std::string> with_contents(const std::vector<std::string>& heads) {
  std::vector<std::string> requests;
  for (const std::string& head : heads) {
    for (const std::string_view content : kContents) {
      requests.push_back(head + std::string(content) + kNext);
    }
  }
  return requests;
}

// Eleven divides none of the counts of parts, so that any two of them meet.
TEST(Theorem, holds_for_what_its_clauses_speak_of) {
  EXPECT_EQ(broken(with_contents(heads(kOddLines)), oracle::h1_neighbours(), 11), 0U);
}

// What none of the habits does alone, two of them together must not do either. README.md says which
// two are out of scope.
TEST(Theorem, holds_beside_readers_with_two_habits) {
  std::vector<Neighbour> pairs;
  for (std::size_t i = 0; i < oracle::kHabitCount; ++i) {
    for (std::size_t j = i + 1; j < oracle::kHabitCount; ++j) {
      const oracle::Habits habits{static_cast<Habit>(i), static_cast<Habit>(j)};
      if (oracle::in_scope(habits)) pairs.push_back(oracle::sloppy_neighbour(habits));
    }
  }
  EXPECT_EQ(broken(with_contents(heads(kOddLines)), pairs, 101), 0U);
}

TEST(Theorem, holds_for_bare_line_feeds) {
  std::vector<std::string> requests;
  for (const std::string& head : heads(kNoOddLine)) {
    for (const std::string_view content : kContents) {
      requests.push_back(with_line_feeds(head) + std::string(content) + kNext);
      requests.push_back(with_line_feeds(head + std::string(content)) + kNext);
    }
  }
  EXPECT_EQ(broken(requests, oracle::h1_neighbours()), 0U);
}

TEST(Theorem, holds_for_http_1_0) {
  std::vector<std::string> requests = with_contents(heads(kNoOddLine));
  for (std::string& request : requests) request.replace(request.find("1.1"), 3, "1.0");
  EXPECT_EQ(broken(requests, oracle::h1_neighbours()), 0U);
}

// --- mutations; the fuzz target h1_smuggling makes more of them ----------------------------------

constexpr std::array<std::string_view, 15> kInserts{
    "\r",   "\n",    "\r\n", std::string_view("\0", 1),
    "\x0b", "\xa0",  " ",    "\t",
    ":",    ";",     ",",    "\"",
    "\r\r", "\r\n ", "0"};

TEST(Theorem, holds_with_an_octet_put_anywhere_into_a_case) {
  std::vector<std::string> requests;
  for (const std::string& request : requests_of_cases()) {
    for (std::size_t at = 0; at <= request.size(); ++at) {
      for (const std::string_view insert : kInserts) {
        requests.push_back(std::string(request).insert(at, insert) += kNext);
      }
    }
  }
  EXPECT_EQ(broken(requests, oracle::h1_neighbours(), 13), 0U);
}

TEST(Theorem, holds_with_an_octet_taken_out_of_a_case) {
  std::vector<std::string> requests;
  for (const std::string& request : requests_of_cases()) {
    for (std::size_t at = 0; at < request.size(); ++at) {
      requests.push_back(std::string(request).erase(at, 1) += kNext);
    }
  }
  EXPECT_EQ(broken(requests, oracle::h1_neighbours(), 3), 0U);
}

// Places of CRLF in a text.
std::vector<std::size_t> line_ends(std::string_view text) {
  std::vector<std::size_t> places;
  for (std::size_t at = text.find("\r\n"); at != std::string::npos;
       at = text.find("\r\n", at + 1)) {
    places.push_back(at);
  }
  return places;
}

TEST(Theorem, holds_with_other_line_ends_in_a_case) {
  std::vector<std::string> requests;
  for (const std::string& request : requests_of_cases()) {
    requests.push_back(with_line_feeds(request) + kNext);
    for (const std::size_t at : line_ends(request)) {
      for (const auto* end : {"\n", "\r", "\r\r\n", "\n\r", "\r\n\r\n", "\x0b", " \r\n"}) {
        requests.push_back(std::string(request).replace(at, 2, end) += kNext);
      }
    }
  }
  EXPECT_EQ(broken(requests, oracle::h1_neighbours()), 0U);
}

TEST(Theorem, holds_with_a_line_put_anywhere_into_a_case) {
  std::vector<std::string_view> lines(kLengths.begin(), kLengths.end());
  lines.insert(lines.end(), kCodings.begin(), kCodings.end());
  lines.insert(lines.end(), kOddLines.begin(), kOddLines.end());
  std::vector<std::string> requests;
  for (const std::string& request : requests_of_cases()) {
    for (const std::size_t at : line_ends(request)) {
      for (const std::string_view line : lines) {
        requests.push_back(std::string(request).insert(at + 2, line) += kNext);
      }
    }
  }
  EXPECT_EQ(broken(requests, oracle::h1_neighbours(), 11), 0U);
}

}  // namespace
}  // namespace regauge::h1
