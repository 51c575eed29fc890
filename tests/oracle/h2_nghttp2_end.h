// libnghttp2's session as an end of random exchanges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nghttp2/nghttp2.h>

#include "regauge/http/ids.h"
#include "tests/oracle/h2_draw.h"

namespace regauge::oracle {

/// Holds a session in its default, strict, mode and what it heard.
class Nghttp2End {
 public:
  /// Settings are drawn from `dice`.
  Nghttp2End(http::Role role, fuzz::Dice& dice);
  Nghttp2End(const Nghttp2End&) = delete;
  Nghttp2End& operator=(const Nghttp2End&) = delete;
  ~Nghttp2End() { nghttp2_session_del(session_); }

  /// Reads octets.
  void read(std::string_view octets, http::Tick now, fuzz::Dice& dice);
  /// Takes what is to be sent.
  [[nodiscard]] std::string written();

  std::optional<std::uint32_t> open(const Wanted& wanted, bool ends);
  bool interim(std::uint32_t id, const Lines& lines);
  bool head(std::uint32_t id, const Wanted& wanted, bool ends);
  bool content(std::uint32_t id, std::string_view piece, bool ends);
  bool trailers(std::uint32_t id, const Lines& lines);
  void reset(std::uint32_t id, std::uint32_t code);
  [[nodiscard]] static std::size_t writable(std::uint32_t) { return kQueueMax; }
  [[nodiscard]] static bool has_slot() { return true; }  // it queues what it may not send yet
  /// Consumes some of what was heard.
  void consume(fuzz::Dice& dice);
  void ping();
  void leave();
  /// Changes settings or priorities.
  void disturb(fuzz::Dice& dice);

  Exchanges& exchanges() { return exchanges_; }
  /// Returns what was refused, or "".
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  static constexpr std::size_t kQueueMax = 50'000;
  // Content that the session has not asked for yet.
  struct Queue {
    std::string octets;
    bool ends = false;
    Lines trailers;
  };

  static void set_callbacks(nghttp2_session_callbacks* callbacks);
  static Nghttp2End& self(void* user) { return *static_cast<Nghttp2End*>(user); }
  static ssize_t pull(nghttp2_session* session, std::int32_t stream, std::uint8_t* to,
                      std::size_t size, std::uint32_t* flags, nghttp2_data_source*, void* user);
  void take(const nghttp2_frame& frame);
  void take_section(const nghttp2_frame& frame);
  void note_sent(const nghttp2_frame& frame);
  void note_not_sent(const nghttp2_frame& frame);
  void note_close(std::uint32_t id, std::uint32_t code);
  void change_settings(fuzz::Dice& dice);
  void expect(int result, std::string_view call);

  http::Role role_;
  nghttp2_session* session_ = nullptr;
  Exchanges exchanges_;
  std::map<std::uint32_t, Queue> queues_;
  std::map<std::uint32_t, std::size_t> unread_;
  Lines lines_;
  std::string fault_;
  std::optional<std::uint32_t> goaway_last_;
  fuzz::Dice padding_;
  bool pads_;
  int leaving_ = 0;
};

}  // namespace regauge::oracle
