// A plain reader of HTTP/2 requests, responses and trailer sections, written for clarity and apart
// from the codec: is a list of lines malformed for a strict peer (RFC 9113 §8, RFC 8441)?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/oracle/nghttp2_hpack.h"

namespace regauge::fuzz {

/// Says what a strict peer makes of a field section.
enum class Judgement : std::uint8_t {
  good,
  malformed,   ///< PROTOCOL_ERROR on the stream
  over_limit,  ///< ENHANCE_YOUR_CALM on the stream, answered with 431 if it is a request
};

/// Holds what of a request matters to the stream.
struct JudgedRequest {
  Judgement judgement = Judgement::good;
  std::string method;
  std::string target;
  std::string authority;
  bool tunnel = false;
  bool extended = false;  ///< it has :protocol
  std::optional<std::uint64_t> content_length;
};

/// Holds what of a response matters to the stream.
struct JudgedResponse {
  Judgement judgement = Judgement::good;
  int status = 0;
  bool interim = false;
  bool tunnel = false;
  bool bodyless = false;      ///< no content may follow
  std::uint32_t dropped = 0;  ///< lines that are left out, each a toleration
  std::optional<std::uint64_t> content_length;
};

/// Judges a request head; `ends` says whether END_STREAM came with it.
[[nodiscard]] JudgedRequest judge_request(const std::vector<oracle::Line>& lines, bool ends);
/// Judges a response head to a request of `method`.
[[nodiscard]] JudgedResponse judge_response(const std::vector<oracle::Line>& lines, bool ends,
                                            const std::string& method);

/// Holds what of a trailer section matters.
struct JudgedTrailers {
  Judgement judgement = Judgement::good;
  std::uint32_t dropped = 0;  ///< lines that are left out, each a toleration
};
/// Judges a trailer section.
[[nodiscard]] JudgedTrailers judge_trailers(const std::vector<oracle::Line>& lines);

}  // namespace regauge::fuzz
