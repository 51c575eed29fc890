// Policy and catalogue: each preset and each single-rule switch does what its row says, shown by a
// message for every row and side.
#include "regauge/h1/policy.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tests/case_file.h"
#include "tests/h1/case_context.h"
#include "tests/h1/decoded_message.h"
#include "tests/h1/deviation_vectors.h"

namespace regauge::h1 {
namespace {

// Lawful things that are noted only to be counted: no policy applies to them.
const std::set<std::string> kRemarks = {"close-and-keep-alive", "te-multiple-lines"};

std::vector<DeviationVector> all_vectors() {
  std::vector<DeviationVector> vectors = request_vectors();
  for (DeviationVector& vector : response_vectors()) vectors.push_back(std::move(vector));
  for (const auto& one : tests::read_cases("h1.jsonl")) {
    // What strict accepts was not forgiven but only counted, such as one CRLF before a request.
    if (one.at("strict").as_string() == "accept") continue;
    DeviationVector vector;
    vector.side = one.at("side").as_string() == "request" ? Side::request : Side::response;
    vector.octets = tests::from_base64(std::string_view(one.at("bytes_b64").as_string()));
    vector.context = context_of(one);
    for (const auto& name : one.at("deviation").as_array()) {
      vector.names.emplace_back(name.as_string());
    }
    if (!vector.names.empty()) vectors.push_back(std::move(vector));
  }
  return vectors;
}

std::vector<Deviation> rows_of(const std::string& name, Side side) {
  std::vector<Deviation> rows;
  for (std::size_t i = 0; i < kDeviationCount; ++i) {
    const auto deviation = static_cast<Deviation>(i);
    if (catalogue_row(deviation).rule.name != name) continue;
    if (preset_actions(deviation, side).occurs) rows.push_back(deviation);
  }
  EXPECT_FALSE(rows.empty()) << name;
  return rows;
}

DecodedMessage read(const Policy& policy, const DeviationVector& vector) {
  return decode(policy, vector.octets, vector.context);
}

// Tells whether a message is expected to be accepted: all its rows are. Unknown where two rows
// share a name and the policy treats them differently.
std::optional<bool> accepted_by(const Policy& policy, const DeviationVector& vector) {
  bool all = true;
  for (const std::string& name : vector.names) {
    if (kRemarks.contains(name)) continue;
    const auto rows = rows_of(name, vector.side);
    const auto accepts = std::ranges::count_if(
        rows, [&](Deviation deviation) { return policy.action(deviation) != Action::reject; });
    if (accepts != 0 && static_cast<std::size_t>(accepts) != rows.size()) return std::nullopt;
    all = all && accepts != 0;
  }
  return all;
}

bool accepted_by_ceiling(const DeviationVector& vector) {
  return accepted_by(Policy(vector.side, Preset::maximal), vector).value_or(false);
}

TEST(H1Catalogue, names_are_those_of_the_enumerators_and_differ_on_each_side) {
  for (const Side side : {Side::request, Side::response}) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kDeviationCount; ++i) {
      const auto deviation = static_cast<Deviation>(i);
      const CatalogueRow& row = catalogue_row(deviation);
      EXPECT_EQ(row.deviation, deviation);
      EXPECT_TRUE(
          row.rule.section.starts_with("RFC 9110 ") || row.rule.section.starts_with("RFC 9112 ") ||
          row.rule.section.starts_with("RFC 9113 ") || row.rule.section.starts_with("RFC 1945 ") ||
          row.rule.section.starts_with("RFC 3986 "))
          << row.rule.name;
      EXPECT_TRUE(row.rule.sentence.ends_with('.')) << row.rule.name;
      if (!preset_actions(deviation, side).occurs) continue;
      // What a trailer line says decides its ceiling, but it is one rule to everybody else.
      if (deviation == Deviation::forbidden_trailer_framing) continue;
      // So does the version, for the status.
      if (deviation == Deviation::bad_major_version) continue;
      EXPECT_TRUE(names.insert(row.rule.name).second) << row.rule.name;
      EXPECT_EQ(find_deviation(row.rule.name, side), deviation);
    }
  }
  EXPECT_FALSE(find_deviation("no-such-row", Side::request));
  EXPECT_FALSE(find_deviation("icy-status-line", Side::request)) << "responses only";
}

