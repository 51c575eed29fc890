// The perfect hash behind `field_id`, inline for codecs that look many names up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "regauge/http/field_id.h"
#include "regauge/wire/bytes.h"

namespace regauge::http {

/// The ends of a name: its first and last eight octets, which overlap in a short one, or all of it
/// behind zeros, and nothing. Together with its length they are all of a name of up to sixteen
/// octets.
struct NameEnds {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
};

/// Holds a known name as `field_id` compares it.
struct KnownName {
  NameEnds ends;
  std::uint64_t size = 0;
};

/// Counts the slots of the hash, a power of two.
inline constexpr std::size_t kNameSlots = 2048;
/// Holds the known name of each slot; field_id.cc checks that no two share one.
extern const std::array<std::uint8_t, kNameSlots> kNameSlotTable;
extern const std::array<KnownName, std::to_underlying(FieldId::count_)> kKnownNames;

/// Mixes the length with the ends: enough to part all known names.
constexpr std::size_t name_slot(const NameEnds& ends, std::size_t size) {
  constexpr std::uint64_t kFold = 0x9E3779B97F4A7C15U;
  constexpr std::uint64_t kMultiplier = 0x01AC35526F03675BU;
  const std::uint64_t mixed = (ends.head ^ (ends.tail * kFold) ^ size) * kMultiplier;
  return mixed >> 53U;
}

/// A name of at most so many octets is all in its ends.
inline constexpr std::size_t kShortNameOctets = 16;

/// Returns the id of the lower-case name that the first `size` octets of `name` are, if there are
/// at most `kShortNameOctets`; eight octets of `name` may be read, however short it is. Of a longer
/// name, the id of the one known name that it may be, or `unknown`. Cost: constant.
[[nodiscard, gnu::always_inline]] inline FieldId short_field_id(wire::Bytes name,
                                                                std::size_t size) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  NameEnds ends{wire::load_word<std::uint64_t>(name), 0};
  if (size >= kWord) {
    ends.tail = wire::load_word<std::uint64_t>(name.subspan(size - kWord));
  } else {
    ends.head = wire::octets_at_end(ends.head, size);
  }
  const std::uint8_t candidate = kNameSlotTable[name_slot(ends, size)];
  if (candidate == 0) return FieldId::unknown;
  const KnownName& known = kKnownNames[candidate];
  const std::uint64_t differs =
      (known.ends.head ^ ends.head) | (known.ends.tail ^ ends.tail) | (known.size ^ size);
  return differs == 0 ? static_cast<FieldId>(candidate) : FieldId::unknown;
}

}  // namespace regauge::http
