// RuleCounts: which rules peers broke, on which side and for which upstream, and what came of it.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>

#include "proxy/attribution.h"
#include "regauge/http/rule.h"

namespace regauge::proxy {

/// Says what became of a message that broke a rule.
enum class Verdict : std::uint8_t { forgiven, refused };

/// Says whose message it was, and which upstream it was for or from. The views are those of names
/// that outlive the counts.
struct RuleSource {
  Side side = Side::downstream;
  std::string_view upstream;  ///< empty: none was chosen
  auto operator<=>(const RuleSource&) const = default;
};

/// Names one count.
struct RuleRow {
  Verdict verdict = Verdict::forgiven;
  RuleSource source;
  std::string_view rule;
  auto operator<=>(const RuleRow&) const = default;
};

/// Counts for one worker; read by the admin thread. Rules are those of catalogues and upstreams
/// those of the configuration, so no peer makes the table grow without end. Cost: one look-up for
/// each broken rule, nothing for a message that keeps all of them.
class RuleCounts {
 public:
  using Table = std::map<RuleRow, std::uint64_t>;

  /// Counts a rule.
  void add(Verdict verdict, const RuleSource& source, const http::Rule& rule,
           std::uint64_t count = 1);
  /// Counts what was forgiven in a part of a message.
  void add(const RuleSource& source, http::RuleNotes notes);
  /// Adds these counts to `sum`.
  void add_to(Table& sum) const;

 private:
  mutable std::mutex mutex_;
  Table counts_;
};

}  // namespace regauge::proxy
