// Messages of HTTP/2 drawn at random: every kind of line, length and end that is lawful.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "fuzz/dice.h"
#include "tests/oracle/h2_exchange.h"

namespace regauge::oracle {

/// Holds what an end wants to send on a stream.
struct Wanted {
  Message message;
  std::optional<std::uint64_t> length;  ///< announced; of a message whose content is not sent, too
  bool tunnel = false;
  bool waits = false;  ///< for the end of what the other end sends
  std::size_t reset_at = std::numeric_limits<std::size_t>::max();  ///< octets of content before it
  std::uint32_t reset_code = 0;
};

/// Says whether CONNECT is among the methods.
enum class Tunnels : bool { no, yes };

/// Draws messages; the same seed gives the same ones.
class Draw {
 public:
  Draw(std::uint64_t seed, Tunnels tunnels) : dice_(seed), tunnels_(tunnels) {}

  fuzz::Dice& dice() { return dice_; }
  /// Draws a request.
  Wanted request();
  /// Draws what answers a request with this head.
  Wanted response(const Lines& request);

 private:
  void add_lines(Lines& lines);
  Line line();
  std::string name();
  std::string value();
  std::string text(std::size_t octets);
  std::string octets(std::size_t size);
  void add_content(Wanted& wanted);
  void add_reset(Wanted& wanted, bool of_server);

  fuzz::Dice dice_;
  Tunnels tunnels_;
};

}  // namespace regauge::oracle
