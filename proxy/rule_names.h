// RuleNames: the names of the rules that a message broke, for a line of the log.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "regauge/http/rule.h"

namespace regauge::proxy {

/// Keeps the first few names, each once. A value; cost: `kNamesMax` compares a rule.
class RuleNames {
 public:
  /// A peer decides how many rules it breaks, not how long a line of the log is.
  static constexpr std::size_t kNamesMax = 8;

  void add(http::RuleNotes notes) {
    for (const http::RuleNote& note : notes) add(*note.rule);
  }
  /// Returns the rules in the order in which they were first met. Lifetime: that of this object.
  [[nodiscard]] std::span<const http::Rule* const> rules() const {
    return std::span(rules_).first(count_);
  }

 private:
  void add(const http::Rule& rule) {
    const auto known = [&rule](const http::Rule* each) { return each->name == rule.name; };
    if (count_ == kNamesMax || std::ranges::any_of(rules(), known)) return;
    rules_[count_++] = &rule;
  }

  std::array<const http::Rule*, kNamesMax> rules_{};  // static
  std::size_t count_ = 0;
};

}  // namespace regauge::proxy
