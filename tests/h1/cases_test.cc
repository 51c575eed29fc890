// Every case of tests/cases/h1.jsonl under strict and maximal, whole, octet by octet, randomly cut.
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/case_file.h"
#include "tests/h1/case_context.h"
#include "tests/h1/decoded_message.h"

namespace regauge::h1 {
namespace {

using tests::from_base64;
using tests::from_latin1;

std::string text_of(const boost::json::value& value) {
  return from_latin1(std::string_view(value.as_string()));
}

http::Version version_of(std::string_view text) {
  if (text == "0.9") return http::Version::http_0_9;
  return text == "1.0" ? http::Version::http_1_0 : http::Version::http_1_1;
}

Fields fields_of(const boost::json::value& value) {
  Fields fields;
  for (const auto& pair : value.as_array()) {
    fields.emplace_back(text_of(pair.as_array()[0]), text_of(pair.as_array()[1]));
  }
  return fields;
}

void expect_canonical(const boost::json::object& canonical, const DecodedMessage& got) {
  EXPECT_TRUE(got.complete);
  if (const auto* method = canonical.if_contains("method")) {
    EXPECT_EQ(got.method, text_of(*method));
    EXPECT_EQ(got.target, text_of(canonical.at("target")));
  } else {
    EXPECT_EQ(got.status, canonical.at("status").as_int64());
  }
  EXPECT_EQ(got.version, version_of(std::string_view(canonical.at("version").as_string())));
  EXPECT_EQ(got.fields, fields_of(canonical.at("headers")));
  EXPECT_EQ(got.content, from_base64(std::string_view(canonical.at("body_b64").as_string())));
  EXPECT_EQ(got.leftover, from_base64(std::string_view(canonical.at("leftover_b64").as_string())));
  EXPECT_EQ(got.close_after, canonical.at("close_after").as_bool());
  EXPECT_EQ(got.tunnel, canonical.contains("tunnel"));
  EXPECT_EQ(got.interim, canonical.contains("interim"));
  const auto* trailers = canonical.if_contains("trailers");
  EXPECT_EQ(got.trailers, trailers != nullptr ? fields_of(*trailers) : Fields());
}

void expect_case(const boost::json::object& one, Preset preset, const Cut& cut) {
  const Side side = one.at("side").as_string() == "request" ? Side::request : Side::response;
  const std::string octets = from_base64(std::string_view(one.at("bytes_b64").as_string()));
  const auto got = decode(Policy(side, preset), octets, context_of(one), cut);
  const char* key = preset == Preset::strict ? "strict" : "permissive";
  if (one.at(key).as_string() == "accept") {
    ASSERT_FALSE(got.violation) << "refused: " << catalogue_row(got.violation->deviation).rule.name;
    expect_canonical(one.at("canonical").as_object(), got);
    return;
  }
  ASSERT_TRUE(got.violation) << "accepted";
  const auto& names = one.at("deviation").as_array();
  const auto& name = catalogue_row(got.violation->deviation).rule.name;
  EXPECT_TRUE(std::ranges::any_of(
      names, [&](const auto& listed) { return std::string_view(listed.as_string()) == name; }))
      << "refused as " << name;
}

TEST(H1Cases, strict_and_maximal_give_the_stated_verdict_at_every_cut) {
  const auto cases = tests::read_cases("h1.jsonl");
  EXPECT_EQ(cases.size(), 205U);
  for (const auto& one : cases) {
    for (const Preset preset : {Preset::strict, Preset::maximal}) {
      SCOPED_TRACE(std::string(one.at("name").as_string()) +
                   (preset == Preset::strict ? " strict" : " maximal"));
      expect_case(one, preset, whole());
      expect_case(one, preset, octet_by_octet());
      for (std::uint64_t seed = 1; seed <= 7; ++seed) expect_case(one, preset, random_cuts(seed));
    }
  }
}

TEST(H1Cases, maximal_names_exactly_the_deviations_of_what_it_accepts) {
  for (const auto& one : tests::read_cases("h1.jsonl")) {
    if (one.at("permissive").as_string() != "accept") continue;
    const Side side = one.at("side").as_string() == "request" ? Side::request : Side::response;
    const std::string octets = from_base64(std::string_view(one.at("bytes_b64").as_string()));
    const auto got = decode(Policy(side, Preset::maximal), octets, context_of(one));
    std::set<std::string> named;
    for (const auto& name : one.at("deviation").as_array()) {
      named.insert(std::string(name.as_string()));
    }
    EXPECT_EQ(got.deviations, named) << one.at("name");
  }
}

TEST(H1Cases, events_and_offsets_do_not_depend_on_the_cut) {
  for (const auto& one : tests::read_cases("h1.jsonl")) {
    const Side side = one.at("side").as_string() == "request" ? Side::request : Side::response;
    const std::string octets = from_base64(std::string_view(one.at("bytes_b64").as_string()));
    for (const Preset preset : {Preset::strict, Preset::common, Preset::maximal}) {
      const Policy policy(side, preset);
      const auto expected = decode(policy, octets, context_of(one));
      EXPECT_EQ(decode(policy, octets, context_of(one), octet_by_octet()), expected)
          << one.at("name");
      EXPECT_EQ(decode(policy, octets, context_of(one), random_cuts(11)), expected)
          << one.at("name");
    }
  }
}

}  // namespace
}  // namespace regauge::h1
