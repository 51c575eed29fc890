// HEADERS on a stream that the peer has reset: the same end, however the input is cut.
#include <string>

#include <gtest/gtest.h>

#include "regauge/h2/connection.h"

namespace regauge {
namespace {

using namespace std::string_literals;

// A request on stream 1, its reset, and HEADERS on stream 1 once more.
std::string request_reset_request() {
  const std::string request = "\0\0\6\1\4\0\0\0\1\x82\x84\x86\1\1a"s;
  return std::string(h2::kClientPreface) + "\0\0\0\4\0\0\0\0\0"s + request +
         "\0\0\4\3\0\0\0\0\1\0\0\0\x8"s + request;
}

std::string rule_that_ends_the_connection(std::string_view octets, std::size_t piece) {
  const h2::Options options;
  h2::Connection connection(options);
  std::string rule;
  for (std::size_t at = 0; at < octets.size(); at += piece) {
    const auto part = wire::Slice::copy_of(wire::as_bytes(octets.substr(at, piece)));
    const http::Batch batch = connection.receive({&part, 1}, http::Tick{1}, http::WorkBudget());
    for (const http::Event& event : batch.events) {
      if (event.kind == http::EventKind::violation) rule = event.rule->name;
      if (event.kind == http::EventKind::reset) connection.release(event.stream);
    }
  }
  return rule;
}

TEST(ClosedStream, opened_again_ends_the_connection_however_the_input_is_cut) {  // RFC 9113 §5.1.1
  const std::string octets = request_reset_request();
  for (std::size_t piece = 1; piece <= octets.size(); ++piece) {
    EXPECT_EQ(rule_that_ends_the_connection(octets, piece), "stream-id-not-increasing")
        << "pieces of " << piece;
  }
}

}  // namespace
}  // namespace regauge
