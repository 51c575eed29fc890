#include "regauge/h2/violation.h"

#include <array>
#include <utility>

namespace regauge::h2 {
namespace {

using http::ErrorCode;
using http::Rule;
using http::Scope;

constexpr RuleRow closes(Violation violation, ErrorCode code, Rule rule) {
  return {violation,         rule, Scope::connection, code, Action::connection, Action::connection,
          Action::connection};
}

constexpr RuleRow resets(Violation violation, ErrorCode code, Rule rule) {
  return {violation, rule, Scope::stream, code, Action::stream, Action::stream, Action::stream};
}

// Sets what the presets do about a rule that can be forgiven.
constexpr RuleRow softer(RuleRow row, Action common, Action maximal) {
  row.common = common;
  row.maximal = maximal;
  return row;
}

// As above, for a rule whose breach RFC 9113 itself tells us to put up with.
constexpr RuleRow softer(RuleRow row, Action strict, Action common, Action maximal) {
  row.strict = strict;
  return softer(row, common, maximal);
}

constexpr RuleRow answers_431(RuleRow row) {
  row.status = 431;  // RFC 6585 §5
  return row;
}

// The names and sentences of these rules stand in hpack/violation.cc.
constexpr RuleRow of_hpack(Violation violation) {
  return closes(violation, ErrorCode::compression_error, {});
}

constexpr std::array kRows{
    // Connection preface, frames, streams, flow control, payloads, limits.
    closes(Violation::preface_magic_invalid, ErrorCode::protocol_error,
           {"preface-magic-invalid", "RFC 9113 3.4",
            "The connection did not start with the client preface."}),
    closes(Violation::preface_first_frame_not_settings, ErrorCode::protocol_error,
           {"preface-first-frame-not-settings", "RFC 9113 3.4",
            "The first frame of the client was not SETTINGS."}),
    softer(closes(Violation::preface_server_first_frame_not_settings, ErrorCode::protocol_error,
                  {"preface-server-first-frame-not-settings", "RFC 9113 3.4",
                   "The first frame of the server was not SETTINGS."}),
           Action::ignore, Action::ignore),
    resets(Violation::frame_size_exceeds_max, ErrorCode::frame_size_error,
           {"frame-size-exceeds-max", "RFC 9113 4.2",
            "A payload was longer than SETTINGS_MAX_FRAME_SIZE."}),
    closes(Violation::frame_on_stream_zero, ErrorCode::protocol_error,
           {"frame-on-stream-zero", "RFC 9113 6",
            "A frame that belongs to a stream came on stream 0."}),
    closes(
        Violation::header_block_interleaved, ErrorCode::protocol_error,
        {"header-block-interleaved", "RFC 9113 4.3", "Another frame came inside a field block."}),
    closes(Violation::continuation_unexpected, ErrorCode::protocol_error,
           {"continuation-unexpected", "RFC 9113 6.10",
            "CONTINUATION came outside of a field block."}),
    closes(Violation::continuation_wrong_stream, ErrorCode::protocol_error,
           {"continuation-wrong-stream", "RFC 9113 6.10",
            "CONTINUATION came on another stream than its field block."}),
    closes(
        Violation::continuation_flood, ErrorCode::enhance_your_calm,
        {"continuation-flood", "RFC 9113 10.5.1", "A field block had too many frames or octets."}),
    closes(Violation::stream_id_parity, ErrorCode::protocol_error,
           {"stream-id-parity", "RFC 9113 5.1.1",
            "A stream was opened with an identifier of the other end."}),
    closes(Violation::stream_id_not_increasing, ErrorCode::protocol_error,
           {"stream-id-not-increasing", "RFC 9113 5.1.1",
            "A stream was opened below the highest identifier."}),
    closes(
        Violation::stream_idle_frame, ErrorCode::protocol_error,
        {"stream-idle-frame", "RFC 9113 5.1", "A frame came on a stream that was never opened."}),
    closes(Violation::stream_reserved_frame, ErrorCode::protocol_error,
           {"stream-reserved-frame", "RFC 9113 5.1",
            "A frame came on a reserved stream that does not allow it."}),
    softer(
        resets(Violation::stream_half_closed_remote_data, ErrorCode::stream_closed,
               {"stream-half-closed-remote-data", "RFC 9113 5.1", "DATA came after END_STREAM."}),
        Action::stream, Action::ignore),
    softer(resets(Violation::stream_half_closed_remote_headers, ErrorCode::stream_closed,
                  {"stream-half-closed-remote-headers", "RFC 9113 5.1",
                   "HEADERS came after END_STREAM."}),
           Action::stream, Action::ignore),
    softer(resets(Violation::stream_closed_frame, ErrorCode::stream_closed,
                  {"stream-closed-frame", "RFC 9113 5.1", "A frame came on a closed stream."}),
           Action::ignore, Action::ignore, Action::ignore),
    resets(Violation::max_concurrent_streams, ErrorCode::refused_stream,
           {"max-concurrent-streams", "RFC 9113 5.1.2",
            "A stream was opened above SETTINGS_MAX_CONCURRENT_STREAMS."}),
    resets(Violation::live_handlers, ErrorCode::refused_stream,
           {"live-handlers", "RFC 9113 10.5",
            "A stream was opened while too many requests were still being handled."}),
    resets(
        Violation::connect_stream_headers, ErrorCode::protocol_error,
        {"connect-stream-headers", "RFC 9113 8.5", "HEADERS came on a connected CONNECT stream."}),
    closes(Violation::flow_control_connection_window, ErrorCode::flow_control_error,
           {"flow-control-connection-window", "RFC 9113 6.9.1",
            "DATA was longer than the window of the connection."}),
    resets(Violation::flow_control_stream_window, ErrorCode::flow_control_error,
           {"flow-control-stream-window", "RFC 9113 6.9.1",
            "DATA was longer than the window of its stream."}),
    softer(resets(Violation::window_update_zero, ErrorCode::protocol_error,
                  {"window-update-zero", "RFC 9113 6.9", "WINDOW_UPDATE had an increment of 0."}),
           Action::stream, Action::ignore),
    resets(Violation::window_update_overflow, ErrorCode::flow_control_error,
           {"window-update-overflow", "RFC 9113 6.9.1",
            "WINDOW_UPDATE raised a window above 2147483647."}),
    closes(Violation::window_update_length, ErrorCode::frame_size_error,
           {"window-update-length", "RFC 9113 6.9", "WINDOW_UPDATE did not have 4 octets."}),
    closes(Violation::settings_initial_window_overflows_stream, ErrorCode::flow_control_error,
           {"settings-initial-window-overflows-stream", "RFC 9113 6.9.2",
            "SETTINGS_INITIAL_WINDOW_SIZE raised a window above 2147483647."}),
    closes(Violation::data_padding_too_long, ErrorCode::protocol_error,
           {"data-padding-too-long", "RFC 9113 6.1", "DATA had more padding than payload."}),
    closes(Violation::data_padded_without_pad_length, ErrorCode::frame_size_error,
           {"data-padded-without-pad-length", "RFC 9113 6.1", "Padded DATA had no pad length."}),
    closes(Violation::headers_padding_too_long, ErrorCode::protocol_error,
           {"headers-padding-too-long", "RFC 9113 6.2", "HEADERS had more padding than payload."}),
    closes(Violation::headers_priority_truncated, ErrorCode::frame_size_error,
           {"headers-priority-truncated", "RFC 9113 6.2", "HEADERS was too short for its flags."}),
    softer(resets(Violation::priority_length, ErrorCode::frame_size_error,
                  {"priority-length", "RFC 9113 6.3", "PRIORITY did not have 5 octets."}),
           Action::stream, Action::ignore),
    closes(Violation::rst_stream_length, ErrorCode::frame_size_error,
           {"rst-stream-length", "RFC 9113 6.4", "RST_STREAM did not have 4 octets."}),
    closes(
        Violation::settings_ack_payload, ErrorCode::frame_size_error,
        {"settings-ack-payload", "RFC 9113 6.5", "An acknowledgment of SETTINGS had a payload."}),
    softer(closes(Violation::settings_ack_unsolicited, ErrorCode::protocol_error,
                  {"settings-ack-unsolicited", "RFC 9113 6.5.3",
                   "An acknowledgment of SETTINGS came that was not due."}),
           Action::ignore, Action::ignore),
    softer(closes(Violation::settings_ack_timeout, ErrorCode::settings_timeout,
                  {"settings-ack-timeout", "RFC 9113 6.5.3",
                   "SETTINGS was not acknowledged in time."}),
           Action::connection, Action::ignore),
    closes(
        Violation::settings_length, ErrorCode::frame_size_error,
        {"settings-length", "RFC 9113 6.5", "The length of SETTINGS was no multiple of 6 octets."}),
    closes(
        Violation::settings_entries, ErrorCode::enhance_your_calm,
        {"settings-entries", "RFC 9113 10.5", "SETTINGS had more entries than the limit allows."}),
    closes(Violation::settings_stream_nonzero, ErrorCode::protocol_error,
           {"settings-stream-nonzero", "RFC 9113 6.5", "SETTINGS came on a stream."}),
    closes(Violation::settings_enable_push_invalid, ErrorCode::protocol_error,
           {"settings-enable-push-invalid", "RFC 9113 6.5.2",
            "SETTINGS_ENABLE_PUSH was neither 0 nor 1."}),
    softer(closes(Violation::settings_enable_push_from_server, ErrorCode::protocol_error,
                  {"settings-enable-push-from-server", "RFC 9113 6.5.2",
                   "A server sent SETTINGS_ENABLE_PUSH of 1."}),
           Action::ignore, Action::ignore),
    closes(Violation::settings_initial_window_too_large, ErrorCode::flow_control_error,
           {"settings-initial-window-too-large", "RFC 9113 6.5.2",
            "SETTINGS_INITIAL_WINDOW_SIZE was above 2147483647."}),
    closes(Violation::settings_max_frame_size_range, ErrorCode::protocol_error,
           {"settings-max-frame-size-range", "RFC 9113 6.5.2",
            "SETTINGS_MAX_FRAME_SIZE was below 16384 or above 16777215."}),
    softer(closes(Violation::settings_enable_connect_invalid, ErrorCode::protocol_error,
                  {"settings-enable-connect-invalid", "RFC 8441 3",
                   "SETTINGS_ENABLE_CONNECT_PROTOCOL was neither 0 nor 1."}),
           Action::connection, Action::ignore),
    softer(closes(Violation::settings_enable_connect_withdrawn, ErrorCode::protocol_error,
                  {"settings-enable-connect-withdrawn", "RFC 8441 3",
                   "SETTINGS_ENABLE_CONNECT_PROTOCOL went back from 1 to 0."}),
           Action::ignore, Action::ignore),
    softer(closes(Violation::settings_no_rfc7540_priorities_invalid, ErrorCode::protocol_error,
                  {"settings-no-rfc7540-priorities-invalid", "RFC 9218 2.1",
                   "SETTINGS_NO_RFC7540_PRIORITIES was neither 0 nor 1."}),
           Action::ignore, Action::ignore),
    softer(closes(Violation::settings_no_rfc7540_priorities_changed, ErrorCode::protocol_error,
                  {"settings-no-rfc7540-priorities-changed", "RFC 9218 2.1",
                   "SETTINGS_NO_RFC7540_PRIORITIES changed after the first SETTINGS."}),
           Action::ignore, Action::ignore),
    closes(Violation::push_promise_from_client, ErrorCode::protocol_error,
           {"push-promise-from-client", "RFC 9113 8.4", "A client sent PUSH_PROMISE."}),
    closes(
        Violation::push_promise_disabled, ErrorCode::protocol_error,
        {"push-promise-disabled", "RFC 9113 6.6", "PUSH_PROMISE came although push is disabled."}),
    closes(Violation::push_promise_id, ErrorCode::protocol_error,
           {"push-promise-id", "RFC 9113 6.6",
            "PUSH_PROMISE promised a stream that cannot be reserved."}),
    closes(Violation::push_promise_on_idle, ErrorCode::protocol_error,
           {"push-promise-on-idle", "RFC 9113 6.6",
            "PUSH_PROMISE came on a stream that was never opened."}),
    closes(Violation::push_promise_on_closed, ErrorCode::protocol_error,
           {"push-promise-on-closed", "RFC 9113 6.6",
            "PUSH_PROMISE came on a stream that its sender had ended."}),
    closes(Violation::push_promise_length, ErrorCode::frame_size_error,
           {"push-promise-length", "RFC 9113 6.6",
            "PUSH_PROMISE was too short for a stream identifier."}),
    closes(Violation::push_promise_padding_too_long, ErrorCode::protocol_error,
           {"push-promise-padding-too-long", "RFC 9113 6.6",
            "PUSH_PROMISE had more padding than payload."}),
    resets(Violation::push_promise_unsafe_method, ErrorCode::protocol_error,
           {"push-promise-unsafe-method", "RFC 9113 8.4.1",
            "A promised request had a method that is not safe and cacheable."}),
    resets(Violation::push_promise_content, ErrorCode::protocol_error,
           {"push-promise-content", "RFC 9113 8.4.1", "A promised request announced content."}),
    closes(Violation::ping_length, ErrorCode::frame_size_error,
           {"ping-length", "RFC 9113 6.7", "PING did not have 8 octets."}),
    closes(Violation::ping_stream_nonzero, ErrorCode::protocol_error,
           {"ping-stream-nonzero", "RFC 9113 6.7", "PING came on a stream."}),
    softer(closes(Violation::ping_ack_unsolicited, ErrorCode::protocol_error,
                  {"ping-ack-unsolicited", "RFC 9113 6.7",
                   "An acknowledgment of a PING came that was not sent."}),
           Action::ignore, Action::ignore, Action::ignore),
    closes(Violation::goaway_stream_nonzero, ErrorCode::protocol_error,
           {"goaway-stream-nonzero", "RFC 9113 6.8", "GOAWAY came on a stream."}),
    closes(Violation::goaway_length, ErrorCode::frame_size_error,
           {"goaway-length", "RFC 9113 6.8", "GOAWAY had less than 8 octets."}),
    softer(closes(Violation::goaway_last_id_increased, ErrorCode::protocol_error,
                  {"goaway-last-id-increased", "RFC 9113 6.8",
                   "A later GOAWAY had a higher last stream identifier."}),
           Action::ignore, Action::ignore),
    softer(closes(Violation::priority_update_stream_nonzero, ErrorCode::protocol_error,
                  {"priority-update-stream-nonzero", "RFC 9218 7.1",
                   "PRIORITY_UPDATE came on a stream."}),
           Action::connection, Action::ignore),
    closes(Violation::priority_update_length, ErrorCode::frame_size_error,
           {"priority-update-length", "RFC 9218 7.1", "PRIORITY_UPDATE had less than 4 octets."}),
    softer(
        closes(Violation::priority_update_id_zero, ErrorCode::protocol_error,
               {"priority-update-id-zero", "RFC 9218 7.1", "PRIORITY_UPDATE was about stream 0."}),
        Action::ignore, Action::ignore),
    softer(closes(Violation::priority_update_id_idle_push, ErrorCode::protocol_error,
                  {"priority-update-id-idle-push", "RFC 9218 7.1",
                   "PRIORITY_UPDATE was about a promised stream that does not exist."}),
           Action::ignore, Action::ignore),
    softer(closes(Violation::priority_update_idle_streams, ErrorCode::protocol_error,
                  {"priority-update-idle-streams", "RFC 9218 7.1",
                   "More streams were prioritised and open than SETTINGS_MAX_CONCURRENT_STREAMS."}),
           Action::ignore, Action::ignore),
    softer(
        closes(Violation::priority_update_from_server, ErrorCode::protocol_error,
               {"priority-update-from-server", "RFC 9218 7.1", "A server sent PRIORITY_UPDATE."}),
        Action::ignore, Action::ignore),
    closes(Violation::credits_spent, ErrorCode::enhance_your_calm,
           {"credits-spent", "RFC 9113 10.5", "The peer spent all of its credits."}),
    resets(Violation::small_content_unread, ErrorCode::enhance_your_calm,
           {"small-content-unread", "RFC 9113 10.5",
            "Too much content of a response waited in small frames."}),
    closes(Violation::reply_queue_stalled, ErrorCode::enhance_your_calm,
           {"reply-queue-stalled", "RFC 9113 10.5",
            "The peer did not read the replies that it asked for."}),
    // Field blocks.
    of_hpack(Violation::hpack_index_zero),
    of_hpack(Violation::hpack_index_out_of_range),
    of_hpack(Violation::hpack_integer_overflow),
    of_hpack(Violation::hpack_integer_too_many_octets),
    of_hpack(Violation::hpack_string_overrun),
    of_hpack(Violation::hpack_block_truncated),
    of_hpack(Violation::hpack_huffman_eos),
    of_hpack(Violation::hpack_huffman_padding_too_long),
    of_hpack(Violation::hpack_huffman_padding_not_ones),
    of_hpack(Violation::hpack_size_update_too_large),
    of_hpack(Violation::hpack_size_update_not_at_start),
    of_hpack(Violation::hpack_size_update_count),
    of_hpack(Violation::hpack_size_update_missing),
    // Messages.
    answers_431(
        resets(Violation::header_list_limits, ErrorCode::enhance_your_calm,
               {"header-list-limits", "RFC 9113 10.5.1", "A field section was over a limit."})),
    softer(resets(Violation::field_name_uppercase, ErrorCode::protocol_error,
                  {"field-name-uppercase", "RFC 9113 8.2.1",
                   "A field name had an upper-case letter."}),
           Action::fix, Action::fix),
    softer(resets(Violation::field_name_invalid_char, ErrorCode::protocol_error,
                  {"field-name-invalid-char", "RFC 9113 8.2.1", "A field name was no token."}),
           Action::stream, Action::drop_field),
    resets(Violation::field_name_colon, ErrorCode::protocol_error,
           {"field-name-colon", "RFC 9113 8.2.1", "A field name had a colon inside."}),
    softer(resets(Violation::field_name_empty, ErrorCode::protocol_error,
                  {"field-name-empty", "RFC 9113 8.2.1", "A field name was empty."}),
           Action::stream, Action::drop_field),
    resets(Violation::field_value_nul_cr_lf, ErrorCode::protocol_error,
           {"field-value-nul-cr-lf", "RFC 9113 8.2.1", "A field value had a NUL, CR or LF."}),
    softer(resets(Violation::field_value_edge_whitespace, ErrorCode::protocol_error,
                  {"field-value-edge-whitespace", "RFC 9113 8.2.1",
                   "A field value began or ended with white space."}),
           Action::fix, Action::fix),
    softer(resets(Violation::field_value_ctl, ErrorCode::protocol_error,
                  {"field-value-ctl", "RFC 9110 5.5", "A field value had a control character."}),
           Action::stream, Action::ignore),
    softer(resets(Violation::connection_specific_field, ErrorCode::protocol_error,
                  {"connection-specific-field", "RFC 9113 8.2.2",
                   "A field line belonged to one connection of HTTP/1.1 only."}),
           Action::drop_field, Action::drop_field),
    softer(resets(Violation::transfer_encoding_field, ErrorCode::protocol_error,
                  {"transfer-encoding-field", "RFC 9113 8.2.2",
                   "A message had transfer-encoding; it is left out of heads of responses alone."}),
           Action::drop_field, Action::drop_field),
    softer(resets(Violation::te_value, ErrorCode::protocol_error,
                  {"te-value", "RFC 9113 8.2.2", "te had another value than trailers."}),
           Action::fix, Action::fix),
    softer(resets(Violation::pseudo_after_regular, ErrorCode::protocol_error,
                  {"pseudo-after-regular", "RFC 9113 8.3",
                   "A pseudo-field line stood behind a regular one."}),
           Action::stream, Action::fix),
    resets(Violation::pseudo_duplicate, ErrorCode::protocol_error,
           {"pseudo-duplicate", "RFC 9113 8.3", "A pseudo-field line came twice."}),
    resets(Violation::pseudo_unknown, ErrorCode::protocol_error,
           {"pseudo-unknown", "RFC 9113 8.3", "A pseudo-field was unknown."}),
    resets(Violation::pseudo_response_in_request, ErrorCode::protocol_error,
           {"pseudo-response-in-request", "RFC 9113 8.3",
            "A request had a pseudo-field of responses."}),
    resets(Violation::pseudo_request_in_response, ErrorCode::protocol_error,
           {"pseudo-request-in-response", "RFC 9113 8.3",
            "A response had a pseudo-field of requests."}),
    softer(resets(Violation::pseudo_in_trailers, ErrorCode::protocol_error,
                  {"pseudo-in-trailers", "RFC 9113 8.1", "A trailer section had a pseudo-field."}),
           Action::stream, Action::drop_field),
    resets(Violation::pseudo_missing_method, ErrorCode::protocol_error,
           {"pseudo-missing-method", "RFC 9113 8.3.1", "A request had no :method."}),
    softer(resets(Violation::pseudo_missing_scheme, ErrorCode::protocol_error,
                  {"pseudo-missing-scheme", "RFC 9113 8.3.1", "A request had no :scheme."}),
           Action::stream, Action::fix),
    resets(Violation::pseudo_missing_path, ErrorCode::protocol_error,
           {"pseudo-missing-path", "RFC 9113 8.3.1", "A request had no :path."}),
    resets(Violation::pseudo_missing_status, ErrorCode::protocol_error,
           {"pseudo-missing-status", "RFC 9113 8.3.2", "A response had no :status."}),
    resets(Violation::method_invalid_char, ErrorCode::protocol_error,
           {"method-invalid-char", "RFC 9110 9.1", ":method was no token."}),
    resets(Violation::scheme_invalid_char, ErrorCode::protocol_error,
           {"scheme-invalid-char", "RFC 9113 8.3.1", ":scheme was no scheme name."}),
    softer(resets(Violation::path_empty, ErrorCode::protocol_error,
                  {"path-empty", "RFC 9113 8.3.1", ":path was empty."}),
           Action::stream, Action::fix),
    resets(Violation::path_form, ErrorCode::protocol_error,
           {"path-form", "RFC 9113 8.3.1",
            ":path did not start with a slash and was not the asterisk of OPTIONS."}),
    resets(
        Violation::path_invalid_char, ErrorCode::protocol_error,
        {"path-invalid-char", "RFC 9113 8.3.1", ":path had white space or a control character."}),
    softer(resets(Violation::path_fragment, ErrorCode::protocol_error,
                  {"path-fragment", "RFC 9113 8.3.1", ":path had a fragment."}),
           Action::stream, Action::fix),
    softer(resets(Violation::authority_userinfo, ErrorCode::protocol_error,
                  {"authority-userinfo", "RFC 9113 8.3.1", "The authority had user information."}),
           Action::stream, Action::fix),
    resets(Violation::authority_invalid_char, ErrorCode::protocol_error,
           {"authority-invalid-char", "RFC 9113 8.3.1",
            "The authority had a character that no authority has."}),
    softer(resets(Violation::authority_missing, ErrorCode::protocol_error,
                  {"authority-missing", "RFC 9113 8.3.1", "A request had no authority."}),
           Action::stream, Action::ignore),
    softer(resets(Violation::authority_host_mismatch, ErrorCode::protocol_error,
                  {"authority-host-mismatch", "RFC 9113 8.3.1",
                   ":authority and host were different."}),
           Action::stream, Action::fix),
    resets(Violation::host_duplicate, ErrorCode::protocol_error,
           {"host-duplicate", "RFC 9110 7.2", "A request had two host lines."}),
    resets(Violation::connect_pseudo, ErrorCode::protocol_error,
           {"connect-pseudo", "RFC 9113 8.5",
            "CONNECT had the wrong pseudo-fields or an authority without port."}),
    softer(resets(Violation::connect_content_length, ErrorCode::protocol_error,
                  {"connect-content-length", "RFC 9110 9.3.6",
                   "CONNECT or its successful response had content-length."}),
           Action::drop_field, Action::drop_field, Action::drop_field),
    resets(Violation::extended_connect_not_enabled, ErrorCode::protocol_error,
           {"extended-connect-not-enabled", "RFC 8441 3",
            ":protocol came although it is not enabled."}),
    resets(Violation::extended_connect_method, ErrorCode::protocol_error,
           {"extended-connect-method", "RFC 8441 4",
            ":protocol came with another method than CONNECT."}),
    resets(Violation::extended_connect_pseudo, ErrorCode::protocol_error,
           {"extended-connect-pseudo", "RFC 8441 4",
            "Extended CONNECT lacked :scheme, :path or :authority."}),
    softer(
        resets(Violation::content_length_syntax, ErrorCode::protocol_error,
               {"content-length-syntax", "RFC 9110 8.6", "content-length was no decimal number."}),
        Action::fix, Action::fix),
    softer(resets(Violation::content_length_duplicate, ErrorCode::protocol_error,
                  {"content-length-duplicate", "RFC 9110 8.6", "content-length came twice."}),
           Action::fix, Action::fix),
    resets(Violation::content_length_mismatch, ErrorCode::protocol_error,
           {"content-length-mismatch", "RFC 9113 8.1.1",
            "The content did not have the announced length."}),
    softer(resets(Violation::content_length_on_204, ErrorCode::protocol_error,
                  {"content-length-on-204", "RFC 9110 8.6",
                   "A response that cannot have content had content-length."}),
           Action::drop_field, Action::drop_field, Action::drop_field),
    resets(
        Violation::status_syntax, ErrorCode::protocol_error,
        {"status-syntax", "RFC 9113 8.3.2", ":status was no number of three digits from 100 on."}),
    resets(Violation::status_101, ErrorCode::protocol_error,
           {"status-101", "RFC 9113 8.6", "A response had status 101."}),
    resets(Violation::informational_end_stream, ErrorCode::protocol_error,
           {"informational-end-stream", "RFC 9113 8.1", "An interim response ended the stream."}),
    resets(Violation::data_before_final_headers, ErrorCode::protocol_error,
           {"data-before-final-headers", "RFC 9113 8.1", "DATA came before the final response."}),
    softer(resets(Violation::bodyless_response_with_data, ErrorCode::protocol_error,
                  {"bodyless-response-with-data", "RFC 9110 6.4.1",
                   "A response that cannot have content had content."}),
           Action::ignore, Action::ignore),
    resets(Violation::trailers_without_end_stream, ErrorCode::protocol_error,
           {"trailers-without-end-stream", "RFC 9113 8.1",
            "A trailer section did not end the stream."}),
    softer(resets(Violation::trailers_forbidden_field, ErrorCode::protocol_error,
                  {"trailers-forbidden-field", "RFC 9110 6.5.1",
                   "A trailer section had a field that must not stand there."}),
           Action::drop_field, Action::drop_field, Action::drop_field),
};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].violation) != i) return false;
  }
  return kRows.size() == kViolations;
}
static_assert(rows_are_in_order(), "each rule has its row, at its place");

