// One end of an HTTP/1 connection that a trace drives: its host, and the grammar of its events.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "regauge/h1/connection.h"

namespace regauge::fuzz {

/// Holds the connection of one end, what waits in front of it and what it has told.
class ConnectionEnd {
 public:
  ConnectionEnd(http::Role role, h1::Preset preset)
      : options_(options(role, preset)), connection_(options_) {}

  h1::Connection& connection() { return connection_; }
  [[nodiscard]] http::StreamId stream() const { return stream_; }
  [[nodiscard]] http::MethodId method() const { return method_; }
  /// Returns the content that was told so far, of all exchanges.
  [[nodiscard]] const std::string& content() const { return content_; }
  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] bool tunnel() const { return tunnel_; }

  /// Octets of content that are queued.
  static constexpr std::size_t kQueueBytesMax = 240;

  /// Says which exchange the host is in, where it began it.
  void began(http::StreamId stream) {
    stream_ = stream;
    reached_ = Reached::nothing;
    unread_ = 0;
  }
  /// Offers octets behind those that wait.
  void offer(std::string_view octets) {
    waiting_ += octets;
    go_on();
  }
  /// Offers what waits, as long as it is wanted.
  void go_on() {
    while (!ended_ && !waiting_.empty() && connection_.demand({}).wants_read) {
      const wire::Slice slice = wire::Slice::copy_of(wire::as_bytes(waiting_));
      http::WorkBudget budget;
      budget.bytes = budget_;
      const http::Batch batch = connection_.receive({&slice, 1}, {}, budget);
      check(batch.consumed <= waiting_.size(), kOracle, "no more is consumed than was offered");
      check(batch.more == (batch.consumed < waiting_.size()), kOracle, "more says what is left");
      taken_ += batch.consumed;
      take(batch);
      waiting_.erase(0, batch.consumed);
      if (batch.consumed == 0) return;
    }
    if (!ended_) take(connection_.receive({}, {}, {}));
  }
  /// Lets each read be worked off in parts of so many octets; 0: in one.
  void budget(std::size_t octets) { budget_ = octets == 0 ? http::WorkBudget().bytes : octets; }
  /// Sends what is thrown away while the connection waits for its peer to close: not for ever.
  void flood() {
    static const std::vector<std::uint8_t> kOctets(std::size_t{1} << 20U);
    const bool over = connection_.writable(stream_) == 0 && queued() == 0;
    if (!connection_.demand({}).finish || !over || ended_ || !waiting_.empty()) return;
    for (int i = 0; i < 17 && connection_.demand({}).wants_read; ++i) {
      const wire::Slice slice = wire::Slice::of_static(kOctets);
      take(connection_.receive({&slice, 1}, {}, {}));
    }
    check(!connection_.demand({}).wants_read, kOracle, "what is thrown away is bounded");
  }
  /// Returns how many octets wait for the peer.
  [[nodiscard]] std::size_t queued() const {
    std::array<wire::Piece, 64> pieces{};
    std::size_t octets = 0;
    const std::size_t filled = connection_.gather(pieces, std::size_t{1} << 20U);
    for (std::size_t i = 0; i < filled; ++i) octets += pieces.at(i).size;
    return octets;
  }
  /// Ends the input, unless something is still to be read.
  void end_of_input(http::Truncation how) {
    if (ended_ || (!waiting_.empty() && !connection_.demand({}).close)) return;
    ended_ = true;
    take(connection_.end_of_input({}, how));
  }
  /// Takes up to `octets_max` octets of output.
  std::string written(std::size_t octets_max) {
    std::string text;
    std::array<wire::Piece, 4> pieces{};
    const std::size_t filled = connection_.gather(pieces, octets_max);
    for (std::size_t i = 0; i < filled; ++i) {
      text += wire::as_text({pieces.at(i).data, pieces.at(i).size});
    }
    check(text.size() <= octets_max, kOracle, "no more is gathered than was asked for");
    connection_.wrote(text.size());
    return text;
  }
  /// Gives credit back for all content.
  void consume() { connection_.consume(stream_, std::exchange(unread_, 0)); }
  /// Checks what holds at any time, after so many calls of the host.
  void check_state(std::size_t calls) const {
    const wire::Work work = connection_.work();
    check(work.bytes_in <= taken_, kOracle, "no more is read than was taken");
    // Two for an octet that is read; and one for each that a head might need, also if it is
    // refused.
    check(work.steps <= 2 * work.bytes_in + 400 * calls, kOracle, "law of steps");
    check(connection_.ledger().live_handlers <= 1, kOracle, "one exchange at a time");
    const http::Demand demand = connection_.demand({});
    check(!closed_ || demand.close, kOracle, "what was told to be closed stays closed");
    check(!connection_.reusable() || !closed_, kOracle, "nothing is reused that was closed");
  }