TEST(H1Catalogue, presets_are_ordered) {
  for (std::size_t i = 0; i < kDeviationCount; ++i) {
    for (const Side side : {Side::request, Side::response}) {
      const PresetActions& actions = preset_actions(static_cast<Deviation>(i), side);
      const std::string_view name = catalogue_row(static_cast<Deviation>(i)).rule.name;
      EXPECT_LE(actions.strict, actions.common) << name;
      EXPECT_LE(actions.common, actions.maximal) << name;
    }
  }
}

TEST(H1Catalogue, framing_risk_in_a_request_closes_unless_it_has_one_reading_only) {
  const std::set<std::string_view> one_reading = {
      "cl-duplicate-same",        // one value said twice
      "forbidden-trailer-field",  // dropped, and the message has ended for everybody
      "unknown-expect",           // dropped, so that nobody waits for a 100
  };
  for (std::size_t i = 0; i < kDeviationCount; ++i) {
    const CatalogueRow& row = catalogue_row(static_cast<Deviation>(i));
    const bool lawful = row.request.strict == Action::accept;
    if (row.risk != Risk::framing || !row.request.occurs || lawful) continue;
    if (one_reading.contains(row.rule.name)) continue;
    EXPECT_NE(row.request.maximal, Action::accept) << row.rule.name;
  }
}

TEST(H1Catalogue, refused_requests_get_the_status_of_the_rfc) {
  const std::set<std::pair<std::string, int>> others = {
      {"target-too-long", 414},        // RFC 9112 §3
      {"unknown-expect", 417},         // RFC 9110 §10.1.1
      {"line-too-long", 431},          // RFC 6585 §5
      {"too-many-fields", 431},        // RFC 6585 §5
      {"te-unsupported-coding", 501},  // RFC 9112 §6.1
      {"http1-higher-minor", 505},     // RFC 9110 §15.6.6
      {"bad-version", 505},            // RFC 9110 §15.6.6: another major version
      {"h2-preface", 505},
  };
  std::set<std::pair<std::string, int>> found;
  for (std::size_t i = 0; i < kDeviationCount; ++i) {
    const CatalogueRow& row = catalogue_row(static_cast<Deviation>(i));
    if (!row.request.occurs || row.status == 400) continue;
    found.emplace(row.rule.name, row.status);
  }
  EXPECT_EQ(found, others);
}

TEST(H1Policy, a_name_stands_for_all_of_its_rows) {
  Policy policy(Side::request, Preset::strict);
  EXPECT_EQ(policy.set("forbidden-trailer-field", Action::accept), 2U);
  EXPECT_EQ(policy.action(Deviation::forbidden_trailer_field), Action::accept);
  EXPECT_EQ(policy.action(Deviation::forbidden_trailer_framing), Action::accept);
  EXPECT_EQ(policy.set("icy-status-line", Action::accept), 0U) << "responses only";
}

TEST(H1Policy, common_drops_a_forbidden_trailer_but_refuses_one_about_framing) {
  const Policy policy(Side::request, Preset::common);
  EXPECT_FALSE(decode(policy, post_chunks("0\r\nAuthorization: a\r\n\r\n")).violation);
  for (const std::string_view name :
       {"Content-Length", "Transfer-Encoding", "Host", "TE", "Trailer", "Connection"}) {
    EXPECT_TRUE(decode(policy, post_chunks("0\r\n" + std::string(name) + ": 1\r\n\r\n")).violation)
        << name;
  }
}

TEST(H1Policy, the_ceiling_holds_unless_it_is_called_unsafe) {
  Policy policy(Side::request, Preset::strict);
  EXPECT_EQ(policy.set(Deviation::cl_conflict, Action::accept), Action::reject);
  EXPECT_EQ(policy.set(Deviation::cl_and_te, Action::accept), Action::accept_and_close);
  EXPECT_EQ(policy.action(Deviation::cl_and_te), Action::accept_and_close);
  EXPECT_EQ(policy.set(Deviation::leading_lf, Action::accept), Action::accept);
  EXPECT_EQ(policy.set(Deviation::leading_lf, Action::reject), Action::reject);
  policy.unsafe_set(Deviation::cl_and_te, Action::accept);
  EXPECT_EQ(policy.action(Deviation::cl_and_te), Action::accept);
}

