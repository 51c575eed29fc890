// Where a violation was met: the same octet of the input, however it was cut.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/h2/connection.h"

namespace regauge {
namespace {

// The client preface, empty SETTINGS, and DATA on a stream that was never opened.
std::string octets_with_idle_data() {
  using namespace std::string_literals;
  return std::string(h2::kClientPreface) + "\0\0\0\4\0\0\0\0\0"s + "\0\0\1\0\0\0\0\0\5x"s;
}

std::vector<std::uint64_t> offsets_of_violations(std::string_view octets, std::size_t piece) {
  const h2::Options options;
  h2::Connection connection(options);
  std::vector<std::uint64_t> offsets;
  for (std::size_t at = 0; at < octets.size(); at += piece) {
    const auto part = wire::Slice::copy_of(wire::as_bytes(octets.substr(at, piece)));
    const http::Batch batch = connection.receive({&part, 1}, http::Tick{1}, http::WorkBudget());
    for (const http::Event& event : batch.events) {
      if (event.kind == http::EventKind::violation) offsets.push_back(event.offset);
    }
  }
  return offsets;
}

TEST(ViolationOffset, is_that_of_the_frame_however_the_input_is_cut) {  // RFC 9113 §5.1
  const std::string octets = octets_with_idle_data();
  const std::vector<std::uint64_t> start_of_data{24 + 9};
  for (std::size_t piece = 1; piece <= octets.size(); ++piece) {
    EXPECT_EQ(offsets_of_violations(octets, piece), start_of_data) << "pieces of " << piece;
  }
}

}  // namespace
}  // namespace regauge