 private:
  enum class Reached : std::uint8_t { nothing, head, end, cut };
  static constexpr std::string_view kOracle = "h1_connection";

  static h1::ConnectionOptions options(http::Role role, h1::Preset preset) {
    h1::ConnectionOptions options = h1::options_for(role, preset);
    // Small ones, so that a short trace meets them.
    options.limits.stream_window_bytes = 200;
    options.limits.stream_queue_bytes_max = kQueueBytesMax;
    options.limits.queued_output_bytes_max = 400;
    return options;
  }
  // Credit that is owed is that of one exchange.
  void enter(http::StreamId stream) {
    if (stream != stream_) unread_ = 0;
    stream_ = stream;
  }
  void take(const http::Batch& batch) {
    for (const http::Event& event : batch.events) take(event);
  }
  void take(const http::Event& event) {
    using http::EventKind;
    check(!closed_, kOracle, "nothing is told behind closed");
    switch (event.kind) {
      case EventKind::head:
        check(reached_ == Reached::nothing || options_.role == http::Role::server, kOracle,
              "an exchange has one head");
        enter(event.stream);
        reached_ = Reached::head;
        if (event.request != nullptr) method_ = event.request->method.id;
        break;
      case EventKind::interim:
        check(reached_ == Reached::nothing, kOracle, "interim responses stand before the head");
        break;
      case EventKind::content:
        check(reached_ == Reached::head || tunnel_ || reached_ == Reached::end, kOracle,
              "content stands behind a head");
        content_ += wire::as_text(event.content.bytes());
        unread_ += event.content.size();
        break;
      case EventKind::trailers:
        check(reached_ == Reached::head, kOracle, "trailers stand behind a head");
        break;
      case EventKind::end:
        check(reached_ == Reached::head || tunnel_ || reached_ == Reached::end, kOracle,
              "an end stands behind a head");
        reached_ = Reached::end;
        break;
      case EventKind::tunnel: tunnel_ = true; break;
      case EventKind::reset:
        check(reached_ != Reached::cut, kOracle, "an exchange is cut once");
        reached_ = Reached::cut;
        broken_ = true;
        break;
      case EventKind::violation:
        if (event.stream.value != 0) enter(event.stream);
        check(event.rule != nullptr, kOracle, "a violation names its rule");
        broken_ = true;
        break;
      case EventKind::closed: closed_ = true; break;
      default: break;
    }
  }

  h1::ConnectionOptions options_;
  h1::Connection connection_;
  std::string waiting_;
  std::string content_;
  http::StreamId stream_;
  http::MethodId method_ = http::MethodId::get;
  std::size_t unread_ = 0;
  std::size_t budget_ = http::WorkBudget().bytes;
  std::size_t taken_ = 0;
  Reached reached_ = Reached::nothing;
  bool tunnel_ = false;
  bool broken_ = false;
  bool closed_ = false;
  bool ended_ = false;
};

}  // namespace regauge::fuzz
