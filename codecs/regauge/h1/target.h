// Request targets and Host values (RFC 9112 §3.2, RFC 3986 §3.2).
#pragma once

#include <cstdint>
#include <string_view>

#include "regauge/h1/head_text.h"
#include "regauge/h1/report.h"
#include "regauge/http/method.h"

namespace regauge::h1 {

/// Holds the parts of a request target. Lifetime: that of the text of the head.
struct Target {
  std::string_view scheme;     ///< lower-case; empty unless the target was in absolute form
  std::string_view authority;  ///< empty for the origin and asterisk forms
  std::string_view path;       ///< path and query in origin form, or "*"; empty for CONNECT
  bool absolute = false;
};

/// Groups what the parsers of the start line work on.
struct HeadScratch {
  HeadText& text;
  Report& report;
};

/// Parses the target of a request with method `method`.
///
/// Input:   `text`, the octets between method and version, without white space at its ends.
/// Output:  `target`; octets that need it are percent-encoded, a fragment is cut off.
/// Errors:  false, with the violation in `report`. `offset` is that of `text`.
/// Cost:    one step an octet; no allocation in steady state. Source: RFC 9112 §3.2.
[[nodiscard]] bool parse_target(std::string_view text, http::MethodId method, std::uint64_t offset,
                                HeadScratch scratch, Target& target);

/// Tells whether `host` is uri-host [":" port] without userinfo; an empty one is (RFC 9110 §7.2).
/// It stands in received text of a head: kBlockOctets may be read behind it.
[[nodiscard]] bool is_host(std::string_view host, const wire::BlockScanner& scanner);

}  // namespace regauge::h1
