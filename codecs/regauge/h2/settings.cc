#include "regauge/h2/settings.h"

#include "regauge/h2/flow_window.h"

namespace regauge::h2 {
namespace {

// RFC 9113 §6.5.2.
constexpr std::uint32_t kMaxFrameSizeSmallest = 16384;
constexpr std::uint32_t kMaxFrameSizeLargest = 16777215;

struct Parameter {
  SettingId id;
  std::uint32_t Settings::* value;
};

constexpr Parameter kParameters[] = {
    {SettingId::header_table_size, &Settings::header_table_size},
    {SettingId::enable_push, &Settings::enable_push},
    {SettingId::max_concurrent_streams, &Settings::max_concurrent_streams},
    {SettingId::initial_window_size, &Settings::initial_window_size},
    {SettingId::max_frame_size, &Settings::max_frame_size},
    {SettingId::max_header_list_size, &Settings::max_header_list_size},
    {SettingId::enable_connect_protocol, &Settings::enable_connect_protocol},
    {SettingId::no_rfc7540_priorities, &Settings::no_rfc7540_priorities},
};

}  // namespace

std::optional<Violation> check_settings(const FrameHeader& header, std::uint32_t entries_max) {
  if (header.stream != http::kConnectionStream) return Violation::settings_stream_nonzero;
  if (header.has(Flag::ack)) {
    if (header.length != 0) return Violation::settings_ack_payload;
    return std::nullopt;
  }
  if (header.length % kSettingBytes != 0) return Violation::settings_length;
  if (header.length / kSettingBytes > entries_max) return Violation::settings_entries;
  return std::nullopt;
}

Setting SettingsEntries::at(std::size_t index) const {
  const wire::Bytes entry = payload_.subspan(index * kSettingBytes, kSettingBytes);
  const auto id = static_cast<std::uint16_t>(entry[0] << 8U | entry[1]);
  const std::uint32_t value = std::uint32_t{entry[2]} << 24U | std::uint32_t{entry[3]} << 16U |
                              std::uint32_t{entry[4]} << 8U | entry[5];
  return {static_cast<SettingId>(id), value};
}

std::optional<Violation> check_setting(const Setting& setting, http::Role peer) {
  switch (setting.id) {
    case SettingId::enable_push:
      if (setting.value > 1) return Violation::settings_enable_push_invalid;
      if (setting.value == 1 && peer == http::Role::server) {
        return Violation::settings_enable_push_from_server;
      }
      return std::nullopt;
    case SettingId::initial_window_size:
      if (setting.value > kWindowMax) return Violation::settings_initial_window_too_large;
      return std::nullopt;
    case SettingId::max_frame_size:
      if (setting.value < kMaxFrameSizeSmallest || setting.value > kMaxFrameSizeLargest) {
        return Violation::settings_max_frame_size_range;
      }
      return std::nullopt;
    case SettingId::enable_connect_protocol:
      if (setting.value > 1) return Violation::settings_enable_connect_invalid;
      return std::nullopt;
    case SettingId::no_rfc7540_priorities:
      if (setting.value > 1) return Violation::settings_no_rfc7540_priorities_invalid;
      return std::nullopt;
    case SettingId::header_table_size:
    case SettingId::max_concurrent_streams:
    case SettingId::max_header_list_size: return std::nullopt;
  }
  return std::nullopt;  // unknown: ignored
}

void apply_setting(const Setting& setting, Settings& settings) {
  for (const Parameter& parameter : kParameters) {
    if (parameter.id == setting.id) settings.*parameter.value = setting.value;
  }
}

void write_settings(const Settings& ours, wire::Writer& to) {
  const Settings first;
  std::uint32_t entries = 0;
  for (const Parameter& parameter : kParameters) {
    if (ours.*parameter.value != first.*parameter.value) ++entries;
  }
  write_frame_header({entries * static_cast<std::uint32_t>(kSettingBytes), FrameType::settings, 0,
                      http::kConnectionStream},
                     to);
  for (const Parameter& parameter : kParameters) {
    if (ours.*parameter.value == first.*parameter.value) continue;
    to.u16(static_cast<std::uint16_t>(parameter.id));
    to.u32(ours.*parameter.value);
  }
}

}  // namespace regauge::h2
