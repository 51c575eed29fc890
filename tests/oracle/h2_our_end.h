// Our connection as an end of random exchanges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "regauge/h2/connection.h"
#include "tests/oracle/h2_draw.h"

namespace regauge::oracle {

/// Holds a strict connection and what it told.
class OurEnd {
 public:
  /// Limits are drawn from `dice`.
  OurEnd(http::Role role, fuzz::Dice& dice) : options_(options_of(role, dice)) {}

  /// Reads as one drain, of which the batches are cut at random.
  void read(std::string_view octets, http::Tick now, fuzz::Dice& dice);
  /// Takes what is to be sent.
  [[nodiscard]] std::string written();
  /// Ends the input.
  void end_of_input(http::Tick now);

  std::optional<std::uint32_t> open(const Wanted& wanted, bool ends);
  bool interim(std::uint32_t id, const Lines& lines);
  bool head(std::uint32_t id, const Wanted& wanted, bool ends);
  bool content(std::uint32_t id, std::string_view piece, bool ends);
  bool trailers(std::uint32_t id, const Lines& lines);
  void reset(std::uint32_t id, std::uint32_t code);
  [[nodiscard]] std::size_t writable(std::uint32_t id) const;
  [[nodiscard]] bool has_slot() const { return connection_.open_slots() > 0 || may_not_open(); }
  /// Consumes some of what was heard, and releases what is over.
  void consume(fuzz::Dice& dice);
  void ping() { connection_.ping(); }
  void leave() {
    left_ = true;
    connection_.drain(now_);
  }
  void disturb(fuzz::Dice& dice);

  Exchanges& exchanges() { return exchanges_; }
  /// Returns what was refused, or "".
  [[nodiscard]] const std::string& fault() const { return fault_; }
  [[nodiscard]] h2::Connection& connection() { return connection_; }

 private:
  static h2::Options options_of(http::Role role, fuzz::Dice& dice);
  [[nodiscard]] bool may_not_open() const { return connection_.peer_leaves() || left_; }
  void take(const http::Event& event);
  void release(std::uint32_t id, fuzz::Dice& dice);
  void take_violation(const http::Event& event);

  h2::Options options_;
  h2::Connection connection_{options_};
  Exchanges exchanges_;
  std::map<std::uint32_t, std::size_t> unread_;
  std::map<std::uint32_t, bool> released_;
  http::Tick now_{1'000};
  std::string fault_;
  bool left_ = false;
};

}  // namespace regauge::oracle
