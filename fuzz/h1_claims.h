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
#include "regauge/http/characters.h"
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

  /// What a host chooses beside the policy changes what is read as it should, and nothing else.
  /// `maximal`: the reading of the input under that preset.
  void check_choices(std::span<const std::uint8_t> input, const Reading& maximal) const {
    HowToRead how{h1::Policy(side, h1::Preset::maximal), context, {}, {}, {}, {}};
    how.manner = Manner::hasty;
    check_equal(maximal, read_messages(how, {input}));
    check_equal(maximal, read_messages(how, cut(input, hash_of(input), 9)));
    how.manner = Manner::patient;
    how.end = http::Truncation::aborted;
    const Reading broken_off = read_messages(how, {input});
    check_monotone(broken_off, maximal);
    check_broken_off(broken_off);
    how.end = http::Truncation::clean;
    how.spelling = h1::Spelling::keep;
    check_spellings(maximal, read_messages(how, cut(input, hash_of(input), 200)));
    how.spelling = h1::Spelling::drop;
    how.limits = small_limits();
    const Reading small = read_messages(how, {input});
    check_equal(small, read_messages(how, single_octets(input)));
    check_monotone(small, maximal);
    check_each_rule(input, maximal);
  }

  /// Where the input broke off, no message is complete that only the end of the input ends.
  void check_broken_off(const Reading& reading) const {
    constexpr auto kEnd = static_cast<std::size_t>(h1::Deviation::eof_after_last_chunk);
    for (const Message& message : reading.messages) {
      const bool by_end = message.framing.framing == http::Framing::until_close;
      check(!message.complete || (!by_end && !message.deviations.test(kEnd)), oracle,
            "a message that was cut does not look complete");
    }
  }

  /// Returns limits that a short input meets.
  static http::Limits small_limits() {
    http::Limits limits;
    limits.field_lines_max = 6;
    limits.line_bytes_max = 100;
    limits.field_section_bytes_max = 360;
    limits.trailer_section_bytes_max = 110;
    limits.chunk_line_bytes_max = 20;
    limits.chunk_overhead_bytes = 40;
    limits.leading_empty_lines_max = 3;
    return limits;
  }

  /// A spelling is the name in other letters, and nothing else is read in another way.
  void check_spellings(const Reading& dropped, const Reading& kept) const {
    check_equal(dropped, kept);
    for (const Message& message : kept.messages) {
      std::size_t at = 0;
      for (const auto* lines : {&message.fields, &message.trailers}) {
        for (const auto& [name, value] : *lines) {
          const std::string& spelling = message.spellings.at(at++);
          check(spelling.empty() || http::equal_fold(spelling, name), oracle,
                "a spelling is the name in other letters");
        }
      }
    }
  }

  /// What was forgiven is not forgiven where the rule by that name refuses it; what stands before
  /// it is read as ever.
  void check_each_rule(std::span<const std::uint8_t> input, const Reading& maximal) const {
    using enum h1::Deviation;
    check(!h1::find_deviation("no-rule", side), oracle, "what is no rule has no name");
    h1::DeviationSet forgiven;
    for (const Message& message : maximal.messages) forgiven |= message.deviations;
    // These may be lawful, and are told without a rule that could refuse them.
    for (const auto told : {leading_crlf, close_and_keep_alive, framing_on_bodyless_status}) {
      forgiven.reset(static_cast<std::size_t>(told));
    }
    for (std::size_t i = 0; i < h1::kDeviationCount; ++i) {
      if (!forgiven.test(i)) continue;
      const std::string_view name = h1::catalogue_row(static_cast<h1::Deviation>(i)).rule.name;
      check(h1::find_deviation(name, side).has_value(), oracle, "a rule has a name");
      h1::Policy policy(side, h1::Preset::maximal);
      check(policy.set(name, h1::Action::reject) > 0, oracle, "and is set by it");
      const Reading refused = read_messages(policy, context, {input});
      check_monotone(refused, maximal);
      for (const Message& message : refused.messages) {
        check(!message.complete || !message.deviations.test(i), oracle,
              "what a rule refuses is not forgiven");
      }
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
