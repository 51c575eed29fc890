// libnghttp2's session as an end of a connection that is told what ours is told: what it hears, and
// what it writes.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "fuzz/h2_frames.h"
#include "regauge/http/ids.h"
#include "tests/oracle/nghttp2_session.h"

namespace regauge::fuzz {

/// Holds what a session heard of the message of one stream.
struct Heard {
  using Lines = std::vector<std::pair<std::string, std::string>>;
  Lines head;
  Lines trailers;
  std::string content;
  bool ended = false;
};

/// Runs a session with the same limits as ours, in the default, strict, mode of messages.
class Nghttp2End {
 public:
  /// `role` is that of the session.
  explicit Nghttp2End(http::Role role) : session_(oracle::make_session(role, set_callbacks, this)) {
    std::vector<nghttp2_settings_entry> settings{{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow},
                                                 {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100}};
    if (role == http::Role::server) {
      settings.push_back({NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1});
    } else {
      settings.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
    }
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, 1 << 20);
    static_cast<void>(written());
  }
  Nghttp2End(const Nghttp2End&) = delete;
  Nghttp2End& operator=(const Nghttp2End&) = delete;
  ~Nghttp2End() { nghttp2_session_del(session_); }

  /// Opens a stream as ours does (client).
  void open(std::string_view method, bool ends) {
    const bool connect = method == "CONNECT";
    std::vector<nghttp2_nv> lines{line(":method", method), line(":authority", "a.test:443")};
    if (!connect) lines.push_back(line(":scheme", "https"));
    if (!connect) lines.push_back(line(":path", "/"));
    // Content that never comes keeps the stream open.
    nghttp2_data_provider none{};
    none.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t,
                            std::uint32_t*, nghttp2_data_source*,
                            void*) { return static_cast<ssize_t>(NGHTTP2_ERR_DEFERRED); };
    nghttp2_submit_request(session_, nullptr, lines.data(), lines.size(), ends ? nullptr : &none,
                           nullptr);
    static_cast<void>(written());
  }
  /// Reads octets. Returns false if the session gives up without a word.
  bool read(std::span<const std::uint8_t> octets) {
    complaint_ = 0;
    return nghttp2_session_mem_recv(session_, octets.data(), octets.size()) ==
           static_cast<ssize_t>(octets.size());
  }
  /// Takes what the session writes.
  [[nodiscard]] std::vector<Frame> written() {
    std::vector<std::uint8_t> octets;
    const std::uint8_t* data = nullptr;
    for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &data)) > 0;) {
      octets.insert(octets.end(), data, data + size);
    }
    return frames_of(octets);
  }
  /// Tells whether the session wants to read on.
  [[nodiscard]] bool wants_read() const { return nghttp2_session_want_read(session_) != 0; }
  /// Returns what was heard, by stream.
  [[nodiscard]] const std::map<std::uint32_t, Heard>& heard() const { return heard_; }
  /// Returns the library's error about the last frame, or 0.
  [[nodiscard]] int complaint() const { return complaint_; }

 private:
  static constexpr std::uint32_t kWindow = 65536;

  static nghttp2_nv line(std::string_view name, std::string_view value) {
    // The interface takes octets that may be written, but copies them.
    const auto octets = [](std::string_view text) {
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    return {octets(name), octets(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
  }
  static void set_callbacks(nghttp2_session_callbacks* callbacks) {
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame*, int code, void* self) {
          static_cast<Nghttp2End*>(self)->complaint_ = code;
          return 0;
        });
    nghttp2_session_callbacks_set_on_begin_headers_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame*, void* self) {
          static_cast<Nghttp2End*>(self)->lines_.clear();
          return 0;
        });
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks,
        [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
           const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) {
          const auto text = [](const std::uint8_t* octets, std::size_t size) {
            return std::string(reinterpret_cast<const char*>(octets), size);
          };
          static_cast<Nghttp2End*>(self)->lines_.emplace_back(text(name, name_size),
                                                              text(value, value_size));
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
          static_cast<Nghttp2End*>(self)->take(*frame);
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data,
                      std::size_t size, void* self) {
          Heard& heard = static_cast<Nghttp2End*>(self)->heard_[static_cast<std::uint32_t>(stream)];
          heard.content.append(reinterpret_cast<const char*>(data), size);
          return 0;
        });
  }
  void take(const nghttp2_frame& frame) {
    if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return;
    Heard& heard = heard_[static_cast<std::uint32_t>(frame.hd.stream_id)];
    heard.ended |= (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame.hd.type != NGHTTP2_HEADERS) return;
    const bool interim = frame.headers.cat != NGHTTP2_HCAT_REQUEST && !lines_.empty() &&
                         lines_.front().first == ":status" &&
                         lines_.front().second.starts_with('1');
    if (interim) return;
    (heard.head.empty() ? heard.head : heard.trailers) = lines_;
  }

  nghttp2_session* session_ = nullptr;
  std::map<std::uint32_t, Heard> heard_;
  Heard::Lines lines_;
  int complaint_ = 0;
};

}  // namespace regauge::fuzz
