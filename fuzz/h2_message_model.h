// A plain reader of HTTP/2 requests and trailer sections, written for clarity and apart from the
// codec: is a list of lines malformed for a strict server (RFC 9113 §8, RFC 8441)?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/oracle/nghttp2_hpack.h"

namespace regauge::fuzz {

/// Says what a strict server makes of a field section.
enum class Judgement : std::uint8_t {
  good,
  malformed,   ///< PROTOCOL_ERROR on the stream
  over_limit,  ///< ENHANCE_YOUR_CALM on the stream, answered with 431
};

/// Holds what of a request matters to the stream.
struct JudgedRequest {
  Judgement judgement = Judgement::good;
  std::string method;
  std::string target;
  std::string authority;
  bool tunnel = false;
  std::optional<std::uint64_t> content_length;
};

/// Judges a request head; `ends` says whether END_STREAM came with it.
[[nodiscard]] JudgedRequest judge_request(const std::vector<oracle::Line>& lines, bool ends);
/// Judges a trailer section.
[[nodiscard]] Judgement judge_trailers(const std::vector<oracle::Line>& lines);

}  // namespace regauge::fuzz
