// The secret under which tables are hashed that a peer fills.
#pragma once

#include <cstdint>

namespace regauge::wire {

/// Holds a secret of the process, random at its start, so that a peer cannot choose keys that share
/// a slot of a table.
struct HashKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

}  // namespace regauge::wire
