#include "proxy/rule_counts.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/rule_names.h"

namespace regauge::proxy {
namespace {

constexpr http::Rule kFold{"fold", "RFC 9112 5.2", "It was folded."};
constexpr http::Rule kSpace{"space", "RFC 9112 5.1", "It had a space."};
constexpr http::Rule kFoldAgain{"fold", "RFC 9112 5.2", "It was folded in another way."};

std::vector<std::string> names_of(const RuleNames& names) {
  std::vector<std::string> texts;
  for (const http::Rule* rule : names.rules()) texts.emplace_back(rule->name);
  return texts;
}

TEST(RuleCounts, each_occurrence_counts_for_its_side_name_and_upstream) {
  RuleCounts counts;
  const std::vector<http::RuleNote> notes{{&kFold, 1}, {&kFold, 2}, {&kSpace, 3}, {&kFold, 4}};
  counts.add({Side::downstream, "a"}, notes);
  counts.add({Side::upstream, "a"}, notes);
  counts.add(Verdict::refused, {Side::downstream, "b"}, kFold);
  RuleCounts other;
  other.add(Verdict::forgiven, {Side::downstream, "a"}, kFoldAgain, 5);

  RuleCounts::Table sum;
  counts.add_to(sum);
  other.add_to(sum);
  const RuleCounts::Table expected{
      {{Verdict::forgiven, {Side::downstream, "a"}, "fold"}, 8},
      {{Verdict::forgiven, {Side::downstream, "a"}, "space"}, 1},
      {{Verdict::forgiven, {Side::upstream, "a"}, "fold"}, 3},
      {{Verdict::forgiven, {Side::upstream, "a"}, "space"}, 1},
      {{Verdict::refused, {Side::downstream, "b"}, "fold"}, 1},
  };
  EXPECT_EQ(sum, expected);
}

TEST(RuleNames, a_name_stands_once_where_it_was_first_met) {
  RuleNames names;
  names.add(std::vector<http::RuleNote>{{&kSpace, 1}, {&kFold, 2}, {&kSpace, 3}});
  names.add(std::vector<http::RuleNote>{{&kFoldAgain, 4}});
  EXPECT_EQ(names_of(names), (std::vector<std::string>{"space", "fold"}));
}

TEST(RuleNames, a_peer_cannot_make_the_list_long) {
  std::vector<std::string> texts(100);
  std::vector<http::Rule> rules(100);
  RuleNames names;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    texts[i] = std::to_string(i);
    rules[i].name = texts[i];
    const http::RuleNote note{&rules[i], i};
    names.add({&note, 1});
  }
  EXPECT_EQ(names_of(names), (std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7"}));
}

}  // namespace
}  // namespace regauge::proxy
