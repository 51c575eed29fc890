// Breaches of single frame types (RFC 9113 §6, RFC 8441 §3, RFC 9218 §2.1 and §7.1), of RFC 7541
// and of the limits of ours (RFC 9113 §10.5).
#include "tests/h2/vector_builders.h"

namespace regauge::h2 {
namespace {

using V = Violation;
using E = ErrorCode;
using S = SettingId;

constexpr std::uint8_t kPadded = 0x08;
constexpr std::uint8_t kHeadersEnd = 0x05;  // END_STREAM and END_HEADERS
constexpr std::uint8_t kPriority = 0x20;

Frames open_post() { return Frames().headers(1, post_block(), EndStream::no); }

std::vector<ViolationVector> message_frame_vectors() {
  return {
      to_server(V::data_padding_too_long, E::protocol_error,
                open_post().frame(FrameType::data, kPadded, 1, "\x05xyz")),
      to_server(V::data_padded_without_pad_length, E::frame_size_error,
                open_post().frame(FrameType::data, kPadded, 1, "")),
      to_server(V::headers_padding_too_long, E::protocol_error,
                Frames().frame(FrameType::headers, kHeadersEnd | kPadded, 1, "\x05\x82")),
      to_server(V::headers_priority_truncated, E::frame_size_error,
                Frames().frame(FrameType::headers, kHeadersEnd | kPriority, 1, "1234")),
      to_server(V::priority_length, E::frame_size_error, 1,
                open_post().frame(FrameType::priority, 0, 1, "1234")),
      to_server(V::rst_stream_length, E::frame_size_error,
                open_post().frame(FrameType::rst_stream, 0, 1, "123")),
  };
}

std::vector<ViolationVector> settings_vectors() {
  std::string many;
  for (int i = 0; i < 33; ++i) many += Frames::number(0xfff, 2) + Frames::number(0, 4);
  return {
      to_server(V::settings_ack_payload, E::frame_size_error,
                Frames().frame(FrameType::settings, 1, 0, "123456")),
      to_server(V::settings_ack_unsolicited, E::protocol_error,
                Frames().settings_ack().settings_ack()),
      then(with(to_server(V::settings_ack_timeout, E::settings_timeout, Frames()),
                [](Options& options) { options.settings_ack_ms = 100; }),
           [](Host& host) { host.at(200).turn(); }),
      to_server(V::settings_length, E::frame_size_error,
                Frames().frame(FrameType::settings, 0, 0, "12345")),
      to_server(V::settings_entries, E::enhance_your_calm,
                Frames().frame(FrameType::settings, 0, 0, many)),
      to_server(V::settings_stream_nonzero, E::protocol_error,
                Frames().frame(FrameType::settings, 0, 1, "")),
      to_server(V::settings_enable_push_invalid, E::protocol_error,
                Frames().settings({{S::enable_push, 2}})),
      to_client(V::settings_enable_push_from_server, E::protocol_error,
                Frames().settings({{S::enable_push, 1}})),
      to_server(V::settings_initial_window_too_large, E::flow_control_error,
                Frames().settings({{S::initial_window_size, 0x80000000}})),
      to_server(V::settings_max_frame_size_range, E::protocol_error,
                Frames().settings({{S::max_frame_size, 16383}})),
      to_server(V::settings_max_frame_size_range, E::protocol_error,
                Frames().settings({{S::max_frame_size, 16777216}})),
      to_client(V::settings_enable_connect_invalid, E::protocol_error,
                Frames().settings({{S::enable_connect_protocol, 2}})),
      to_client(V::settings_enable_connect_withdrawn, E::protocol_error,
                Frames()
                    .settings({{S::enable_connect_protocol, 1}})
                    .settings({{S::enable_connect_protocol, 0}})),
      to_server(V::settings_no_rfc7540_priorities_invalid, E::protocol_error,
                Frames().settings({{S::no_rfc7540_priorities, 2}})),
      to_server(V::settings_no_rfc7540_priorities_changed, E::protocol_error,
                Frames().settings({{S::no_rfc7540_priorities, 1}})),
  };
}

std::vector<ViolationVector> push_vectors() {
  const auto pushed = [](V rule, E code, const Frames& frames) {
    return with(to_client(rule, code, frames), [](Options& options) { options.push = Offer::yes; });
  };
  const std::string promise = Frames::number(2, 4);
  return {
      to_server(V::push_promise_from_client, E::protocol_error,
                open_post().push_promise(1, 2, get_block())),
      to_client(V::push_promise_disabled, E::protocol_error,
                Frames().push_promise(1, 2, get_block())),
      pushed(V::push_promise_id, E::protocol_error, Frames().push_promise(1, 3, get_block())),
      pushed(V::push_promise_id, E::protocol_error,
             Frames().push_promise(1, 2, get_block()).push_promise(1, 2, get_block())),
      pushed(V::push_promise_on_idle, E::protocol_error, Frames().push_promise(3, 2, get_block())),
      pushed(V::push_promise_on_closed, E::protocol_error,
             Frames().headers(1, status_block("200")).push_promise(1, 2, get_block())),
      pushed(V::push_promise_length, E::frame_size_error,
             Frames().frame(FrameType::push_promise, 0x04, 1, "123")),
      pushed(V::push_promise_padding_too_long, E::protocol_error,
             Frames().frame(FrameType::push_promise, 0x04 | kPadded, 1, "\x05" + promise)),
  };
}

std::vector<ViolationVector> control_vectors() {
  const std::string update = Frames::number(1, 4) + "u=1";
  Frames idle;
  for (std::uint32_t id = 1; id <= 5; id += 2) idle.priority_update(id, "u=1");
  return {
      to_server(V::ping_length, E::frame_size_error, Frames().ping("1234567")),
      to_server(V::ping_stream_nonzero, E::protocol_error,
                Frames().frame(FrameType::ping, 0, 1, "12345678")),
      to_server(V::ping_ack_unsolicited, E::protocol_error, Frames().ping_ack("12345678")),
      to_server(V::goaway_stream_nonzero, E::protocol_error,
                Frames().frame(FrameType::goaway, 0, 1, "12345678")),
      to_server(V::goaway_length, E::frame_size_error,
                Frames().frame(FrameType::goaway, 0, 0, "1234567")),
      to_server(V::goaway_last_id_increased, E::protocol_error, Frames().goaway(1).goaway(3)),
      to_server(V::priority_update_stream_nonzero, E::protocol_error,
                open_post().frame(FrameType::priority_update, 0, 1, update)),
      to_server(V::priority_update_length, E::frame_size_error,
                Frames().frame(FrameType::priority_update, 0, 0, "123")),
      to_server(V::priority_update_id_zero, E::protocol_error, Frames().priority_update(0, "u=1")),
      to_server(V::priority_update_id_idle_push, E::protocol_error,
                Frames().priority_update(2, "u=1")),
      with(to_server(V::priority_update_idle_streams, E::protocol_error, idle),
           [](Options& options) { options.limits.streams_max = 2; }),
      to_client(V::priority_update_from_server, E::protocol_error,
                Frames().priority_update(1, "u=1")),
  };
}

std::vector<ViolationVector> limit_vectors() {
  Frames pings;
  for (int i = 0; i < 4100; ++i) pings.ping();
  ViolationVector stalled = to_server(V::reply_queue_stalled, E::enhance_your_calm, Frames());
  stalled.after = [](Host& host) {
    Frames some;
    for (int i = 0; i < 101; ++i) some.ping();
    host.block_output().offer(some).at(20'000).turn().flush();
  };
  Frames small = Frames().headers(1, status_block("200"), EndStream::no);
  for (int i = 0; i <= 500; ++i) small.data(1, "x");
  ViolationVector unread = to_client(V::small_content_unread, E::enhance_your_calm, 1, small);
  unread.before = [open = unread.before](Host& host) {
    host.keep_content();
    open(host);
  };
  return {to_server(V::credits_spent, E::enhance_your_calm, pings), unread, stalled};
}

}  // namespace

std::vector<ViolationVector> payload_vectors() {
  std::vector<ViolationVector> all = message_frame_vectors();
  for (auto& each : settings_vectors()) all.push_back(std::move(each));
  for (auto& each : push_vectors()) all.push_back(std::move(each));
  for (auto& each : control_vectors()) all.push_back(std::move(each));
  for (auto& each : limit_vectors()) all.push_back(std::move(each));
  return all;
}

std::vector<ViolationVector> hpack_vectors() {
  const auto bad = [](V rule, const Block& block) {
    return to_server(rule, E::compression_error, Frames().headers(1, block));
  };
  Block updates;
  for (int i = 0; i < 5; ++i) updates.size_update(0);
  ViolationVector missing = to_server(V::hpack_size_update_missing, E::compression_error,
                                      Frames().settings_ack().headers(1, get_block()));
  missing.options.limits.decoder_table_bytes_max = 0;
  return {
      bad(V::hpack_index_zero, Block().octets({0x80})),
      bad(V::hpack_index_out_of_range, Block().indexed(62)),
      bad(V::hpack_integer_overflow, Block().octets({0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})),
      bad(V::hpack_integer_too_many_octets,
          Block().octets({0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01})),
      bad(V::hpack_string_overrun, Block().octets({0x00, 0x05, 'a'})),
      bad(V::hpack_block_truncated, Block().octets({0x00, 0x01, 'a'})),
      bad(V::hpack_huffman_eos, Block().octets({0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00})),
      bad(V::hpack_huffman_padding_too_long, Block().octets({0x00, 0x82, 0x1f, 0xff, 0x00})),
      bad(V::hpack_huffman_padding_not_ones, Block().octets({0x00, 0x81, 0x18, 0x00})),
      bad(V::hpack_size_update_too_large, Block().size_update(4097)),
      bad(V::hpack_size_update_not_at_start, get_block().size_update(0)),
      bad(V::hpack_size_update_count, updates),
      missing,
  };
}

}  // namespace regauge::h2
