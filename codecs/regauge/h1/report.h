// Report: what was forgiven in one message, and what was not.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <vector>

#include "regauge/h1/deviation.h"
#include "regauge/h1/policy.h"
#include "regauge/http/rule.h"

namespace regauge::h1 {

/// Names the deviations of one message.
using DeviationSet = std::bitset<kDeviationCount>;

/// Collects the deviations of one message and applies the policy to each.
class Report {
 public:
  /// Bounds the notes kept with offsets; the set knows all of them.
  static constexpr std::size_t kNotesMax = 64;

  /// Makes a report. Memory: nothing until the first note, then room for all of them, so that views
  /// of notes stay.
  explicit Report(const Policy& policy) : policy_(policy) {}

  /// Notes a deviation at `offset`. Returns whether the policy accepts it; if not, the report holds
  /// the violation and every later call returns false.
  [[nodiscard]] bool note(Deviation deviation, std::uint64_t offset);
  /// Notes what is lawful but worth telling: no policy applies.
  void remark(Deviation deviation, std::uint64_t offset);
  /// Refuses the message whatever the policy says. Returns false, for the caller to pass on. Of two
  /// refusals the one that stands first in the input is kept.
  bool refuse(Deviation deviation, std::uint64_t offset);
  /// Starts the next message; the policy stays.
  void clear() {
    set_.reset();
    notes_.clear();
    taken_ = 0;
    violation_.reset();
    close_ = false;
  }
  /// Gives the memory of the notes back; there are none.
  void shrink();
  /// Puts the notes since the last `take_notes`, of which there is one, into the order of their
  /// octets; views of them stay. Cost: a step a note; one search and one move for each that stands
  /// out of order.
  void order_notes();
  /// Marks the notes so far as handed out; they stay where they are.
  void take_notes() { taken_ = notes_.size(); }

  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }
  [[nodiscard]] bool close() const { return close_; }
  /// Lets the connection close behind this message.
  void set_close() { close_ = true; }
  /// Tells whether this message had a deviation.
  [[nodiscard]] bool has(Deviation deviation) const {
    return set_.test(static_cast<std::size_t>(deviation));
  }
  [[nodiscard]] const DeviationSet& set() const { return set_; }
  /// Views the notes since the last `take_notes`. Lifetime: until `clear`.
  [[nodiscard]] http::RuleNotes notes() const { return http::RuleNotes(notes_).subspan(taken_); }
  [[nodiscard]] const Policy& policy() const { return policy_; }

 private:
  Policy policy_;
  DeviationSet set_;
  std::vector<http::RuleNote> notes_;
  std::size_t taken_ = 0;
  std::optional<Violation> violation_;
  bool close_ = false;
};

}  // namespace regauge::h1
