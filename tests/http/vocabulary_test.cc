// Methods, statuses, versions, codes and limits: what the protocols share as words and numbers.
#include <array>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "regauge/http/field.h"
#include "regauge/http/ids.h"
#include "regauge/http/limits.h"
#include "regauge/http/method.h"
#include "regauge/http/status.h"

namespace regauge::http {
namespace {

TEST(Method, registered_tokens_have_a_number_and_case_counts) {  // RFC 9110 §9.1
  constexpr std::array<std::pair<std::string_view, MethodId>, 9> kMethods{{
      {"GET", MethodId::get},
      {"HEAD", MethodId::head},
      {"POST", MethodId::post},
      {"PUT", MethodId::put},
      {"DELETE", MethodId::delete_},
      {"CONNECT", MethodId::connect},
      {"OPTIONS", MethodId::options},
      {"TRACE", MethodId::trace},
      {"PATCH", MethodId::patch},
  }};
  for (const auto& [token, id] : kMethods) {
    EXPECT_EQ(method_id(token), id);
    std::string lower(token);
    for (char& octet : lower) octet = static_cast<char>(octet - 'A' + 'a');
    EXPECT_EQ(method_id(lower), MethodId::other);
    EXPECT_EQ(method_id(std::string(token) + " "), MethodId::other);
  }
  EXPECT_EQ(method_id(""), MethodId::other);
  EXPECT_EQ(method_of("PURGE").token, "PURGE");
}

TEST(Method, safe_methods_are_idempotent_and_put_and_delete_as_well) {  // RFC 9110 §9.2
  for (unsigned id = 0; id <= std::to_underlying(MethodId::patch); ++id) {
    const auto method = static_cast<MethodId>(id);
    EXPECT_TRUE(!is_safe(method) || is_idempotent(method)) << id;
  }
  EXPECT_TRUE(is_idempotent(MethodId::put) && !is_safe(MethodId::put));
  EXPECT_TRUE(is_idempotent(MethodId::delete_) && !is_safe(MethodId::delete_));
  EXPECT_FALSE(is_idempotent(MethodId::post));
  EXPECT_FALSE(is_idempotent(MethodId::patch));
  EXPECT_FALSE(is_idempotent(MethodId::connect));
  EXPECT_FALSE(is_idempotent(MethodId::other));  // nothing is known of it
}

TEST(Status, one_hundred_to_199_are_interim) {  // RFC 9110 §15.2
  EXPECT_TRUE(is_interim(Status{100}));
  EXPECT_TRUE(is_interim(Status{199}));
  EXPECT_FALSE(is_interim(Status{200}));
  EXPECT_FALSE(is_interim(Status{999}));
}

TEST(Status, interim_204_and_304_have_no_content) {  // RFC 9110 §6.4.1
  for (std::uint16_t value = 100; value < 1000; ++value) {
    const bool expected = value < 200 || value == 204 || value == 304;
    EXPECT_EQ(is_bodyless(Status{value}), expected) << value;
  }
}

TEST(Status, registered_statuses_have_their_phrase) {  // RFC 9110 §15
  EXPECT_EQ(reason_phrase(Status{100}), "Continue");
  EXPECT_EQ(reason_phrase(Status{103}), "Early Hints");
  EXPECT_EQ(reason_phrase(Status{200}), "OK");
  EXPECT_EQ(reason_phrase(Status{413}), "Content Too Large");
  EXPECT_EQ(reason_phrase(Status{431}), "Request Header Fields Too Large");
  EXPECT_EQ(reason_phrase(Status{511}), "Network Authentication Required");
}

TEST(Status, an_unregistered_status_has_an_empty_phrase) {
  constexpr std::array<std::uint16_t, 10> kValues{0, 99, 104, 299, 306, 418, 499, 599, 999, 65535};
  for (const std::uint16_t value : kValues) {
    EXPECT_TRUE(reason_phrase(Status{value}).empty()) << value;
  }
}

TEST(Status, no_phrase_needs_more_than_letters_space_and_hyphen) {  // RFC 9112 §4
  int phrases = 0;
  for (std::uint16_t value = 100; value < 1000; ++value) {
    const std::string_view phrase = reason_phrase(Status{value});
    phrases += phrase.empty() ? 0 : 1;
    for (const char octet : phrase) {
      const bool letter = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
      EXPECT_TRUE(letter || octet == ' ' || octet == '-') << phrase;
    }
  }
  EXPECT_EQ(phrases, 60);
}

TEST(ErrorCode, every_code_has_the_name_of_the_rfc) {  // RFC 9113 §7
  EXPECT_EQ(error_code_name(ErrorCode::no_error), "NO_ERROR");
  EXPECT_EQ(error_code_name(static_cast<ErrorCode>(0x8)), "CANCEL");
  EXPECT_EQ(error_code_name(static_cast<ErrorCode>(0xb)), "ENHANCE_YOUR_CALM");
  EXPECT_EQ(error_code_name(static_cast<ErrorCode>(0xd)), "HTTP_1_1_REQUIRED");
  EXPECT_EQ(error_code_name(static_cast<ErrorCode>(0xe)), "UNKNOWN");
  EXPECT_EQ(error_code_name(static_cast<ErrorCode>(0xffffffff)), "UNKNOWN");
}

TEST(FieldLine, a_field_is_found_by_its_known_name_and_the_first_line_wins) {
  const std::array lines{field_line("x-unknown", "0"), field_line("te", "1"),
                         field_line("te", "2")};
  ASSERT_NE(find_field(lines, FieldId::te), nullptr);
  EXPECT_EQ(find_field(lines, FieldId::te)->value, "1");
  EXPECT_EQ(find_field(lines, FieldId::host), nullptr);
  EXPECT_EQ(find_field({}, FieldId::te), nullptr);
  EXPECT_EQ(lines[0].id, FieldId::unknown);
  EXPECT_EQ(lines[0].indexing, Indexing::allowed);
}

TEST(Limits, the_defaults_are_those_that_the_documents_promise) {
  constexpr Limits kLimits;
  EXPECT_EQ(kLimits.field_lines_max, 256U);
  EXPECT_EQ(kLimits.cookie_crumbs_max, 128U);
  EXPECT_EQ(kLimits.line_bytes_max, 65536U);
  EXPECT_EQ(kLimits.field_section_bytes_max, 65536U);
  EXPECT_EQ(kLimits.cookie_bytes_max, 16384U);
  EXPECT_EQ(kLimits.trailer_section_bytes_max, 16384U);
  EXPECT_EQ(kLimits.streams_max, 100U);
  EXPECT_EQ(kLimits.live_handlers_max, 128U);
  EXPECT_EQ(kLimits.field_block_wire_bytes_max, 65536U);
  EXPECT_EQ(kLimits.continuation_frames_max, 16U);
  EXPECT_EQ(kLimits.table_size_updates_max, 4U);
  EXPECT_EQ(kLimits.settings_entries_max, 32U);
  EXPECT_EQ(kLimits.queued_replies_max, 100U);
  EXPECT_EQ(kLimits.encoder_table_bytes_max, 4096U);
}

}  // namespace
}  // namespace regauge::http
