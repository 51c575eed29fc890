// codecs/regauge/h2/README.md says what the code does: its tables are the catalogue, the ledger and
// the tests of attacks.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/h2/ledger.h"
#include "regauge/h2/policy.h"

namespace regauge::h2 {
namespace {

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string readme() {
  return contents_of(std::string(REGAUGE_SOURCE_DIR) + "/codecs/regauge/h2/README.md");
}

// Returns the rows of the table behind this head of columns.
std::string table_behind(const std::string& text, std::string_view head) {
  std::size_t at = text.find(head);
  EXPECT_NE(at, std::string::npos) << head;
  at = text.find('\n', text.find('\n', at) + 1) + 1;  // behind the line of dashes
  return text.substr(at, text.find("\n\n", at) - at + 1);
}

std::string_view name_of(Action action) {
  switch (action) {
    case Action::connection: return "connection";
    case Action::stream: return "stream";
    case Action::drop_field: return "drop";
    case Action::fix: return "fix";
    case Action::ignore: return "ignore";
  }
  return "";
}

bool can_be_tolerated(Violation violation) {
  return Policy::allows(violation, Action::drop_field) || Policy::allows(violation, Action::fix) ||
         Policy::allows(violation, Action::ignore);
}

std::string row_in_table(Violation violation) {
  const http::Rule& rule = rule_of(violation);
  const Verdict said = verdict(violation);
  const std::string actions = std::string(name_of(Policy::strict().action(violation))) + " / " +
                              std::string(name_of(Policy::common().action(violation))) + " / " +
                              std::string(name_of(Policy::maximal().action(violation)));
  const std::string charge =
      can_be_tolerated(violation) ? std::to_string(Policy().charge(violation)) : "-";
  std::string line;
  for (const std::string& text :
       {std::string(rule.name), std::string(rule.section),
        std::string(said.scope == http::Scope::stream ? "stream" : "connection"),
        std::string(http::error_code_name(said.code)), actions, charge,
        std::string(rule.sentence)}) {
    line += "| " + text + " ";
  }
  return line + "|\n";
}

TEST(H2Readme, the_table_of_rules_is_the_catalogue) {
  std::string table;
  for (std::size_t i = 0; i < kViolations; ++i) table += row_in_table(static_cast<Violation>(i));
  EXPECT_EQ(table_behind(readme(), "| rule | section | scope | code |"), table);
}

TEST(H2Readme, the_table_of_the_ledger_has_its_numbers) {
  using namespace credits;
  const std::vector<std::pair<std::string, std::string>> rows{
      {"a stream that died before it was told", std::to_string(kStreamCancelled)},
      {"a told stream that the peer reset", std::to_string(kStreamReset)},
      {"a stream that the peer's fault made us reset", std::to_string(kForcedReset)},
      {"a stream above a limit, behind our GOAWAY, or promised", std::to_string(kStreamRefused)},
      {"PING, PRIORITY, PRIORITY_UPDATE, GOAWAY, an unknown frame, an acknowledgment",
       std::to_string(kControlFrame)},
      {"SETTINGS", std::to_string(kSettings) + ", and 1 for each " +
                       std::to_string(kSettingsEntriesEach) + " entries"},
      {"WINDOW_UPDATE", std::to_string(kWindowUpdate) + "; " + std::to_string(kUpdatesEarned) +
                            " are free for a DATA frame of ours, unless the window cut it below " +
                            std::to_string(kCutShortMin) + " octets"},
      {"DATA of n < 256 octets of content without END_STREAM",
       "(256 - n) / 64 + 1, until the content is consumed: " + std::to_string(small_data(0)) +
           " for none, which stay; content of a response counts by its stream, " +
           std::to_string(kUnreadSmallMax) + " at most"},
      {"CONTINUATION", std::to_string(kContinuation) + ", and " +
                           std::to_string(kShortContinuation) + " below 1 kB"},
      {"an interim response beyond " + std::to_string(kInterimResponsesFree) + " for a request",
       std::to_string(kInterimResponse)},
      {"a frame on a dead stream, beyond what can have been on its way",
       std::to_string(kLateFrame)},
      {"a walk over streams", "1 for each " + std::to_string(kStreamsEach)},
      {"a tolerated violation, once a message", "1, by `Policy::set_charge`"},
      {"an exchange that is complete both ways", "-" + std::to_string(kExchangeCompleted)},
  };
  std::string table;
  for (const auto& [event, credits] : rows) table += "| " + event + " | " + credits + " |\n";
  EXPECT_EQ(table_behind(readme(), "| event | credits |"), table);
}

// Returns the sources of the tests of this module whose files begin so.
std::string sources_of_tests(std::string_view begin) {
  std::string text;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(REGAUGE_SOURCE_DIR) + "/tests/h2")) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(begin) && name.ends_with("_test.cc")) text += contents_of(entry.path());
  }
  return text;
}

// Returns the suites that these sources have.
std::set<std::string> suites_in(const std::string& sources) {
  std::set<std::string> suites;
  for (const std::string_view macro : {"\nTEST(", "\nTEST_P("}) {
    for (std::size_t at = sources.find(macro); at != std::string::npos;) {
      const std::size_t begin = at + macro.size();
      suites.insert(sources.substr(begin, sources.find(',', begin) - begin));
      at = sources.find(macro, begin);
    }
  }
  return suites;
}

// Returns the words in backquotes: the names of tests, with or without that of a single one.
std::vector<std::string> tests_in(const std::string& table) {
  std::vector<std::string> names;
  for (std::size_t at = table.find('`'); at != std::string::npos;) {
    const std::size_t end = table.find('`', at + 1);
    names.push_back(table.substr(at + 1, end - at - 1));
    at = table.find('`', end + 1);
  }
  return names;
}

TEST(H2Readme, every_attack_names_tests_that_are_there_and_none_is_left_out) {
  const std::string sources = sources_of_tests("");
  const std::set<std::string> suites = suites_in(sources);
  std::set<std::string> missing = suites_in(sources_of_tests("attacks_"));
  EXPECT_GT(missing.size(), 20U);
  for (const std::string& name :
       tests_in(table_behind(readme(), "| attack | tests | cost | outcome |"))) {
    const std::size_t dot = name.find('.');
    const std::string suite = name.substr(0, dot);
    EXPECT_TRUE(suites.contains(suite)) << name;
    missing.erase(suite);
    if (dot == std::string::npos) continue;
    EXPECT_TRUE(sources.contains("(" + suite + ", " + name.substr(dot + 1) + ")")) << name;
  }
  EXPECT_EQ(missing, std::set<std::string>());
}

}  // namespace
}  // namespace regauge::h2
