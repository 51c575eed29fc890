// All cases of tests/cases/h2.jsonl, whole, octet by octet and cut at random (RFC 9113).
#include <gtest/gtest.h>

#include "tests/h2/case_run.h"

namespace regauge::tests {
namespace {

std::string text_of(const Outcome& outcome) {
  return outcome.kind + " " + outcome.code + " @" + std::to_string(outcome.stream) + " (" +
         outcome.rule + ")";
}

bool agrees(const boost::json::object& expect, const Outcome& outcome) {
  if (expect.at("kind").as_string() != outcome.kind) return false;
  if (expect.contains("code") && expect.at("code").as_string() != outcome.code) return false;
  return outcome.kind != "stream_error" || !expect.contains("stream") ||
         expect.at("stream").to_number<std::uint32_t>() == outcome.stream;
}

bool is_expected(const boost::json::object& one, const Outcome& outcome) {
  if (agrees(one.at("expect").as_object(), outcome)) return true;
  if (!one.contains("alt")) return false;
  for (const auto& other : one.at("alt").as_array()) {
    if (agrees(other.as_object(), outcome)) return true;
  }
  return false;
}

TEST(Cases, have_the_verdict_of_the_rfc_at_every_cut) {  // RFC 9113 §3 to §8, RFC 7541
  std::size_t right = 0;
  const auto cases = read_cases("h2.jsonl");
  for (const boost::json::object& one : cases) {
    const std::string octets = from_base64(one.at("bytes_b64").as_string());
    const h2::Policy policy = h2::Policy::strict();
    const Outcome whole = CaseRun(one, policy).run(octets, {});
    EXPECT_TRUE(is_expected(one, whole))
        << one.at("name") << ": " << text_of(whole) << ", expected " << one.at("expect");
    if (is_expected(one, whole)) ++right;
    std::vector<Cut> cuts{{1, {}}, {2, {}}};
    for (std::uint32_t seed = 1; seed <= 7; ++seed) cuts.push_back({0, seed});
    for (const Cut& cut : cuts) {
      Outcome outcome = CaseRun(one, policy).run(octets, cut);
      // Cut off from its reset, a stream may be surfaced: that much the batch law allows.
      EXPECT_GE(outcome.heads, whole.heads) << one.at("name");
      outcome.heads = whole.heads;
      EXPECT_EQ(outcome, whole) << one.at("name") << ": " << text_of(outcome) << " when cut, "
                                << text_of(whole) << " when whole";
    }
  }
  EXPECT_EQ(right, cases.size());
}

TEST(Cases, name_the_rule_that_was_broken) {
  for (const boost::json::object& one : read_cases("h2.jsonl")) {
    if (one.at("expect").as_object().at("kind").as_string() == "ok") continue;
    const std::string octets = from_base64(one.at("bytes_b64").as_string());
    const Outcome outcome = CaseRun(one, h2::Policy::strict()).run(octets, {});
    if (outcome.kind == "ok") continue;  // an alternative that RFC 9113 allows
    EXPECT_EQ(outcome.rule, one.at("rule").as_string()) << one.at("name");
  }
}

}  // namespace
}  // namespace regauge::tests
