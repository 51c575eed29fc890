// Policy: what is done about each broken rule. Strict unless said otherwise, rule by rule.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "regauge/h2/violation.h"

namespace regauge::h2 {

/// Says how a malformed request ends (RFC 9113 §8.1.1).
enum class MalformedRequest : std::uint8_t {
  answer,  ///< a response of status 400 or 431, then RST_STREAM
  reset,   ///< RST_STREAM alone
};

/// Maps each rule to an action and to the credits that a toleration costs the peer. A rule can only
/// be made as soft as its catalogue row allows: what is never safe cannot be switched on.
class Policy {
 public:
  /// Does what RFC 9113 says: the default of the library.
  [[nodiscard]] static Policy strict();
  /// Forgives what working peers are known to send and what has one safe meaning.
  [[nodiscard]] static Policy common();
  /// Forgives all that can be forgiven safely.
  [[nodiscard]] static Policy maximal();

  Policy() : Policy(strict()) {}

  /// Says what is done about a broken rule. Cost: constant.
  [[nodiscard]] Action action(Violation violation) const {
    return actions_[static_cast<std::size_t>(violation)];
  }
  /// Tells whether `set` takes this action for this rule.
  [[nodiscard]] static bool allows(Violation violation, Action action);
  /// Changes what is done about one rule. Returns false and changes nothing if `allows` says no.
  [[nodiscard]] bool set(Violation violation, Action action);

  /// Credits that a toleration costs the peer (ledger.h).
  [[nodiscard]] std::uint8_t charge(Violation violation) const {
    return charges_[static_cast<std::size_t>(violation)];
  }
  /// Changes the credits that tolerating this rule costs the peer.
  void set_charge(Violation violation, std::uint8_t credits) {
    charges_[static_cast<std::size_t>(violation)] = credits;
  }

  /// How a request ends that broke a rule whose action is to refuse it (RFC 9113 §8.1.1).
  MalformedRequest malformed_request = MalformedRequest::answer;

 private:
  using Column = Action RuleRow::*;
  explicit Policy(Column preset);

  std::array<Action, kViolations> actions_{};
  std::array<std::uint8_t, kViolations> charges_{};
};

}  // namespace regauge::h2
