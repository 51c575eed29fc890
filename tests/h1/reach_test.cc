// How far a message had come when it broke, and what its end came with (RFC 9112 §8).
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "regauge/h1/connection.h"

namespace regauge::h1 {
namespace {

using http::Loss;
using http::Reached;

struct End {
  Reached reached = Reached::nothing;
  Loss loss = Loss::none;
  std::uint16_t status = 0;
  http::ErrorCode code = http::ErrorCode::no_error;
  bool operator==(const End&) const = default;
};

// Feeds a server with octets and, unless they break a rule, an end of input.
End end_of(std::string_view octets, http::Truncation how = http::Truncation::clean) {
  const ConnectionOptions options = options_for(http::Role::server, Preset::common);
  Connection connection(options);
  End end;
  const auto take = [&end](const http::Batch& batch) {
    for (const http::Event& event : batch.events) {
      const bool ends =
          event.kind == http::EventKind::violation || event.kind == http::EventKind::reset;
      if (ends) end = {event.reached, event.loss, event.status, event.code};
    }
  };
  const wire::Slice slice = wire::Slice::copy_of(wire::as_bytes(octets));
  take(connection.receive({&slice, 1}, {}, {.bytes = octets.size() + 1}));
  if (end == End{}) take(connection.end_of_input({}, how));
  return end;
}

constexpr std::string_view kChunked =
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(H1Reach, a_cut_message_says_in_which_part_it_was_cut) {  // RFC 9112 §8
  const std::string chunked(kChunked);
  EXPECT_EQ(end_of("GET / HT").reached, Reached::head);
  EXPECT_EQ(end_of(chunked).reached, Reached::content);
  EXPECT_EQ(end_of(chunked + "2\r\no").reached, Reached::content);
  EXPECT_EQ(end_of(chunked + "0\r\n").reached, Reached::trailers);
  EXPECT_EQ(end_of(chunked + "0\r\nx: y\r\n").reached, Reached::trailers);
}

TEST(H1Reach, a_broken_rule_says_in_which_part_it_was_broken) {
  const std::string chunked(kChunked);
  EXPECT_EQ(end_of("GET / HTTP/1.1\r\nHost : a\r\n\r\n").reached, Reached::head);
  EXPECT_EQ(end_of(chunked + "zz\r\n").reached, Reached::content);
  EXPECT_EQ(end_of(chunked + "0\r\nno colon\r\n\r\n").reached, Reached::trailers);
}

TEST(H1Reach, an_end_of_input_is_told_apart_from_a_broken_rule) {
  EXPECT_EQ(end_of("GET / HTTP/1.1\r\nHost : a\r\n\r\n").loss, Loss::none);
  EXPECT_EQ(end_of(kChunked).loss, Loss::closed);
  EXPECT_EQ(end_of(kChunked, http::Truncation::aborted).loss, Loss::broken);
}

TEST(H1Reach, a_limit_is_told_apart_from_a_rule_of_the_protocol) {
  const std::string line = "GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(70'000, 'a');
  EXPECT_EQ(end_of(line).code, http::ErrorCode::enhance_your_calm);
  EXPECT_EQ(end_of("GET / HTTP/1.1\r\nHost : a\r\n\r\n").code, http::ErrorCode::protocol_error);
}

}  // namespace
}  // namespace regauge::h1
