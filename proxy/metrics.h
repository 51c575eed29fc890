// Metrics: counters of one worker each, added up when somebody asks. The data path only adds to an
// array of its own.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>

#include "proxy/attribution.h"
#include "proxy/rule_counts.h"

namespace regauge::proxy {

/// Lists what is counted.
enum class Metric : std::uint8_t {
  connections_accepted,
  connections_refused,  ///< above a limit
  handshakes_failed,
  requests,
  responses_1xx,
  responses_2xx,
  responses_3xx,
  responses_4xx,
  responses_5xx,
  requests_ended_early,  ///< with an attribution
  requests_cancelled,    ///< reset within a batch: never seen by a route
  retries,
  upstream_connects,
  upstream_connect_failures,
  count_,  ///< the number of enumerators before it
};

/// Says what came to an end.
enum class Ended : std::uint8_t { request, connection };

/// Counts for one worker; read by the admin thread.
class MetricsShard {
 public:
  /// Counts an end by its triple; on the worker's thread alone, which spares a locked instruction.
  void add(Ended what, const Attribution& ended, std::uint64_t count = 1) {
    raise(ends_[index(what, ended)], count);
  }
  [[nodiscard]] std::uint64_t value(Ended what, const Attribution& ended) const {
    return ends_[index(what, ended)].load(std::memory_order_relaxed);
  }

  /// Adds to a counter; on the worker's thread alone.
  void add(Metric metric, std::uint64_t count = 1) {
    raise(counters_[static_cast<std::size_t>(metric)], count);
  }
  [[nodiscard]] std::uint64_t value(Metric metric) const {
    return counters_[static_cast<std::size_t>(metric)].load(std::memory_order_relaxed);
  }

  /// Counts the rules that peers broke.
  [[nodiscard]] RuleCounts& rules() { return rules_; }
  [[nodiscard]] const RuleCounts& rules() const { return rules_; }

 private:
  static void raise(std::atomic<std::uint64_t>& counter, std::uint64_t count) {
    counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  static constexpr std::size_t kEnds = 2 * kSides * kCauses * kPhases;
  [[nodiscard]] static std::size_t index(Ended what, const Attribution& ended) {
    const std::size_t row = std::to_underlying(what) * kSides + std::to_underlying(ended.side);
    return (row * kCauses + std::to_underlying(ended.cause)) * kPhases +
           std::to_underlying(ended.phase);
  }

  std::array<std::atomic<std::uint64_t>, kEnds> ends_{};
  alignas(64)
      std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Metric::count_)> counters_{};
  RuleCounts rules_;
};

/// Returns the name of a counter, such as "regauge_requests_total".
[[nodiscard]] std::string_view name_of(Metric metric);
/// Returns one sentence about a counter.
[[nodiscard]] std::string_view help_of(Metric metric);

}  // namespace regauge::proxy
