// Frames of HTTP/2 as octets, made of field lists that no connection of ours would send: the input
// of `regauge translate`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regauge/h2/frame.h"
#include "regauge/h2/settings.h"
#include "regauge/hpack/encoder.h"

namespace regauge::proxy {

/// Lists names and values, as they stand in a vector.
using FieldList = std::vector<std::pair<std::string, std::string>>;

/// Writes frames of one end of a connection.
class H2Frames {
 public:
  /// Writes the client preface.
  void preface() { octets_ += h2::kClientPreface; }
  /// Writes SETTINGS.
  void settings(const h2::Settings& settings);
  /// Writes HEADERS, with CONTINUATION if the block is long.
  void headers(std::uint32_t stream, const FieldList& fields, http::EndStream end);
  /// Writes DATA, in frames of 16 kB.
  void data(std::uint32_t stream, std::string_view content, http::EndStream end);
  /// Writes RST_STREAM.
  void reset(std::uint32_t stream, http::ErrorCode code);
  /// Writes WINDOW_UPDATE.
  void window_update(std::uint32_t stream, std::uint32_t increment);
  /// Returns what was written and forgets it.
  [[nodiscard]] std::string take() { return std::exchange(octets_, {}); }

 private:
  void frame(h2::FrameType type, std::uint8_t flags, std::uint32_t stream,
             std::string_view payload);

  hpack::Encoder encoder_{hpack::HashKey{}};
  std::string octets_;
};

}  // namespace regauge::proxy
