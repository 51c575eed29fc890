// Request lines and status lines (RFC 9112 §3, §4).
#pragma once

#include <cstdint>
#include <string_view>

#include "regauge/h1/target.h"
#include "regauge/http/ids.h"
#include "regauge/wire/line_scan.h"

namespace regauge::h1 {

/// Holds a parsed request line. Lifetime: that of the text of the head.
struct RequestLine {
  std::string_view method;
  http::MethodId method_id = http::MethodId::other;
  Target target;
  http::Version version = http::Version::http_1_1;
};

/// Holds a parsed status line.
struct StatusLine {
  std::uint16_t status = 0;
  std::string_view reason;
  http::Version version = http::Version::http_1_1;
  bool icy = false;  ///< an ICY line: no framing fields are expected, the content ends with the
                     ///< connection
};

/// Parses a request line without its line end. `offset` is that of `line` in the input.
/// Errors: false, with the violation in the report. Cost: one pass. Source: RFC 9112 §3.
[[nodiscard]] bool parse_request_line(std::string_view line, std::uint64_t offset,
                                      HeadScratch scratch, RequestLine& out);

/// Takes a request line without anything unusual: a token, one SP, a path of URI characters, one
/// SP, HTTP/1.1. `mark` says what the scan found in the received line; it is clean. Returns false,
/// and changes nothing, if the line has to be parsed. Cost: a step per sixteen octets.
[[nodiscard]] bool take_clean_request_line(const HeadText& text, const wire::LineMark& mark,
                                           const wire::BlockScanner& scanner, RequestLine& out);

/// Takes a status line without anything unusual: HTTP/1.1, one SP, a code of three digits below
/// 600, one SP, a reason that does not begin with white space. The rest as with requests.
[[nodiscard]] bool take_clean_status_line(const HeadText& text, const wire::LineMark& mark,
                                          StatusLine& out);

/// Parses a status line without its line end; the line begins with "HTTP/" or "ICY ".
/// Errors: false, with the violation in the report. Cost: one pass. Source: RFC 9112 §4.
[[nodiscard]] bool parse_status_line(std::string_view line, std::uint64_t offset,
                                     HeadScratch scratch, StatusLine& out);

}  // namespace regauge::h1
