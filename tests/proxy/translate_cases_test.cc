// All vectors of tests/cases/translate.jsonl through the command `regauge translate` (design §10).
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "proxy/translate_command.h"
#include "tests/case_file.h"

namespace regauge::tests {
namespace {

namespace json = boost::json;

std::string answer_text(const std::string& lines) {
  std::istringstream in(lines);
  std::ostringstream out;
  EXPECT_EQ(proxy::run_translate(in, out), 0);
  return out.str();
}

json::object answer_to(const json::object& vector) {
  return json::parse(answer_text(json::serialize(vector) + "\n")).as_object();
}

// The order of lines of different names says nothing (RFC 9110 §5.3): values by name, in order.
std::map<std::string, std::vector<std::string>> by_name(const json::value& fields) {
  std::map<std::string, std::vector<std::string>> values;
  for (const json::value& pair : fields.as_array()) {
    const auto& line = pair.as_array();
    values[std::string(line.at(0).as_string())].emplace_back(line.at(1).as_string());
  }
  return values;
}

void expect_fields(const json::object& wanted, const json::object& got, std::string_view key) {
  const json::value* fields = wanted.if_contains(key);
  if (fields == nullptr) return;
  ASSERT_TRUE(got.contains(key)) << key;
  EXPECT_EQ(by_name(*fields), by_name(got.at(key))) << key;
}

void expect_output(const json::value& wanted, const json::value& got) {
  ASSERT_EQ(wanted.is_null(), got.is_null()) << got;
  if (wanted.is_null()) return;
  const json::object& message = wanted.as_object();
  const json::object& ours = got.as_object();
  expect_fields(message, ours, "fields");
  expect_fields(message, ours, "trailers");
  for (const auto& [key, value] : message) {
    if (key == "fields" || key == "trailers" || key == "raw_b64") continue;
    const json::value* same = ours.if_contains(key);
    ASSERT_TRUE(same != nullptr) << key << " is missing in " << got;
    EXPECT_EQ(*same, value) << key;
  }
}

TEST(TranslateCommand, does_what_every_vector_says) {
  const auto cases = read_cases("translate.jsonl");
  ASSERT_EQ(cases.size(), 225U);
  for (const json::object& one : cases) {
    SCOPED_TRACE(one.at("name").as_string().c_str());
    const json::object answer = answer_to(one);
    const bool wanted = one.at("expect").as_string() == "ok";
    ASSERT_EQ(answer.at("ok").as_bool(), wanted) << json::serialize(answer);
    if (wanted) {
      expect_output(one.at("output"), answer.at("output"));
      continue;
    }
    EXPECT_EQ(answer.at("status"), one.at("status_if_rejected"));
    EXPECT_FALSE(answer.at("rule").as_string().empty());
    EXPECT_FALSE(answer.at("section").as_string().empty());
    EXPECT_FALSE(answer.contains("output")) << "nothing of a refused message is shown";
  }
}

TEST(TranslateCommand, prints_exactly_the_keys_of_the_form) {
  const auto cases = read_cases("translate.jsonl");
  for (const json::object& one : cases) {
    if (one.at("expect").as_string() != "ok" || one.at("output").is_null()) continue;
    if (one.at("input").as_object().contains("event")) continue;
    SCOPED_TRACE(one.at("name").as_string().c_str());
    const json::object output = answer_to(one).at("output").as_object();
    for (const auto& [key, value] : one.at("output").as_object()) {
      EXPECT_TRUE(output.contains(key)) << key;
    }
    for (const auto& [key, value] : output) {
      EXPECT_TRUE(one.at("output").as_object().contains(key)) << key;
    }
  }
}

TEST(TranslateCommand, goes_on_after_a_line_that_is_no_vector) {
  const std::string good = json::serialize(read_cases("translate.jsonl").front());
  const std::vector<std::string> bad{
      "{",
      "[]",
      "{}",
      R"({"from":"h3","to":"h1","side":"request","input":{}})",
      R"({"from":"h1","to":"h2","side":"request","input":{"raw_b64":"*"}})",
      R"({"from":"h2","to":"h1","side":"request","input":{"fields":[["\u0100",""]]}})",
      R"({"from":"h1","to":"h2","side":"request","config":{"no":1},"input":{"raw_b64":""}})"};
  for (const std::string& line : bad) {
    std::istringstream answers(answer_text(line + "\n" + good + "\n"));
    std::string first;
    std::string second;
    std::getline(answers, first);
    std::getline(answers, second);
    const json::object refused = json::parse(first).as_object();
    EXPECT_FALSE(refused.at("ok").as_bool()) << line;
    EXPECT_EQ(refused.at("rule").as_string(), "usage") << line;
    EXPECT_TRUE(json::parse(second).as_object().at("ok").as_bool()) << line;
  }
}

}  // namespace
}  // namespace regauge::tests
