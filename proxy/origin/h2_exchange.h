// H2Exchange: one stream of an HTTP/2 connection, between nghttp2's callbacks and an endpoint.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nghttp2/nghttp2.h>

#include "proxy/origin/exchange.h"

namespace regauge::origin {

/// The part of the connection that its streams call.
class H2Output {
 public:
  virtual ~H2Output() = default;
  /// Returns nghttp2's connection.
  [[nodiscard]] virtual nghttp2_session* session() = 0;
  /// Sends soon what the session has to send.
  virtual void send_soon() = 0;
};

/// One stream. nghttp2's callbacks fill it, an endpoint empties it, and the other way round.
class H2Exchange final : public Exchange {
 public:
  H2Exchange(H2Output& output, std::int32_t stream, const boost::asio::any_io_executor& executor)
      : output_(&output), stream_(stream), timer_(executor) {
    request_.protocol = "HTTP/2";
  }

  boost::asio::awaitable<std::string> read() override;
  void interim(const ResponseHead& head) override;
  void head(const ResponseHead& head) override;
  boost::asio::awaitable<void> write(std::string octets) override;
  boost::asio::awaitable<void> flush() override;
  boost::asio::awaitable<void> end(Lines trailers) override;
  boost::asio::awaitable<void> cut() override;
  boost::asio::awaitable<void> pause(std::uint64_t ms) override;
  void unread_content(Unread what) override { unread_ = what; }

  /// Takes a field line of the head, or of the trailer section once the head was complete.
  void add_line(std::string_view name, std::string_view value);
  /// Is told that the head is complete.
  void head_is_read() { is_head_read_ = true; }
  /// Takes content.
  void add_content(std::string_view octets);
  /// Is told that the client sends nothing more; before head_is_read() if the head was all.
  void request_is_read();
  /// Is told that the last frame of the answer has left.
  void answer_is_sent();
  /// Is told that the endpoint has returned: drops what is still to come of the content, and resets
  /// the stream if the answer has no end.
  void endpoint_is_done();
  /// Is told that the stream or the connection is gone: what waits throws Abandoned.
  void abandon();
  /// Says whether the endpoint ended its answer.
  [[nodiscard]] bool is_ended() const { return is_ended_; }
  /// Fills a DATA frame; what it returns is meant for nghttp2.
  std::int64_t fill(std::uint8_t* room, std::size_t size, std::uint32_t& flags);

 private:
  enum class Ends : std::uint8_t { here, later };

  // Waits until something happens to the stream.
  boost::asio::awaitable<void> happening();
  void must_live() const;
  // Sends the head that waits for what follows it.
  void submit_head(Ends ends);
  void resume();
  void give_credit(std::size_t octets);

  H2Output* output_;  // nullptr: abandoned
  std::int32_t stream_;
  boost::asio::steady_timer timer_;  // what the endpoint waits on
  ResponseHead head_;
  std::string incoming_;
  std::string outgoing_;
  std::size_t outgoing_sent_ = 0;
  Lines answer_trailers_;
  Unread unread_ = Unread::drain;
  bool is_head_read_ = false;
  bool is_request_read_ = false;
  bool is_dropping_ = false;
  bool expects_continue_ = false;
  bool is_head_waiting_ = false;
  bool is_silent_ = false;  // an answer to HEAD
  bool is_ended_ = false;
};

}  // namespace regauge::origin
