#include "proxy/rule_counts.h"

namespace regauge::proxy {

void RuleCounts::add(Verdict verdict, const RuleSource& source, const http::Rule& rule,
                     std::uint64_t count) {
  const std::scoped_lock lock(mutex_);
  counts_[{verdict, source, rule.name}] += count;
}

// A peer that breaks a rule breaks it again and again: one look-up a run.
void RuleCounts::add(const RuleSource& source, http::RuleNotes notes) {
  while (!notes.empty()) {
    const http::Rule* const rule = notes.front().rule;
    std::size_t run = 1;
    while (run < notes.size() && notes[run].rule == rule) ++run;
    add(Verdict::forgiven, source, *rule, run);
    notes = notes.subspan(run);
  }
}

void RuleCounts::add_to(Table& sum) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& [row, count] : counts_) sum[row] += count;
}

}  // namespace regauge::proxy
