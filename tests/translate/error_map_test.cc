// What an end on one side means for the other: the error map and the retry rule as tables (RFC 9110
// §9.2.2, §15.6; RFC 9113 §5.4, §8.1, §8.7).
#include "regauge/translate/error_map.h"

#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/translate/refusal.h"
#include "regauge/translate/retry_rule.h"

namespace regauge::tests {
namespace {

using http::ErrorCode;
using translate::EndAction;
using translate::EndEvent;
using translate::EndFacts;
using translate::EndStage;
using translate::EndVerdict;
using translate::map_end;
using translate::Protocol;

EndVerdict reset(ErrorCode code, EndStage stage, Protocol downstream = Protocol::h2) {
  return map_end({.event = EndEvent::rst_stream,
                  .stage = stage,
                  .code = code,
                  .downstream = downstream,
                  .replayable = true});
}

TEST(ErrorMap, retries_what_was_surely_not_processed) {  // RFC 9113 §8.7
  for (const ErrorCode code : {ErrorCode::refused_stream, ErrorCode::http_1_1_required}) {
    EXPECT_EQ(reset(code, EndStage::before_head).action, EndAction::retry);
    EndFacts facts{.event = EndEvent::rst_stream, .code = code, .replayable = false};
    EXPECT_EQ(map_end(facts).action, EndAction::respond);
    EXPECT_EQ(map_end(facts).status, 503);
  }
  EXPECT_TRUE(reset(ErrorCode::http_1_1_required, EndStage::before_head).needs_h1);
  EXPECT_FALSE(reset(ErrorCode::refused_stream, EndStage::before_head).needs_h1);
}

TEST(ErrorMap, answers_other_resets_before_the_head) {  // RFC 9110 §15.6.3
  for (std::uint32_t code = 0; code <= 13; ++code) {
    const auto each = static_cast<ErrorCode>(code);
    if (each == ErrorCode::refused_stream || each == ErrorCode::http_1_1_required) continue;
    const EndVerdict verdict = reset(each, EndStage::before_head);
    EXPECT_EQ(verdict.action, EndAction::respond) << code;
    EXPECT_EQ(verdict.status, each == ErrorCode::enhance_your_calm ? 503 : 502) << code;
  }
}

TEST(ErrorMap, keeps_a_cut_response_cut) {  // RFC 9113 §8.1, RFC 9112 §8
  for (const EndEvent event : {EndEvent::rst_stream, EndEvent::eof, EndEvent::read_timeout}) {
    EndFacts facts{.event = event, .stage = EndStage::mid_body, .downstream = Protocol::h2};
    EXPECT_EQ(map_end(facts).action, EndAction::rst_stream);
    EXPECT_EQ(map_end(facts).code, ErrorCode::internal_error);
    facts.downstream = Protocol::h1;
    EXPECT_EQ(map_end(facts).action, EndAction::close_incomplete);
  }
}

TEST(ErrorMap, takes_an_end_after_the_end_for_complete) {  // RFC 9113 §8.1
  EXPECT_EQ(reset(ErrorCode::no_error, EndStage::after_end_stream).action,
            EndAction::finish_and_close_upload);
  for (const EndEvent event : {EndEvent::eof, EndEvent::read_timeout}) {
    EXPECT_EQ(map_end({.event = event, .stage = EndStage::after_end_stream}).action,
              EndAction::finish_and_close_upload);
  }
}

TEST(ErrorMap, waits_after_a_goaway_that_spares_the_stream) {  // RFC 9113 §6.8
  EXPECT_EQ(map_end({.event = EndEvent::goaway}).action, EndAction::wait);
  EXPECT_EQ(
      map_end({.event = EndEvent::goaway, .stream_above_last_id = true, .replayable = true}).action,
      EndAction::retry);
}

TEST(ErrorMap, keeps_a_complete_response_behind_a_goaway) {
  const EndFacts facts{
      .event = EndEvent::goaway, .stage = EndStage::after_end_stream, .stream_above_last_id = true};
  EXPECT_EQ(map_end(facts).action, EndAction::finish_and_close_upload);
}

TEST(ErrorMap, names_who_was_slow) {  // RFC 9110 §15.6.3, §15.6.5
  EXPECT_EQ(map_end({.event = EndEvent::connect_refused}).status, 502);
  EXPECT_EQ(map_end({.event = EndEvent::connect_timeout}).status, 504);
  EXPECT_EQ(map_end({.event = EndEvent::read_timeout}).status, 504);
}

TEST(ErrorMap, retries_a_closed_idle_connection_for_repeatable_methods) {  // RFC 9110 §9.2.2
  EndFacts facts{
      .event = EndEvent::eof, .connection_reused = true, .idempotent = true, .replayable = true};
  EXPECT_EQ(map_end(facts).action, EndAction::retry);
  facts.idempotent = false;
  EXPECT_EQ(map_end(facts).action, EndAction::respond);
  EXPECT_EQ(map_end(facts).status, 502);
}

TEST(ErrorMap, gives_up_when_the_client_is_gone) {
  for (const EndEvent event : {EndEvent::client_rst_stream, EndEvent::client_eof}) {
    EXPECT_EQ(map_end({.event = event}).action, EndAction::abort_upstream);
    EXPECT_EQ(map_end({.event = event}).status, 499) << "for the log, never for the wire";
  }
}

TEST(ErrorMap, delivers_an_early_response) {  // RFC 9113 §8.1
  EndFacts facts{.event = EndEvent::final_response_before_request_end, .downstream = Protocol::h2};
  EXPECT_EQ(map_end(facts).action, EndAction::finish_then_rst_stream);
  EXPECT_EQ(map_end(facts).code, ErrorCode::no_error);
  facts.downstream = Protocol::h1;
  EXPECT_EQ(map_end(facts).action, EndAction::finish_and_close_upload);
}

// All combinations: what has to hold is written here a second time, as a person would say it.
TEST(RetryRule, has_the_truth_table_that_it_should) {  // RFC 9110 §9.2.2, RFC 9113 §8.7
  std::size_t allowed = 0;
  for (unsigned bits = 0; bits < 32; ++bits) {
    for (std::uint32_t attempts = 1; attempts <= translate::kAttemptsMax + 1; ++attempts) {
      const translate::RetryFacts facts{(bits & 1U) != 0, (bits & 2U) != 0,  (bits & 4U) != 0,
                                        (bits & 8U) != 0, (bits & 16U) != 0, attempts};
      const bool harmless = facts.replayable && !facts.response_begun;
      const bool lost_race = facts.connection_reused && facts.idempotent && attempts == 1;
      const bool wanted =
          harmless && attempts < translate::kAttemptsMax && (facts.surely_unprocessed || lost_race);
      EXPECT_EQ(translate::may_retry(facts), wanted) << bits << " " << attempts;
      if (wanted) ++allowed;
    }
  }
  EXPECT_EQ(allowed, 9U);
}

TEST(Faults, have_a_name_a_section_and_a_status_each) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(translate::Fault::count_); ++i) {
    const auto& row = translate::row_of(static_cast<translate::Fault>(i));
    EXPECT_FALSE(row.rule.name.empty());
    EXPECT_FALSE(row.rule.section.empty());
    EXPECT_TRUE(row.rule.sentence.ends_with('.')) << row.rule.name;
    EXPECT_GE(row.status, 400) << row.rule.name;
  }
}

}  // namespace
}  // namespace regauge::tests