TEST(H1Policy, every_row_has_a_message_that_shows_it) {
  std::set<std::pair<Side, std::string>> shown;
  for (const DeviationVector& vector : all_vectors()) {
    for (const std::string& name : vector.names) shown.emplace(vector.side, name);
  }
  for (std::size_t i = 0; i < kDeviationCount; ++i) {
    const auto deviation = static_cast<Deviation>(i);
    const std::string name(catalogue_row(deviation).rule.name);
    for (const Side side : {Side::request, Side::response}) {
      if (!preset_actions(deviation, side).occurs) continue;
      EXPECT_TRUE(shown.contains({side, name}))
          << name << (side == Side::request ? " request" : " response");
    }
  }
}

TEST(H1Policy, each_preset_accepts_exactly_what_its_column_says) {
  for (const DeviationVector& vector : all_vectors()) {
    for (const Preset preset : {Preset::strict, Preset::common, Preset::maximal}) {
      const Policy policy(vector.side, preset);
      const DecodedMessage got = read(policy, vector);
      const auto expected = accepted_by(policy, vector);
      if (!expected) continue;
      EXPECT_EQ(!got.violation, *expected)
          << vector.names.front() << ' ' << static_cast<int>(preset);
      if (!got.violation) continue;
      const std::string name(catalogue_row(got.violation->deviation).rule.name);
      EXPECT_TRUE(std::ranges::count(vector.names, name) > 0) << "refused as " << name;
    }
  }
}

TEST(H1Policy, a_switch_that_is_on_accepts_and_counts) {
  for (const DeviationVector& vector : all_vectors()) {
    const Policy ceiling(vector.side, Preset::maximal);
    if (!accepted_by_ceiling(vector)) continue;
    Policy policy(vector.side, Preset::strict);
    for (const std::string& name : vector.names) {
      EXPECT_GT(policy.set(name, Action::accept), 0U) << name;
    }
    const DecodedMessage got = read(policy, vector);
    EXPECT_FALSE(got.violation) << vector.names.front();
    EXPECT_EQ(got, read(ceiling, vector)) << vector.names.front();
    EXPECT_EQ(got.deviations, std::set<std::string>(vector.names.begin(), vector.names.end()));
  }
}

TEST(H1Policy, a_switch_that_is_off_refuses_with_the_rows_name_and_status) {
  std::set<std::pair<Side, std::string>> switched;
  for (const DeviationVector& vector : all_vectors()) {
    const Policy ceiling(vector.side, Preset::maximal);
    if (!accepted_by_ceiling(vector)) continue;
    for (const std::string& name : vector.names) {
      if (kRemarks.contains(name)) continue;
      Policy policy = ceiling;
      policy.set(name, Action::reject);
      const DecodedMessage got = read(policy, vector);
      ASSERT_TRUE(got.violation) << name;
      EXPECT_EQ(catalogue_row(got.violation->deviation).rule.name, name);
      EXPECT_EQ(got.violation->status, vector.side == Side::request
                                           ? catalogue_row(got.violation->deviation).status
                                           : 502);
      switched.emplace(vector.side, name);
    }
  }
  for (std::size_t i = 0; i < kDeviationCount; ++i) {
    const auto deviation = static_cast<Deviation>(i);
    const std::string name(catalogue_row(deviation).rule.name);
    for (const Side side : {Side::request, Side::response}) {
      const PresetActions& actions = preset_actions(deviation, side);
      if (!actions.occurs || actions.maximal == Action::reject || kRemarks.contains(name)) continue;
      EXPECT_TRUE(switched.contains({side, name})) << name << " has no message that shows it";
    }
  }
}

TEST(H1Policy, a_switch_set_to_close_closes) {
  for (const DeviationVector& vector : all_vectors()) {
    const Policy ceiling(vector.side, Preset::maximal);
    if (!accepted_by_ceiling(vector) || kRemarks.contains(vector.names.front())) continue;
    Policy policy = ceiling;
    policy.set(vector.names.front(), Action::accept_and_close);
    EXPECT_TRUE(read(policy, vector).close_after) << vector.names.front();
  }
}

TEST(H1Policy, refused_rows_stay_refused_whatever_is_set) {
  for (const DeviationVector& vector : all_vectors()) {
    if (accepted_by_ceiling(vector)) continue;
    Policy policy(vector.side, Preset::maximal);
    for (std::size_t i = 0; i < kDeviationCount; ++i) {
      policy.set(static_cast<Deviation>(i), Action::accept);
    }
    EXPECT_TRUE(read(policy, vector).violation) << vector.names.front();
  }
}

}  // namespace
}  // namespace regauge::h1
