// libnghttp2's session of the other end as a reader of what our side writes: it must find no fault.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "fuzz/h2_frames.h"
#include "regauge/http/ids.h"

namespace regauge::fuzz {

/// Follows one connection as the peer of our side. Windows are as large as they get: the model
/// keeps account.
class PeerOracle {
 public:
  /// `role` is that of the oracle.
  explicit PeerOracle(http::Role role) : role_(role) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame*, int, void* self) {
          static_cast<PeerOracle*>(self)->content_ = false;
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_send_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
          // A peer that finds nothing wrong has no reason for either.
          const bool fault =
              frame->hd.type == NGHTTP2_GOAWAY || frame->hd.type == NGHTTP2_RST_STREAM;
          if (fault) static_cast<PeerOracle*>(self)->content_ = false;
          return 0;
        });
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    if (role == http::Role::client) nghttp2_session_client_new2(&session_, callbacks, this, option);
    if (role == http::Role::server) nghttp2_session_server_new2(&session_, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindow);
    flush();
    settings_sent_ = 1;
  }
  PeerOracle(const PeerOracle&) = delete;
  PeerOracle& operator=(const PeerOracle&) = delete;
  ~PeerOracle() { nghttp2_session_del(session_); }

  /// Opens the stream that the client under test opened (client).
  void open(std::uint32_t id, const std::string& method) {
    const auto number = static_cast<std::int32_t>(id);
    if (nghttp2_session_set_next_stream_id(session_, number) != 0) return;
    const std::string_view known = method == "HEAD" ? "HEAD" : "GET";
    const std::array lines{line(":method", known), line(":scheme", "http"), line(":path", "/"),
                           line(":authority", "a.test")};
    nghttp2_submit_request(session_, nullptr, lines.data(), lines.size(), nullptr, nullptr);
    flush();
    if (nghttp2_session_find_stream(session_, number) == nullptr) return;
    widen(id);
    opened_.insert(id);
  }
  /// Reads a frame that our side wrote. Returns false if it is a fault.
  bool read(const Frame& frame) {
    const bool opens = role_ == http::Role::server && frame.type == kHeaders;
    if (opens) opened_.insert(frame.stream);
    // A stream that the oracle could not open, or that is only reset in the idle state. With a
    // field block that it does not read it loses the table, and can say nothing any more.
    const bool unknown = frame.stream != 0 && !opened_.contains(frame.stream);
    lost_ |= unknown && frame.type == kHeaders;
    if (unknown || lost_) return true;
    if (frame.type == kSettings && frame.has(kAck) && settings_sent_-- == 0) {
      settings_sent_ = 0;
      nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
      flush();
    }
    std::vector<std::uint8_t> octets;
    append_frame(octets, frame);
    // It promised nothing itself, so that no stream of its own can be named.
    const bool names_promise = role_ == http::Role::server && frame.type == kGoaway;
    if (names_promise) std::fill_n(octets.begin() + kFrameHeaderOctets, 4, std::uint8_t{0});
    const auto taken = nghttp2_session_mem_recv(session_, octets.data(), octets.size());
    flush();
    if (opens) widen(frame.stream);
    return content_ && taken == static_cast<ssize_t>(octets.size());
  }
  /// Reads octets that are no frame: the preface of a client.
  bool read_preface(std::string_view octets) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(octets.data());
    return nghttp2_session_mem_recv(session_, data, octets.size()) ==
           static_cast<ssize_t>(octets.size());
  }

 private:
  static constexpr std::int32_t kWindow = 0x7fffffff;

  static nghttp2_nv line(std::string_view name, std::string_view value) {
    // The interface takes octets that may be written, but copies them.
    const auto octets = [](std::string_view text) {
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    return {octets(name), octets(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
  }
  void widen(std::uint32_t id) {
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE,
                                          static_cast<std::int32_t>(id), kWindow);
    flush();
  }
  void flush() {
    const std::uint8_t* octets = nullptr;
    while (nghttp2_session_mem_send(session_, &octets) > 0) {
    }
  }

  http::Role role_;
  nghttp2_session* session_ = nullptr;
  std::set<std::uint32_t> opened_;
  int settings_sent_ = 0;
  bool lost_ = false;
  bool content_ = true;  // nothing was wrong so far
};

}  // namespace regauge::fuzz
