// Breaches of the frame layer, of streams and of flow control (RFC 9113 §3.4, §4, §5, §6.9).
#include "tests/h2/vector_builders.h"

namespace regauge::h2 {
namespace {

using V = Violation;
using E = ErrorCode;

// A request whose content is still to come.
Frames open_post(std::uint32_t stream = 1) {
  return Frames().headers(stream, post_block(), EndStream::no);
}
Frames get(std::uint32_t stream = 1) { return Frames().headers(stream, get_block()); }

std::vector<ViolationVector> layer_vectors() {
  ViolationVector magic;
  magic.rule = V::preface_magic_invalid;
  magic.octets = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  ViolationVector first;
  first.rule = V::preface_first_frame_not_settings;
  first.octets = Frames().preface().ping();
  ViolationVector refusal;
  refusal.rule = V::preface_server_first_frame_not_settings;
  refusal.options = Host::client_options();
  refusal.octets = Frames().goaway(0);
  const Frames open_block = Frames().headers(1, get_block(), EndStream::yes, EndHeaders::no);
  Frames flood = open_block;
  for (int i = 0; i < 17; ++i) flood.continuation(1, "", EndHeaders::no);
  return {
      magic,
      first,
      refusal,
      to_server(V::frame_size_exceeds_max, E::frame_size_error, 1,
                open_post().data(1, std::string(16385, 'x'))),
      to_server(V::frame_on_stream_zero, E::protocol_error, Frames().data(0, "x")),
      to_server(V::header_block_interleaved, E::protocol_error, Frames(open_block).ping()),
      to_server(V::continuation_unexpected, E::protocol_error, get().continuation(1, "")),
      to_server(V::continuation_wrong_stream, E::protocol_error,
                Frames(open_block).continuation(3, "")),
      to_server(V::continuation_flood, E::enhance_your_calm, flood),
  };
}

std::vector<ViolationVector> stream_vectors() {
  ViolationVector handlers = to_server(V::live_handlers, E::refused_stream, 3, open_post());
  handlers.options.limits.live_handlers_max = 1;
  // The reset ends the stream, not the handler that works for it.
  handlers.after = [](Host& host) { host.offer(Frames().rst_stream(1, E::cancel)).offer(get(3)); };
  ViolationVector reserved = to_client(V::stream_reserved_frame, E::protocol_error,
                                       Frames().push_promise(1, 2, get_block()).data(2, "x"));
  reserved.options.push = Offer::yes;
  return {
      to_server(V::stream_id_parity, E::protocol_error, get(2)),
      to_server(V::stream_id_not_increasing, E::protocol_error, get(3).append(get(1))),
      to_server(V::stream_idle_frame, E::protocol_error, Frames().data(1, "x")),
      reserved,
      to_server(V::stream_half_closed_remote_data, E::stream_closed, 1, get().data(1, "x")),
      to_server(V::stream_half_closed_remote_headers, E::stream_closed, 1, get().append(get())),
      to_server(V::stream_closed_frame, E::stream_closed, 1,
                open_post().rst_stream(1, E::cancel).data(1, "x")),
      with(to_server(V::max_concurrent_streams, E::refused_stream, 3, open_post().append(get(3))),
           [](Options& options) { options.limits.streams_max = 1; }),
      handlers,
      to_server(
          V::connect_stream_headers, E::protocol_error, 1,
          Frames().headers(1, connect_block(), EndStream::no).headers(1, Block().line("x", "1"))),
  };
}

std::vector<ViolationVector> window_vectors() {
  Frames much = Frames().settings_ack().append(open_post());
  for (int i = 0; i < 4; ++i) much.data(1, std::string(16384, 'x'));
  return {
      with(to_server(V::flow_control_connection_window, E::flow_control_error, much),
           [](Options& options) { options.limits.stream_window_bytes = 1U << 20U; }),
      with(to_server(V::flow_control_stream_window, E::flow_control_error, 1,
                     Frames().settings_ack().append(open_post()).data(1, "12345678901")),
           [](Options& options) { options.limits.stream_window_bytes = 10; }),
      to_server(V::window_update_zero, E::protocol_error, 1, open_post().window_update(1, 0)),
      to_server(V::window_update_overflow, E::flow_control_error, 1,
                open_post().window_update(1, kWindowMax)),
      to_server(V::window_update_length, E::frame_size_error,
                Frames().frame(FrameType::window_update, 0, 0, "123")),
      to_server(V::settings_initial_window_overflows_stream, E::flow_control_error,
                open_post()
                    .window_update(1, kWindowMax - kInitialWindow)
                    .settings({{SettingId::initial_window_size, kInitialWindow + 1}})),
  };
}

}  // namespace

std::vector<ViolationVector> frame_vectors() {
  std::vector<ViolationVector> all = layer_vectors();
  for (auto& each : stream_vectors()) all.push_back(std::move(each));
  for (auto& each : window_vectors()) all.push_back(std::move(each));
  return all;
}

std::vector<ViolationVector> all_vectors() {
  std::vector<ViolationVector> all = frame_vectors();
  for (auto& each : payload_vectors()) all.push_back(std::move(each));
  for (auto& each : hpack_vectors()) all.push_back(std::move(each));
  for (auto& each : request_vectors()) all.push_back(std::move(each));
  for (auto& each : response_vectors()) all.push_back(std::move(each));
  return all;
}

}  // namespace regauge::h2
