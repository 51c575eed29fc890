// Policy and catalogue: each rule, switched off, has the RFC's reaction and, switched on, is
// accepted and counted; what is never safe cannot be switched on (RFC 9113 §5.4, §8.1.1).
#include "regauge/h2/policy.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tests/h2/violation_vectors.h"

namespace regauge::h2 {
namespace {

constexpr std::array kSoft{Action::drop_field, Action::fix, Action::ignore};

std::string name_of(Violation violation) { return std::string(rule_of(violation).name); }

Violation violation_at(std::size_t number) { return static_cast<Violation>(number); }

/// Says how the octets of a breach are offered.
enum class Cut : std::uint8_t { whole, octet_by_octet, random };

// Runs a breach against a host with this policy.
std::unique_ptr<Host> run(const ViolationVector& vector, const Policy& policy,
                          Cut cut = Cut::whole) {
  Options options = vector.options;
  options.policy = policy;
  auto host = std::make_unique<Host>(options);
  if (vector.before) vector.before(*host);
  std::mt19937 random(7);
  std::string_view rest = vector.octets;
  while (!rest.empty()) {
    std::size_t size = rest.size();
    if (cut == Cut::octet_by_octet) size = 1;
    if (cut == Cut::random) size = std::min<std::size_t>(1 + random() % 40, size);
    host->offer(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  if (vector.after) vector.after(*host);
  return host;
}

// The strict policy, with this rule refused in the narrowest way there is.
Policy refusing(Violation rule) {
  Policy policy = Policy::strict();
  const bool narrow = policy.set(rule, Action::stream);
  EXPECT_TRUE(narrow || policy.set(rule, Action::connection));
  return policy;
}

std::vector<Action> soft_actions(Violation rule) {
  std::vector<Action> actions;
  for (const Action action : kSoft) {
    if (Policy::allows(rule, action)) actions.push_back(action);
  }
  return actions;
}

void expect_refused(const ViolationVector& vector, const Host& host) {
  const SeenEvent violation = host.first(EventKind::violation);
  EXPECT_EQ(violation.rule, name_of(vector.rule));
  EXPECT_EQ(violation.scope, vector.scope);
  EXPECT_EQ(violation.code, vector.code);
  if (vector.scope == http::Scope::stream) {
    EXPECT_EQ(violation.stream, vector.stream);
    const auto resets = host.frames(FrameType::rst_stream);
    ASSERT_EQ(resets.size(), 1U);
    EXPECT_EQ(resets[0].header.stream.value, vector.stream);
    EXPECT_EQ(resets[0].number(), static_cast<std::uint32_t>(vector.code));
    EXPECT_TRUE(host.frames(FrameType::goaway).empty());
    return;
  }
  const auto goaways = host.frames(FrameType::goaway);
  ASSERT_FALSE(goaways.empty());
  EXPECT_EQ(goaways.back().number(4), static_cast<std::uint32_t>(vector.code));
}

TEST(H2Catalogue, names_are_those_of_the_enumerators) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kViolations; ++i) {
    const http::Rule& rule = rule_of(violation_at(i));
    EXPECT_TRUE(names.emplace(rule.name).second) << rule.name;
    EXPECT_EQ(find_violation(rule.name), violation_at(i));
    EXPECT_TRUE(rule.section.starts_with("RFC ")) << rule.name;
    EXPECT_TRUE(rule.sentence.ends_with('.')) << rule.name;
    EXPECT_EQ(verdict(violation_at(i)).section, rule.section);
  }
  EXPECT_FALSE(find_violation("no-such-rule"));
}

TEST(H2Policy, every_rule_has_a_breach_that_shows_it) {
  std::set<std::string> shown;
  for (const ViolationVector& vector : all_vectors()) shown.insert(name_of(vector.rule));
  for (std::size_t i = 0; i < kViolations; ++i) {
    EXPECT_TRUE(shown.contains(name_of(violation_at(i)))) << name_of(violation_at(i));
  }
}

TEST(H2Policy, a_rule_that_is_not_tolerated_has_the_reaction_of_the_rfc) {  // RFC 9113 §5.4
  for (const ViolationVector& vector : all_vectors()) {
    SCOPED_TRACE(name_of(vector.rule));
    expect_refused(vector, *run(vector, refusing(vector.rule)));
  }
}

TEST(H2Policy, the_reaction_does_not_depend_on_the_cut) {
  for (const ViolationVector& vector : all_vectors()) {
    if (vector.octets.size() > 60'000) continue;  // one drain an octet has other batches
    SCOPED_TRACE(name_of(vector.rule));
    const Policy policy = refusing(vector.rule);
    for (const Cut cut : {Cut::octet_by_octet, Cut::random}) {
      expect_refused(vector, *run(vector, policy, cut));
    }
  }
}

TEST(H2Policy, a_rule_that_is_tolerated_is_accepted_counted_and_charged) {
  for (const ViolationVector& vector : all_vectors()) {
    for (const Action action : soft_actions(vector.rule)) {
      SCOPED_TRACE(name_of(vector.rule) + " " + std::to_string(std::to_underlying(action)));
      Policy policy = Policy::strict();
      ASSERT_TRUE(policy.set(vector.rule, action));
      const auto host = run(vector, policy);
      EXPECT_EQ(host->violations(), std::vector<std::string>());
      const auto tolerated = host->tolerated();
      EXPECT_TRUE(std::ranges::count(tolerated, name_of(vector.rule)) > 0);
      const std::uint64_t count = host->connection().tolerated();
      EXPECT_GE(count, 1U);
      policy.set_charge(vector.rule, 11);
      const auto dear = run(vector, policy);
      EXPECT_GE(dear->connection().ledger().charged, host->connection().ledger().charged + 10);
    }
  }
}

TEST(H2Policy, any_rule_may_end_the_connection) {  // RFC 9113 §5.4.1
  for (const ViolationVector& vector : all_vectors()) {
    SCOPED_TRACE(name_of(vector.rule));
    Policy policy = Policy::strict();
    ASSERT_TRUE(policy.set(vector.rule, Action::connection));
    ViolationVector expected = vector;
    expected.scope = http::Scope::connection;
    expect_refused(expected, *run(vector, policy));
  }
}

struct Presets {
  Action strict;
  Action common;
  Action maximal;
};

// Every rule that some preset forgives. All others are refused by all of them.
const std::map<Violation, Presets>& forgiven() {
  using V = Violation;
  constexpr Action kConnection = Action::connection;
  constexpr Action kStream = Action::stream;
  constexpr Action kDrop = Action::drop_field;
  constexpr Action kFix = Action::fix;
  constexpr Action kIgnore = Action::ignore;
  static const std::map<Violation, Presets> rows{
      {V::preface_server_first_frame_not_settings, {kConnection, kIgnore, kIgnore}},
      {V::stream_half_closed_remote_data, {kStream, kStream, kIgnore}},
      {V::stream_half_closed_remote_headers, {kStream, kStream, kIgnore}},
      {V::stream_closed_frame, {kIgnore, kIgnore, kIgnore}},
      {V::window_update_zero, {kStream, kStream, kIgnore}},
      {V::priority_length, {kStream, kStream, kIgnore}},
      {V::settings_ack_unsolicited, {kConnection, kIgnore, kIgnore}},
      {V::settings_ack_timeout, {kConnection, kConnection, kIgnore}},
      {V::settings_enable_push_from_server, {kConnection, kIgnore, kIgnore}},
      {V::settings_enable_connect_invalid, {kConnection, kConnection, kIgnore}},
      {V::settings_enable_connect_withdrawn, {kConnection, kIgnore, kIgnore}},
      {V::settings_no_rfc7540_priorities_invalid, {kConnection, kIgnore, kIgnore}},
      {V::settings_no_rfc7540_priorities_changed, {kConnection, kIgnore, kIgnore}},
      {V::ping_ack_unsolicited, {kIgnore, kIgnore, kIgnore}},
      {V::goaway_last_id_increased, {kConnection, kIgnore, kIgnore}},
      {V::priority_update_stream_nonzero, {kConnection, kConnection, kIgnore}},
      {V::priority_update_id_zero, {kConnection, kIgnore, kIgnore}},
      {V::priority_update_id_idle_push, {kConnection, kIgnore, kIgnore}},
      {V::priority_update_idle_streams, {kConnection, kIgnore, kIgnore}},
      {V::priority_update_from_server, {kConnection, kIgnore, kIgnore}},
      {V::field_name_uppercase, {kStream, kFix, kFix}},
      {V::field_name_invalid_char, {kStream, kStream, kDrop}},
      {V::field_name_empty, {kStream, kStream, kDrop}},
      {V::field_value_edge_whitespace, {kStream, kFix, kFix}},
      {V::field_value_ctl, {kStream, kStream, kIgnore}},
      {V::connection_specific_field, {kStream, kDrop, kDrop}},
      {V::transfer_encoding_field, {kStream, kDrop, kDrop}},
      {V::te_value, {kStream, kFix, kFix}},
      {V::pseudo_after_regular, {kStream, kStream, kFix}},
      {V::pseudo_in_trailers, {kStream, kStream, kDrop}},
      {V::pseudo_missing_scheme, {kStream, kStream, kFix}},
      {V::path_empty, {kStream, kStream, kFix}},
      {V::path_fragment, {kStream, kStream, kFix}},
      {V::authority_userinfo, {kStream, kStream, kFix}},
      {V::authority_missing, {kStream, kStream, kIgnore}},
      {V::authority_host_mismatch, {kStream, kStream, kFix}},
      {V::connect_content_length, {kDrop, kDrop, kDrop}},
      {V::content_length_syntax, {kStream, kFix, kFix}},
      {V::content_length_duplicate, {kStream, kFix, kFix}},
      {V::content_length_on_204, {kDrop, kDrop, kDrop}},
      {V::bodyless_response_with_data, {kStream, kIgnore, kIgnore}},
      {V::trailers_forbidden_field, {kDrop, kDrop, kDrop}},
  };
  return rows;
}

TEST(H2Policy, presets_do_what_is_written_here) {
  const Policy strict = Policy::strict();
  const Policy common = Policy::common();
  const Policy maximal = Policy::maximal();
  for (std::size_t i = 0; i < kViolations; ++i) {
    const Violation rule = violation_at(i);
    const bool stream = verdict(rule).scope == http::Scope::stream;
    const Action refused = stream ? Action::stream : Action::connection;
    const auto row = forgiven().find(rule);
    const Presets expected =
        row == forgiven().end() ? Presets{refused, refused, refused} : row->second;
    EXPECT_EQ(strict.action(rule), expected.strict) << name_of(rule);
    EXPECT_EQ(common.action(rule), expected.common) << name_of(rule);
    EXPECT_EQ(maximal.action(rule), expected.maximal) << name_of(rule);
  }
}

TEST(H2Policy, what_is_never_safe_cannot_be_switched_on) {
  for (std::size_t i = 0; i < kViolations; ++i) {
    const Violation rule = violation_at(i);
    if (forgiven().contains(rule)) continue;
    for (Policy policy : {Policy::strict(), Policy::common(), Policy::maximal()}) {
      const Action before = policy.action(rule);
      for (const Action action : kSoft) {
        EXPECT_FALSE(policy.set(rule, action)) << name_of(rule);
        EXPECT_EQ(policy.action(rule), before) << name_of(rule);
      }
    }
  }
}

TEST(H2Policy, a_preset_does_to_a_breach_what_it_says) {
  for (const ViolationVector& vector : all_vectors()) {
    for (const Policy& policy : {Policy::strict(), Policy::common(), Policy::maximal()}) {
      SCOPED_TRACE(name_of(vector.rule));
      const auto host = run(vector, policy);
      const bool refuses = policy.action(vector.rule) <= Action::stream;
      if (refuses) expect_refused(vector, *host);
      EXPECT_EQ(host->violations().empty(), !refuses);
    }
  }
}

TEST(H2Policy, a_malformed_request_is_answered_and_then_reset) {  // RFC 9113 §8.1.1
  for (const ViolationVector& vector : request_vectors()) {
    if (vector.rule == Violation::connect_stream_headers) continue;
    SCOPED_TRACE(name_of(vector.rule));
    Policy policy = refusing(vector.rule);
    const auto answered = run(vector, policy);
    const auto heads = answered->frames(FrameType::headers);
    ASSERT_EQ(heads.size(), 1U);
    EXPECT_TRUE(heads[0].header.has(Flag::end_stream));
    policy.malformed_request = MalformedRequest::reset;
    const auto reset = run(vector, policy);
    EXPECT_TRUE(reset->frames(FrameType::headers).empty());
    expect_refused(vector, *reset);
  }
}

TEST(H2Policy, a_request_over_a_limit_is_answered_with_431) {  // RFC 6585 §5
  for (std::size_t i = 0; i < kViolations; ++i) {
    const bool limit = violation_at(i) == Violation::header_list_limits;
    EXPECT_EQ(row_of(violation_at(i)).status, limit ? 431 : 400) << name_of(violation_at(i));
  }
}

}  // namespace
}  // namespace regauge::h2
