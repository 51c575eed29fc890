// SETTINGS: parameters of one end of a connection (RFC 9113 §6.5; RFC 8441 §3; RFC 9218 §2.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

#include "regauge/h2/frame.h"
#include "regauge/h2/violation.h"
#include "regauge/wire/bytes.h"
#include "regauge/wire/writer.h"

namespace regauge::h2 {

/// Names a parameter; any other number is unknown and ignored (RFC 9113 §6.5.2).
enum class SettingId : std::uint16_t {
  header_table_size = 0x1,
  enable_push = 0x2,
  max_concurrent_streams = 0x3,
  initial_window_size = 0x4,
  max_frame_size = 0x5,
  max_header_list_size = 0x6,
  enable_connect_protocol = 0x8,
  no_rfc7540_priorities = 0x9,
};

/// Stands for a parameter without a bound.
inline constexpr std::uint32_t kUnlimited = 0xffffffff;

/// Holds the parameters of one end with the values that hold before any SETTINGS frame.
struct Settings {
  std::uint32_t header_table_size = 4096;             ///< octets
  std::uint32_t enable_push = 1;                      ///< 0 or 1
  std::uint32_t max_concurrent_streams = kUnlimited;  ///< streams
  std::uint32_t initial_window_size = 65535;          ///< octets
  std::uint32_t max_frame_size = 16384;               ///< octets
  std::uint32_t max_header_list_size = kUnlimited;    ///< octets with 32 a line; advisory
  std::uint32_t enable_connect_protocol = 0;          ///< 0 or 1 (RFC 8441 §3)
  std::uint32_t no_rfc7540_priorities = 0;            ///< 0 or 1 (RFC 9218 §2.1)
  bool operator==(const Settings&) const = default;
};

/// Counts the octets of one entry on the wire.
inline constexpr std::size_t kSettingBytes = 6;

/// Holds one entry of a SETTINGS frame.
struct Setting {
  SettingId id = SettingId::header_table_size;
  std::uint32_t value = 0;
};

/// Checks the header of a SETTINGS frame. Errors: settings_stream_nonzero, settings_ack_payload,
/// settings_length, and settings_entries above `entries_max`. Source: RFC 9113 §6.5.
[[nodiscard]] std::optional<Violation> check_settings(const FrameHeader& header,
                                                      std::uint32_t entries_max);

/// Views the entries of a SETTINGS payload in wire order, duplicates kept.
class SettingsEntries {
 public:
  /// `payload` has passed `check_settings`.
  explicit SettingsEntries(wire::Bytes payload [[clang::lifetimebound]]) : payload_(payload) {}

  /// Counts the entries.
  [[nodiscard]] std::size_t size() const { return payload_.size() / kSettingBytes; }
  /// Returns an entry; `index` is below `size`.
  [[nodiscard]] Setting at(std::size_t index) const;

 private:
  wire::Bytes payload_;
};

/// Checks one value that the peer sent. Errors: the settings_… rule of the parameter.
[[nodiscard]] std::optional<Violation> check_setting(const Setting& setting, http::Role peer);
/// Stores one value in `settings`; an unknown parameter changes nothing.
void apply_setting(const Setting& setting, Settings& settings);
/// Writes a SETTINGS frame with the parameters of `ours` that differ from their first value.
void write_settings(const Settings& ours, wire::Writer& to);

}  // namespace regauge::h2
