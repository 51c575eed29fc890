// The rules that an HTTP/2 peer can break, one enumerator each: the catalogue of this codec.
//
// The name of a rule is that of its enumerator with `-` for `_`; it is the metric label, the log
// word and the word in `regauge inspect`. A rule of RFC 7541 has the name it has in hpack/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "regauge/hpack/violation.h"
#include "regauge/http/ids.h"
#include "regauge/http/rule.h"

namespace regauge::h2 {

/// Names a broken rule.
enum class Violation : std::uint8_t {
  // Connection preface and frame layer (RFC 9113 §3.4, §4).
  preface_magic_invalid,
  preface_first_frame_not_settings,
  preface_server_first_frame_not_settings,
  frame_size_exceeds_max,
  frame_on_stream_zero,
  header_block_interleaved,
  continuation_unexpected,
  continuation_wrong_stream,
  continuation_flood,
  // Streams (§5.1).
  stream_id_parity,
  stream_id_not_increasing,
  stream_idle_frame,
  stream_reserved_frame,
  stream_half_closed_remote_data,
  stream_half_closed_remote_headers,
  stream_closed_frame,
  max_concurrent_streams,
  live_handlers,
  connect_stream_headers,
  // Flow control (§5.2, §6.9).
  flow_control_connection_window,
  flow_control_stream_window,
  window_update_zero,
  window_update_overflow,
  window_update_length,
  settings_initial_window_overflows_stream,
  // Payloads (§6).
  data_padding_too_long,
  data_padded_without_pad_length,
  headers_padding_too_long,
  headers_priority_truncated,
  priority_length,
  rst_stream_length,
  settings_ack_payload,
  settings_ack_unsolicited,
  settings_ack_timeout,
  settings_length,
  settings_entries,
  settings_stream_nonzero,
  settings_enable_push_invalid,
  settings_enable_push_from_server,
  settings_initial_window_too_large,
  settings_max_frame_size_range,
  settings_enable_connect_invalid,
  settings_enable_connect_withdrawn,
  settings_no_rfc7540_priorities_invalid,
  settings_no_rfc7540_priorities_changed,
  push_promise_from_client,
  push_promise_disabled,
  push_promise_id,
  push_promise_on_idle,
  push_promise_on_closed,
  push_promise_length,
  push_promise_padding_too_long,
  push_promise_unsafe_method,
  push_promise_content,
  ping_length,
  ping_stream_nonzero,
  ping_ack_unsolicited,
  goaway_stream_nonzero,
  goaway_length,
  goaway_last_id_increased,
  priority_update_stream_nonzero,
  priority_update_length,
  priority_update_id_zero,
  priority_update_id_idle_push,
  priority_update_idle_streams,
  priority_update_from_server,
  // Limits of ours over the whole connection (§10.5).
  credits_spent,
  small_content_unread,
  reply_queue_stalled,
  // Field blocks (RFC 7541; the order is that of hpack::Violation).
  hpack_index_zero,
  hpack_index_out_of_range,
  hpack_integer_overflow,
  hpack_integer_too_many_octets,
  hpack_string_overrun,
  hpack_block_truncated,
  hpack_huffman_eos,
  hpack_huffman_padding_too_long,
  hpack_huffman_padding_not_ones,
  hpack_size_update_too_large,
  hpack_size_update_not_at_start,
  hpack_size_update_count,
  hpack_size_update_missing,
  // Messages (§8).
  header_list_limits,
  field_name_uppercase,
  field_name_invalid_char,
  field_name_colon,
  field_name_empty,
  field_value_nul_cr_lf,
  field_value_edge_whitespace,
  field_value_ctl,
  connection_specific_field,
  transfer_encoding_field,
  te_value,
  pseudo_after_regular,
  pseudo_duplicate,
  pseudo_unknown,
  pseudo_response_in_request,
  pseudo_request_in_response,
  pseudo_in_trailers,
  pseudo_missing_method,
  pseudo_missing_scheme,
  pseudo_missing_path,
  pseudo_missing_status,
  method_invalid_char,
  scheme_invalid_char,
  path_empty,
  path_form,
  path_invalid_char,
  path_fragment,
  authority_userinfo,
  authority_invalid_char,
  authority_missing,
  authority_host_mismatch,
  host_duplicate,
  connect_pseudo,
  connect_content_length,
  extended_connect_not_enabled,
  extended_connect_method,
  extended_connect_pseudo,
  content_length_syntax,
  content_length_duplicate,
  content_length_mismatch,
  content_length_on_204,
  status_syntax,
  status_101,
  informational_end_stream,
  data_before_final_headers,
  bodyless_response_with_data,
  trailers_without_end_stream,
  trailers_forbidden_field,
  count_,  ///< the number of enumerators before it, not a rule
};

/// Counts the rules.
inline constexpr std::size_t kViolations = static_cast<std::size_t>(Violation::count_);

/// Says what is done about a broken rule, from hard to soft.
enum class Action : std::uint8_t {
  connection,  ///< GOAWAY and close
  stream,      ///< RST_STREAM, or an answer of 4xx before it (policy.h)
  drop_field,  ///< leave the field line out
  fix,         ///< replace by the one safe meaning
  ignore,      ///< go on as if it had not happened
};

/// States what RFC 9113 says about a broken rule.
struct Verdict {
  http::Scope scope = http::Scope::connection;  ///< the narrowest; a frame on stream 0 widens it
  http::ErrorCode code = http::ErrorCode::protocol_error;
  std::string_view section;  ///< such as "RFC 9113 6.5"
};

/// Describes one rule: what it is called, what the RFC says, and what each preset does about it.
struct RuleRow {
  Violation violation;
  http::Rule rule;  ///< empty for the rules of RFC 7541: see `rule_of`
  http::Scope scope;
  http::ErrorCode code;
  Action strict;
  Action common;
  Action maximal;
  std::uint16_t status = 400;  ///< of the answer to a malformed request
};

/// Returns the row of a rule. Cost: constant. Lifetime: static.
[[nodiscard]] const RuleRow& row_of(Violation violation);
/// Returns name, section and sentence of a rule. Cost: constant. Lifetime: static.
[[nodiscard]] const http::Rule& rule_of(Violation violation);
/// Returns scope, error code and section of a rule. Cost: constant.
[[nodiscard]] Verdict verdict(Violation violation);
/// Returns the rule with this catalogue name. Cost: one compare a rule; for configuration.
[[nodiscard]] std::optional<Violation> find_violation(std::string_view name);
/// Returns the enumerator that a rule of RFC 7541 has here. Cost: constant.
[[nodiscard]] Violation from_hpack(hpack::Violation violation);

}  // namespace regauge::h2
