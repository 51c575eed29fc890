#include "regauge/h2/policy.h"

namespace regauge::h2 {
namespace {

// A toleration costs what a small control frame costs (ledger.h).
constexpr std::uint8_t kTolerationCredits = 1;

// Tells whether a line that the presets repair can be left out as well: that only reads less.
bool may_drop(Violation violation) {
  return violation == Violation::field_name_uppercase ||
         violation == Violation::field_value_edge_whitespace || violation == Violation::te_value;
}

}  // namespace

Policy::Policy(Column preset) {
  for (std::size_t i = 0; i < kViolations; ++i) {
    actions_[i] = row_of(static_cast<Violation>(i)).*preset;
  }
  charges_.fill(kTolerationCredits);
}

Policy Policy::strict() { return Policy(&RuleRow::strict); }
Policy Policy::common() { return Policy(&RuleRow::common); }
Policy Policy::maximal() { return Policy(&RuleRow::maximal); }

bool Policy::allows(Violation violation, Action action) {
  const RuleRow& row = row_of(violation);
  if (action == Action::connection) return true;
  if (action == Action::stream) return row.scope == http::Scope::stream;
  if (action == Action::drop_field && may_drop(violation)) return true;
  return action == row.maximal || action == row.common || action == row.strict;
}

bool Policy::set(Violation violation, Action action) {
  if (!allows(violation, action)) return false;
  actions_[static_cast<std::size_t>(violation)] = action;
  return true;
}

}  // namespace regauge::h2
