// A response whose head ends with bare LFs and whose chunks do not: both line ends stand in one
// message, wherever that is seen first.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "regauge/h1/policy.h"
#include "tests/h1/decoded_message.h"

namespace regauge::h1 {
namespace {

constexpr std::string_view kHead = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n";

struct Case {
  std::string_view name;
  std::string_view content;
  std::size_t offset;  // of the line or the end of a chunk that says it
};

constexpr Case kCases[] = {{"a chunk line", "1\r\nx\n0\n\n", 0},
                           {"the end of a chunk", "1\nx\r\n0\n\n", 3},
                           {"a trailer line", "1\nx\n0\nX: a\r\n\n", 6},
                           {"the last line", "1\nx\n0\n\r\n", 6}};

TEST(ResponseOfTwoLineEnds, is_noted_wherever_the_second_is_met) {  // RFC 9112 §2.2
  for (const Case& each : kCases) {
    const std::string octets = std::string(kHead).append(each.content);
    for (const Cut& cut : {whole(), octet_by_octet()}) {
      const auto message = decode(Policy(Side::response, Preset::maximal), octets, {}, cut);
      EXPECT_TRUE(message.complete) << each.name;
      EXPECT_TRUE(message.deviations.contains("mixed-eol")) << each.name;
      ASSERT_FALSE(message.notes.empty()) << each.name;
      EXPECT_EQ(message.notes.back(),
                std::pair(std::string("mixed-eol"), std::uint64_t{kHead.size() + each.offset}))
          << each.name;
    }
  }
}

TEST(ResponseOfTwoLineEnds, is_refused_where_the_rule_says_so) {  // RFC 9112 §2.2
  for (const Case& each : kCases) {
    const std::string octets = std::string(kHead).append(each.content);
    const auto message = decode(Policy(Side::response, Preset::common), octets);
    EXPECT_FALSE(message.complete) << each.name;
    ASSERT_TRUE(message.violation) << each.name;
    EXPECT_EQ(message.violation->deviation, Deviation::mixed_eol) << each.name;
  }
}

TEST(ResponseOfOneLineEnd, is_accepted) {  // RFC 9112 §2.2
  const std::string octets = std::string(kHead) + "1\nx\n0\nX: a\n\n";
  const auto message = decode(Policy(Side::response, Preset::common), octets);
  EXPECT_TRUE(message.complete);
  EXPECT_FALSE(message.deviations.contains("mixed-eol"));
}

}  // namespace
}  // namespace regauge::h1
