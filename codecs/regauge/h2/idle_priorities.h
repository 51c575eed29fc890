// IdlePriorities: what a client said about streams that it has not opened yet (RFC 9218 §7.1).
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "regauge/h2/priority.h"
#include "regauge/http/ids.h"

namespace regauge::h2 {

/// Keeps priorities by stream, in order of identifiers. Memory: 8 octets a stream, nothing before
/// the first; the caller bounds their number by SETTINGS_MAX_CONCURRENT_STREAMS.
class IdlePriorities {
 public:
  /// Counts the streams that have one.
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// Tells whether a stream has one. Cost: a binary search.
  [[nodiscard]] bool contains(http::StreamId id) const {
    const auto at = place_of(id);
    return at != entries_.end() && at->id == id;
  }
  /// Keeps the latest priority of a stream. Cost: the entries above it are moved.
  void keep(http::StreamId id, const Priority& priority) {
    const auto at = place_of(id);
    if (at != entries_.end() && at->id == id) {
      entries_[static_cast<std::size_t>(at - entries_.begin())].priority = priority;
      return;
    }
    entries_.insert(at, {id, priority});
  }
  /// Takes the priority of a stream that is opened; those below are idle no more and go, too.
  /// Cost: constant while there is nothing to drop.
  [[nodiscard]] std::optional<Priority> take(http::StreamId id) {
    if (entries_.empty() || entries_.front().id > id) return std::nullopt;
    auto end = place_of(id);
    std::optional<Priority> priority;
    if (end != entries_.end() && end->id == id) {
      priority = end->priority;
      ++end;
    }
    entries_.erase(entries_.begin(), end);
    return priority;
  }

 private:
  struct Entry {
    http::StreamId id;
    Priority priority;
  };

  [[nodiscard]] std::vector<Entry>::const_iterator place_of(http::StreamId id) const {
    return std::lower_bound(
        entries_.begin(), entries_.end(), id,
        [](const Entry& entry, http::StreamId wanted) { return entry.id < wanted; });
  }

  std::vector<Entry> entries_;
};

}  // namespace regauge::h2
