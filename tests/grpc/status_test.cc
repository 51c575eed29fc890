// Status codes of gRPC for ends that have none, and grpc-timeout.
#include "regauge/grpc/status.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "regauge/grpc/timeout.h"

namespace regauge::grpc {
namespace {

TEST(Status, is_mapped_from_http) {  // gRPC, "HTTP to gRPC Status Code Mapping"
  const std::array<std::pair<std::uint16_t, std::string_view>, 12> table{{{400, "13"},
                                                                          {401, "16"},
                                                                          {403, "7"},
                                                                          {404, "12"},
                                                                          {429, "14"},
                                                                          {431, "13"},
                                                                          {502, "14"},
                                                                          {503, "14"},
                                                                          {504, "14"},
                                                                          {200, "2"},
                                                                          {418, "2"},
                                                                          {500, "2"}}};
  for (const auto& [status, number] : table) {
    EXPECT_EQ(number_of(status_of_http(http::Status{status})), number) << status;
  }
}

TEST(Status, is_mapped_from_a_reset) {  // gRPC over HTTP/2, "Errors"
  EXPECT_EQ(status_of_reset(http::ErrorCode::refused_stream), StatusCode::unavailable);
  EXPECT_EQ(status_of_reset(http::ErrorCode::cancel), StatusCode::cancelled);
  EXPECT_EQ(status_of_reset(http::ErrorCode::enhance_your_calm), StatusCode::resource_exhausted);
  EXPECT_EQ(status_of_reset(http::ErrorCode::inadequate_security), StatusCode::permission_denied);
  for (const std::uint32_t code : {0U, 1U, 2U, 3U, 4U, 5U, 6U, 9U, 10U, 13U, 14U, 0xffffffffU}) {
    EXPECT_EQ(status_of_reset(static_cast<http::ErrorCode>(code)), StatusCode::internal) << code;
  }
}

TEST(Status, is_written_as_a_decimal_number) {
  for (std::uint8_t code = 0; code <= 16; ++code) {
    EXPECT_EQ(number_of(static_cast<StatusCode>(code)), std::to_string(code));
  }
}

TEST(Timeout, has_up_to_eight_digits_and_a_unit) {  // gRPC over HTTP/2, "Requests"
  EXPECT_EQ(parse_timeout("5000m"), 5000U);
  EXPECT_EQ(parse_timeout("2S"), 2000U);
  EXPECT_EQ(parse_timeout("3M"), 180'000U);
  EXPECT_EQ(parse_timeout("1H"), 3'600'000U);
  EXPECT_EQ(parse_timeout("99999999H"), 99'999'999ULL * 3'600'000);
}

TEST(Timeout, never_rounds_to_nothing) {
  EXPECT_EQ(parse_timeout("1u"), 1U);
  EXPECT_EQ(parse_timeout("1001u"), 2U);
  EXPECT_EQ(parse_timeout("1n"), 1U);
  EXPECT_EQ(parse_timeout("0m"), 0U);
}

TEST(Timeout, of_another_form_is_none) {
  for (const std::string_view value : {"", "m", "5", "100000000m", "5 m", "-5m", "5s", "5mm"}) {
    EXPECT_EQ(parse_timeout(value), std::nullopt) << value;
  }
}

}  // namespace
}  // namespace regauge::grpc