constexpr auto kFirstOfHpack = std::to_underlying(Violation::hpack_index_zero);
static_assert(std::to_underlying(Violation::hpack_size_update_missing) - kFirstOfHpack ==
                  std::to_underlying(hpack::Violation::hpack_size_update_missing),
              "the rules of RFC 7541 are in the same order in both catalogues");

}  // namespace

const RuleRow& row_of(Violation violation) { return kRows[std::to_underlying(violation)]; }

const Rule& rule_of(Violation violation) {
  const std::uint8_t number = std::to_underlying(violation);
  if (number < kFirstOfHpack || violation > Violation::hpack_size_update_missing) {
    return kRows[number].rule;
  }
  return hpack::rule_of(static_cast<hpack::Violation>(number - kFirstOfHpack));
}

Verdict verdict(Violation violation) {
  const RuleRow& row = row_of(violation);
  return {row.scope, row.code, rule_of(violation).section};
}

std::optional<Violation> find_violation(std::string_view name) {
  for (const RuleRow& row : kRows) {
    if (rule_of(row.violation).name == name) return row.violation;
  }
  return std::nullopt;
}

Violation from_hpack(hpack::Violation violation) {
  return static_cast<Violation>(kFirstOfHpack + std::to_underlying(violation));
}

}  // namespace regauge::h2
