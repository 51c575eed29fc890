// What was forgiven in a head is told in the order of its octets, however it was judged: Host and
// the framing fields are weighed behind the last line.
#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "regauge/h1/policy.h"
#include "tests/h1/decoded_message.h"

namespace regauge::h1 {
namespace {

using Notes = std::vector<std::pair<std::string, std::uint64_t>>;

// The place of `line` in `octets`.
std::uint64_t at(std::string_view octets, std::string_view line) { return octets.find(line); }

TEST(NotesOfAHead, stand_in_the_order_of_the_octets) {  // RFC 9112 §5.1, §6.3
  constexpr std::string_view kOctets =
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 00\r\nHost: A\r\nX : 1\r\nExpect: y\r\n"
      "Connection: close, keep-alive\r\n\r\n";
  const Notes expected{{"cl-leading-zeros", at(kOctets, "Content-Length")},
                       {"duplicate-host", at(kOctets, "Host: A")},
                       {"space-before-colon", at(kOctets, "X : 1") + 1},
                       {"unknown-expect", at(kOctets, "Expect")},
                       {"close-and-keep-alive", at(kOctets, "Connection")}};
  for (const Cut& cut : {whole(), octet_by_octet()}) {
    const auto message = decode(Policy(Side::request, Preset::maximal), kOctets, {}, cut);
    EXPECT_TRUE(message.complete);
    EXPECT_EQ(message.notes, expected);
  }
}

TEST(NotesOfAHead, stand_in_order_in_front_of_a_violation) {  // RFC 9112 §6.3
  constexpr std::string_view kOctets =
      "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\nX : 1\r\nContent-Length: 1, 2\r\n\r\n";
  const auto message = decode(Policy(Side::request, Preset::maximal), kOctets);
  ASSERT_TRUE(message.violation);
  EXPECT_EQ(message.violation->deviation, Deviation::cl_conflict);
  const Notes expected{{"duplicate-host", at(kOctets, "Host: a\r\nX")},
                       {"space-before-colon", at(kOctets, "X : 1") + 1}};
  EXPECT_EQ(message.notes, expected);
}

TEST(NotesOfAHead, stand_in_order_when_there_are_as_many_as_are_kept) {  // RFC 9112 §5.1
  std::string octets = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 40; ++i) octets += "Host: a\r\nX : 1\r\n";
  octets += "\r\n";
  const auto message = decode(Policy(Side::request, Preset::maximal), octets);
  EXPECT_TRUE(message.complete);
  EXPECT_EQ(message.notes.size(), Report::kNotesMax);
  EXPECT_TRUE(
      std::ranges::is_sorted(message.notes, {}, [](const auto& note) { return note.second; }));
}

TEST(NotesOfAResponse, stand_in_the_order_of_the_octets) {  // RFC 9112 §6.3
  constexpr std::string_view kOctets =
      "HTTP/1.1 200\r\nContent-Length: 01\r\nX : 1\r\nContent-Length: 1\r\n\r\nx";
  const auto message = decode(Policy(Side::response, Preset::maximal), kOctets);
  EXPECT_TRUE(message.complete);
  EXPECT_TRUE(
      std::ranges::is_sorted(message.notes, {}, [](const auto& note) { return note.second; }));
  EXPECT_EQ(message.notes.size(), 4U);
}

}  // namespace
}  // namespace regauge::h1
