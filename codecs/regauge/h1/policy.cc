#include "regauge/h1/policy.h"

#include <algorithm>

namespace regauge::h1 {
namespace {

Action action_of(const PresetActions& actions, Preset preset) {
  switch (preset) {
    case Preset::strict: return actions.strict;
    case Preset::common: return actions.common;
    case Preset::maximal: return actions.maximal;
  }
  return Action::reject;
}

}  // namespace

Policy::Policy(Side side, Preset preset) : side_(side) {
  for (std::size_t i = 0; i < kDeviationCount; ++i) {
    actions_[i] = action_of(preset_actions(static_cast<Deviation>(i), side), preset);
  }
}

Action Policy::set(Deviation deviation, Action wanted) {
  Action& action = actions_[static_cast<std::size_t>(deviation)];
  action = std::min(wanted, preset_actions(deviation, side_).maximal);
  return action;
}

std::size_t Policy::set(std::string_view name, Action wanted) {
  std::size_t rows = 0;
  for (std::size_t i = 0; i < kDeviationCount; ++i) {
    const auto deviation = static_cast<Deviation>(i);
    if (catalogue_row(deviation).rule.name != name) continue;
    if (!preset_actions(deviation, side_).occurs) continue;
    set(deviation, wanted);
    ++rows;
  }
  return rows;
}

void Policy::unsafe_set(Deviation deviation, Action wanted) {
  actions_[static_cast<std::size_t>(deviation)] = wanted;
}

std::optional<Deviation> find_deviation(std::string_view name, Side side) {
  for (std::size_t i = 0; i < kDeviationCount; ++i) {
    const auto deviation = static_cast<Deviation>(i);
    if (catalogue_row(deviation).rule.name == name && preset_actions(deviation, side).occurs) {
      return deviation;
    }
  }
  return std::nullopt;
}

}  // namespace regauge::h1
