// Exchanges as two ends of an HTTP/2 connection know them, and what may not differ between them.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/oracle/nghttp2_hpack.h"

namespace regauge::oracle {

using Lines = std::vector<Line>;

/// Holds what went one way on one stream, pseudo-fields among the lines.
struct Message {
  std::vector<Lines> interims;
  Lines head;
  std::string content;
  Lines trailers;  ///< empty: none
  bool ended = false;
};

/// Holds what one end knows of one stream.
struct Exchange {
  Message sent;
  Message heard;
  std::optional<std::uint32_t> reset;      ///< this end reset it, with this code
  std::optional<std::uint32_t> was_reset;  ///< RST_STREAM came
  bool left_out = false;                   ///< a GOAWAY that came leaves it out

  /// Tells whether nothing more will be sent or heard.
  [[nodiscard]] bool over() const {
    return reset || was_reset || left_out || (sent.ended && heard.ended);
  }
};

/// Holds the exchanges of a connection by stream.
using Exchanges = std::map<std::uint32_t, Exchange>;

/// Compares what arrived with what was sent, both ways. Returns what differs, or "".
[[nodiscard]] std::string difference(const Exchanges& client, const Exchanges& server);

/// Counts what there was among exchanges.
struct Tally {
  std::size_t complete = 0;  ///< both ways
  std::size_t reset = 0;     ///< by the client
  std::size_t was_reset = 0;
  std::size_t left_out = 0;
  std::size_t interims = 0;
  std::size_t trailers = 0;  ///< of requests and responses
  std::size_t tunnels = 0;
  std::size_t content = 0;  ///< octets, both ways

  /// Adds what a client knows.
  void add(const Exchanges& client);
  /// Tells whether each of it was there, but for tunnels and GOAWAY.
  [[nodiscard]] bool has_all() const {
    return complete > 0 && reset > 0 && was_reset > 0 && interims > 0 && trailers > 0;
  }
};

/// Lists what was counted.
[[nodiscard]] std::string text_of(const Tally& tally);

/// Tells how far an exchange has come.
[[nodiscard]] std::string state_of(const Exchange& exchange);

/// Reads exchanges that another program wrote, one part a line, all text in hexadecimal:
/// `STREAM sent|heard interim|head|trailers NAME:VALUE:0|1 …`, `STREAM sent|heard content OCTETS`,
/// `STREAM sent|heard ended`, `STREAM reset|was_reset CODE`, `STREAM left_out`.
[[nodiscard]] Exchanges read_exchanges(std::istream& input);

}  // namespace regauge::oracle
