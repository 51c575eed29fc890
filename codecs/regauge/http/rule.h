// Rules that a peer can break, as data: what the catalogues of h1 and h2 tell everybody else.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace regauge::http {

/// Describes one row of a catalogue. The name is stable: metric label, log word, test name.
struct Rule {
  std::string_view name;      ///< such as "obs-fold" or "settings-length"
  std::string_view section;   ///< such as "RFC 9112 5.2"
  std::string_view sentence;  ///< one sentence on what was done about it
};

/// Notes that a rule was broken and forgiven, and where.
struct RuleNote {
  const Rule* rule = nullptr;  ///< static
  std::uint64_t offset = 0;    ///< octets since the start of the connection's input
};

/// Views the notes of one message part in wire order. Lifetime: that of the event.
using RuleNotes = std::span<const RuleNote>;

}  // namespace regauge::http
