// The catalogue of everything that an H1 peer can do wrong: one enumerator a row.
//
// A row says what each preset does about it. Its `maximal` column is the ceiling that the theorem
// of README.md allows: a Policy cannot go above it except by a call named `unsafe_…`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "regauge/http/rule.h"

namespace regauge::h1 {

/// Names one row of the catalogue; the published name has `-` for `_`.
enum class Deviation : std::uint8_t {
  leading_crlf,
  leading_lf,
  leading_crlf_flood,
  leading_crlf_response,
  bare_lf_start_line,
  bare_lf_field_line,
  mixed_eol,
  mixed_eol_with_body,
  bare_cr_start_line,
  bare_cr_in_value,
  bare_cr_line,
  bare_cr_framing,
  nul_start_line,
  multiple_space_request_line,
  tab_in_request_line,
  leading_space_request_line,
  trailing_space_request_line,
  space_in_target,
  missing_target,
  non_token_method,
  http09_request,
  http09_non_get,
  http1_higher_minor,
  bad_version,
  bad_major_version,
  h2_preface,
  fragment_in_target,
  backslash_in_target,
  non_uri_char_in_target,
  obs_text_in_target,
  ctl_in_target,
  bad_target_form,
  asterisk_non_options,
  userinfo_in_target,
  bad_connect_target,
  absolute_form_host_mismatch,
  connect_with_body,
  multiple_space_status_line,
  tab_in_status_line,
  ctl_in_reason,
  missing_reason_sp,
  bad_status_code,
  status_code_out_of_range,
  icy_status_line,
  http09_response,
  space_before_colon,
  space_before_colon_framing,
  obs_fold,
  obs_fold_framing,
  space_before_first_field,
  space_before_first_field_framing,
  field_without_colon,
  field_without_colon_framing,
  empty_field_name,
  non_token_field_name,
  framing_lookalike_name,
  nul_in_field,
  ctl_in_value,
  ctl_framing,
  obs_text_framing,
  underscore_framing_alias,
  structure_with_body,
  dropped_line_after_repair,
  missing_host,
  duplicate_host,
  conflicting_host,
  invalid_host,
  line_too_long,
  target_too_long,
  too_many_fields,
  cl_leading_zeros,
  cl_duplicate_same,
  cl_conflict,
  cl_invalid,
  cl_invalid_response,
  cl_overflow,
  cl_and_te,
  cl_and_te_overrun,
  cl_invalid_with_te,
  te_variant_with_cl,
  te_in_http10,
  te_in_http10_with_cl,
  te_identity,
  te_identity_only,
  te_chunked_not_final,
  te_not_chunked_final,
  te_unknown_response,
  te_chunked_twice,
  te_empty_element,
  te_empty,
  te_malformed,
  te_multiple_lines,
  te_unsupported_coding,
  chunk_size_trailing_ws,
  chunk_size_invalid,
  chunk_size_overflow,
  bare_lf_chunk_line,
  bare_cr_chunk_line,
  chunk_ext_unbalanced_quote,
  chunk_ext_malformed,
  chunk_ext_ctl,
  chunk_line_too_long,
  chunk_overhead,
  chunk_data_terminator,
  eof_after_last_chunk,
  forbidden_trailer_field,
  forbidden_trailer_framing,
  malformed_trailer,
  bare_lf_trailer,
  obs_fold_trailer,
  framing_on_bodyless_status,
  unsolicited_101,
  close_and_keep_alive,
  unknown_expect,
  incomplete,
  truncated,
  count_,  ///< the number of rows, not a row
};

/// Counts the rows of the catalogue.
inline constexpr auto kDeviationCount = static_cast<std::size_t>(Deviation::count_);

/// Says what kind of message a row is about; requests and responses are judged apart.
enum class Side : std::uint8_t { request, response };

/// Says what a reader that disagrees could do with the octets.
enum class Risk : std::uint8_t {
  harmless,   ///< nothing
  routing,    ///< another resource or rule may be picked
  structure,  ///< other lines may be taken for field lines
  framing,    ///< the message may end elsewhere: request smuggling
  limit,      ///< none: a limit of ours
};

/// Says what is done about a deviation. The order is that of permissiveness.
enum class Action : std::uint8_t {
  reject,            ///< the message is refused, the connection closes
  accept_and_close,  ///< read with its one safe meaning; the connection is not used again
  accept,            ///< read with its one safe meaning
};

/// Holds the action of each preset. The last one is the ceiling.
struct PresetActions {
  Action strict = Action::reject;
  Action common = Action::reject;
  Action maximal = Action::reject;
  bool occurs = true;  ///< false: the row is about the other side
};

/// Describes one row.
struct CatalogueRow {
  Deviation deviation;
  http::Rule rule;
  Risk risk = Risk::harmless;
  std::uint16_t status =
      400;  ///< answer to a refused request (RFC 9110 §15.5); a response gives 502
  PresetActions request;
  PresetActions response;
};

/// Returns the row of a deviation. Cost: constant. Lifetime: static.
[[nodiscard]] const CatalogueRow& catalogue_row(Deviation deviation);
/// Returns the actions of a deviation on one side.
[[nodiscard]] const PresetActions& preset_actions(Deviation deviation, Side side);

/// Tells why a message was refused, where, and how a request should be answered.
struct Violation {
  Deviation deviation = Deviation::incomplete;
  std::uint64_t offset = 0;  ///< octets since the first octet of the connection's input
  std::uint16_t status = 400;
};

}  // namespace regauge::h1
