// Where a message ends (RFC 9112 §6): Content-Length, Transfer-Encoding and what they mean
// together.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "regauge/h1/field_line.h"
#include "regauge/h1/report.h"
#include "regauge/http/head.h"

namespace regauge::h1 {

/// Holds what the framing fields of one head say, before they are weighed against each other.
struct FramingFields {
  std::optional<std::uint64_t> length;  ///< the one value of all Content-Length lines
  std::uint64_t length_offset = 0;
  std::uint32_t length_lines = 0;
  bool length_invalid = false;  ///< a value is no number
  /// What no length that is needed survives: cl-conflict or cl-overflow, and where.
  std::optional<Deviation> length_fault;
  std::uint64_t length_fault_offset = 0;
  bool length_single = true;  ///< one line with one element
  std::uint32_t encoding_lines = 0;
  std::uint64_t encoding_offset = 0;
  std::uint32_t chunked = 0;   ///< how often chunked is named
  std::uint32_t others = 0;    ///< codings that are neither chunked nor identity
  std::uint32_t elements = 0;  ///< non-empty elements
  bool identity = false;
  bool empty_element = false;
  bool malformed = false;
  bool chunked_final = false;  ///< the last element is chunked
};

/// Reads the framing fields of a head.
/// Errors: nullopt with the violation in the report, where the policy refuses leading zeros.
/// Cost: one pass over the framing fields. Source: RFC 9112 §6.1, §6.2; RFC 9110 §8.6.
[[nodiscard]] std::optional<FramingFields> read_framing_fields(const FieldSectionParser& section,
                                                               Report& report);

/// Says how the content of a message is read.
struct BodyPlan {
  http::Content content;
  /// Chunked content of a request may take this many octets on the wire (theorem, clause c).
  std::optional<std::uint64_t> chunked_octets_max;
  bool strict_chunk_lines = false;  ///< theorem, clause e
  bool keep_length = false;         ///< the canonical head has Content-Length
  bool keep_encoding = false;       ///< the canonical head has Transfer-Encoding
  bool raw_encoding = false;        ///< its value is the received one, not "chunked"
};

/// Decides the framing of a request. Errors: nullopt, with the violation in the report.
[[nodiscard]] std::optional<BodyPlan> plan_request(const FramingFields& fields,
                                                   http::MethodId method, http::Version version,
                                                   Report& report);

/// States what a response answers.
struct ResponseContext {
  http::MethodId request_method = http::MethodId::get;
  bool upgrade_requested = false;
  bool first_on_connection = true;
};

/// Decides the framing of a response. Errors: nullopt, with the violation in the report.
[[nodiscard]] std::optional<BodyPlan> plan_response(const FramingFields& fields,
                                                    http::Status status, http::Version version,
                                                    const ResponseContext& context, Report& report);

}  // namespace regauge::h1
