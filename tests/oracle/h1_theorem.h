// The framing theorem of codecs/regauge/h1/README.md as a check: our reading of a connection
// beside those of its neighbours.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "regauge/h1/policy.h"
#include "tests/oracle/h1_neighbours.h"

namespace regauge::oracle {

/// Says which claim does not hold, for whom, and where.
struct BrokenClaim {
  std::string claim;
  std::string neighbour;
  std::uint64_t offset = 0;  ///< of the end that the neighbour sees
};

/// Reads the requests of a connection with our decoder and each neighbour, message by message.
/// Returns the first claim of the theorem that does not hold; none if all do:
/// - whatever request stands where a neighbour ends a message, we tell no octet of it as part of
///   that message;
/// - where a neighbour may read further than we do, we close.
[[nodiscard]] std::optional<BrokenClaim> broken_claim(std::string_view octets,
                                                      const h1::Policy& policy,
                                                      std::span<const Neighbour> neighbours);

}  // namespace regauge::oracle
