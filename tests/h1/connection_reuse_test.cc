// The rule of reuse as a truth table (RFC 9112 §9.3, §9.6).
#include "regauge/h1/connection_reuse.h"

#include <gtest/gtest.h>

namespace regauge::h1 {
namespace {

using http::Framing;
using http::MethodId;
using http::Version;

constexpr ReuseFacts kGood{
    MethodId::get, {200}, Framing::length, Version::http_1_1, ConnectionOption::nothing, true,
    true,          false};

TEST(H1Reuse, a_complete_exchange_of_1_1_is_followed_by_another) { EXPECT_TRUE(may_reuse(kGood)); }

TEST(H1Reuse, version_and_option_decide_persistence) {  // RFC 9112 §9.3
  struct Row {
    Version version;
    ConnectionOption option;
    bool persistent;
  };
  constexpr Row kRows[] = {
      {Version::http_1_1, ConnectionOption::nothing, true},
      {Version::http_1_1, ConnectionOption::keep_alive, true},
      {Version::http_1_1, ConnectionOption::close, false},
      {Version::http_1_0, ConnectionOption::nothing, false},
      {Version::http_1_0, ConnectionOption::keep_alive, true},
      {Version::http_1_0, ConnectionOption::close, false},
      {Version::http_0_9, ConnectionOption::nothing, false},
      {Version::http_0_9, ConnectionOption::keep_alive, false},
      {Version::http_0_9, ConnectionOption::close, false},
  };
  for (const Row& row : kRows) {
    ReuseFacts facts = kGood;
    facts.version = row.version;
    facts.option = row.option;
    EXPECT_EQ(may_reuse(facts), row.persistent)
        << static_cast<int>(row.version) << ' ' << static_cast<int>(row.option);
    EXPECT_EQ(is_persistent(row.version, row.option), row.persistent);
  }
}

TEST(H1Reuse, each_fact_alone_forbids_it) {
  ReuseFacts facts = kGood;
  facts.request_complete = false;
  EXPECT_FALSE(may_reuse(facts)) << "the rest of the request would be read as the next one";
  facts = kGood;
  facts.response_complete = false;
  EXPECT_FALSE(may_reuse(facts));
  facts = kGood;
  facts.leftover = true;
  EXPECT_FALSE(may_reuse(facts)) << "response queue poisoning";
  facts = kGood;
  facts.framing = Framing::until_close;
  EXPECT_FALSE(may_reuse(facts));
  facts = kGood;
  facts.framing = Framing::tunnel;
  EXPECT_FALSE(may_reuse(facts));
  for (const std::uint16_t status : {std::uint16_t{100}, std::uint16_t{101}, std::uint16_t{199}}) {
    facts = kGood;
    facts.status = {status};
    EXPECT_FALSE(may_reuse(facts)) << status << " is not the last response";
  }
}

TEST(H1Reuse, a_successful_connect_is_a_tunnel_and_a_refused_one_is_not) {  // RFC 9110 §9.3.6
  ReuseFacts facts = kGood;
  facts.method = MethodId::connect;
  EXPECT_FALSE(may_reuse(facts));
  facts.status = {299};
  EXPECT_FALSE(may_reuse(facts));
  facts.status = {407};
  EXPECT_TRUE(may_reuse(facts));
}

TEST(H1Reuse, content_of_any_framing_with_an_end_is_good) {
  for (const Framing framing : {Framing::none, Framing::length, Framing::stream}) {
    ReuseFacts facts = kGood;
    facts.framing = framing;
    EXPECT_TRUE(may_reuse(facts));
  }
}

}  // namespace
}  // namespace regauge::h1
