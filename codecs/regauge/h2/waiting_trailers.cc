#include "regauge/h2/waiting_trailers.h"

#include <string_view>

namespace regauge::h2 {

std::uint32_t WaitingTrailers::keep(http::FieldSection section) {
  std::uint32_t number = static_cast<std::uint32_t>(slots_.size());
  if (free_.empty()) {
    slots_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  Slot& slot = slots_[number];
  slot.lines.assign(section.begin(), section.end());
  slot.octets.clear();
  std::size_t size = 0;
  for (const http::FieldLine& line : section) size += line.name.size() + line.value.size();
  slot.octets.reserve(size);  // the views below need octets that do not move
  const auto copy = [&slot](std::string_view text) {
    const std::size_t start = slot.octets.size();
    slot.octets.insert(slot.octets.end(), text.begin(), text.end());
    return std::string_view(slot.octets.data(), slot.octets.size()).substr(start);
  };
  for (http::FieldLine& line : slot.lines) {
    line.name = copy(line.name);
    line.value = copy(line.value);
  }
  return number;
}

}  // namespace regauge::h2
