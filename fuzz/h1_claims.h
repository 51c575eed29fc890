// What holds for every reading of HTTP/1 messages, requests and responses alike.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h1_messages.h"
#include "fuzz/h1_work.h"
#include "regauge/http/field.h"
#include "regauge/wire/outbox.h"

namespace regauge::fuzz {

/// Holds readings of one side against what does not depend on the message.
struct Claims {
  std::string_view oracle;
  h1::Side side = h1::Side::request;
  h1::ResponseContext context;

  /// Reads the input whole, octet by octet and in pieces, which must give the same for a bounded
  /// number of steps.
  [[nodiscard]] Reading read_all_cuts(std::span<const std::uint8_t> input,
                                      h1::Preset preset) const {
    const h1::Policy policy(side, preset);
    Reading whole = read_messages(policy, context, {input});
    check_h1_work(whole.work, input.size(), oracle);
    check_equal(whole, read_messages(policy, context, single_octets(input)));
    check_equal(whole, read_messages(policy, context, cut(input, hash_of(input), 40)));
    return whole;
  }

  /// Two readings of the same octets, cut in two ways.
  void check_equal(const Reading& whole, const Reading& cut) const {
    check(whole.messages.size() == cut.messages.size(), oracle,
          "the number of messages does not depend on the cut");
    for (std::size_t i = 0; i < whole.messages.size(); ++i) {
      check(whole.messages[i].log == cut.messages[i].log, oracle,
            "a message does not depend on the cut");
    }
  }

  /// What was forgiven may be forgiven.
  void check_ceiling(const Message& message) const {
    for (std::size_t i = 0; i < h1::kDeviationCount; ++i) {
      if (!message.deviations.test(i)) continue;
      const auto ceiling = h1::preset_actions(static_cast<h1::Deviation>(i), side).maximal;
      check(ceiling != h1::Action::reject, oracle, "nothing above the ceiling is accepted");
      check(ceiling == h1::Action::accept || message.close_after, oracle,
            "what may only be accepted with a close closes");
    }
  }

  /// What a stricter preset accepts, a more permissive one accepts with the same meaning.
  void check_monotone(const Reading& stricter, const Reading& looser) const {
    for (std::size_t i = 0; i < stricter.messages.size(); ++i) {
      if (!stricter.messages[i].complete) return;
      check(i < looser.messages.size() && looser.messages[i].complete, oracle,
            "a more permissive preset accepts what a stricter one does");
      check(looser.messages[i].log == stricter.messages[i].log, oracle,
            "and gives it the same meaning");
    }
  }
};

/// Returns all that was queued.
inline std::string written(const wire::Outbox& outbox) {
  std::string text;
  std::array<wire::Piece, 64> pieces{};
  const std::size_t filled = outbox.gather(pieces, 1U << 30U);
  for (std::size_t i = 0; i < filled; ++i) {
    text += wire::as_text({pieces.at(i).data, pieces.at(i).size});
  }
  return text;
}

/// Views copied lines as a field section.
inline std::vector<http::FieldLine> lines_of(
    const std::vector<std::pair<std::string, std::string>>& fields) {
  std::vector<http::FieldLine> lines;
  for (const auto& [name, value] : fields) lines.push_back(http::field_line(name, value));
  return lines;
}

}  // namespace regauge::fuzz
