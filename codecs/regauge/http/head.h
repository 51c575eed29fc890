// Message heads of the neutral model (RFC 9110 §6): what h1 and h2 read and write alike.
#pragma once

#include <cstdint>
#include <string_view>

#include "regauge/http/field.h"
#include "regauge/http/ids.h"
#include "regauge/http/method.h"
#include "regauge/http/rule.h"
#include "regauge/http/status.h"

namespace regauge::http {

/// Tells how the content of a message ends.
enum class Framing : std::uint8_t {
  none,         ///< no content at all
  length,       ///< a known number of octets
  stream,       ///< unknown beforehand: chunked in H1, DATA until END_STREAM in H2
  until_close,  ///< H1 responses only: until the connection ends
  tunnel,       ///< no message content: octets of another protocol in both directions
};

/// States how much content a message has; output framing is derived from this, never from fields.
struct Content {
  Framing framing = Framing::none;
  std::uint64_t length = 0;  ///< octets; only with Framing::length
};

/// Views a request head. Lifetime: that of the event, or of the caller's memory on the send side.
///
/// H1: `authority` is the target's authority or else the Host value, `scheme` is empty unless the
/// target was in absolute form, and the `host` line stays in `fields`. H2: from the pseudo-fields;
/// `fields` has the regular lines only (a `host` line among them if the peer sent one).
struct RequestHead {
  Method method;
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;      ///< path and query, or "*"; empty for CONNECT
  std::string_view protocol;  ///< `:protocol` of an extended CONNECT (RFC 8441 §4), else empty
  Version version = Version::http_1_1;
  FieldSection fields;
  Content content;
  RuleNotes notes;                          ///< what was forgiven in this head
  NameStyle name_style = NameStyle::lower;  ///< of names that are added (H1, send side)
};

/// Views a response head. Lifetime: as RequestHead.
struct ResponseHead {
  Status status;
  std::string_view reason;  ///< H1 only; as received
  Version version = Version::http_1_1;
  FieldSection fields;
  Content content;
  RuleNotes notes;
  NameStyle name_style = NameStyle::lower;  ///< as in RequestHead
};

}  // namespace regauge::http
