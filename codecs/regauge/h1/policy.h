// Policy: what is done about each row of the catalogue, within the ceiling of the theorem.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "regauge/h1/deviation.h"

namespace regauge::h1 {

/// Names the presets, from least to most permissive.
enum class Preset : std::uint8_t { strict, common, maximal };

/// Maps each deviation of one side to an action. A value; copying costs 128 octets.
class Policy {
 public:
  /// Makes the policy of a preset for messages of `side`.
  Policy(Side side, Preset preset);

  [[nodiscard]] Side side() const { return side_; }
  /// Says what is done about a deviation. Cost: constant.
  [[nodiscard]] Action action(Deviation deviation) const {
    return actions_[static_cast<std::size_t>(deviation)];
  }
  /// Sets one rule, at most to its ceiling: what is safe is accepted, the rest stays refused.
  /// Returns the action that now holds.
  Action set(Deviation deviation, Action wanted);
  /// Sets every row of this side with a published name, each at most to its ceiling. Two rows share
  /// a name where the ceiling depends on what the line says.
  /// Returns how many rows there were. Cost: one step a row; for configuration.
  std::size_t set(std::string_view name, Action wanted);
  /// Sets one rule above its ceiling. A message may then be read further than a neighbour reads it:
  /// request smuggling becomes possible. The proxy never calls this.
  void unsafe_set(Deviation deviation, Action wanted);

 private:
  std::array<Action, kDeviationCount> actions_{};
  Side side_;
};

/// Finds the first deviation with a published name, such as "obs-fold". Cost: one step a row; for
/// configuration.
[[nodiscard]] std::optional<Deviation> find_deviation(std::string_view name, Side side);

}  // namespace regauge::h1
