// Records what an HTTP/2 connection tells its host, and claims that it is told in order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "regauge/h2/connection.h"

namespace regauge::fuzz {

/// Holds what was told of one stream.
struct Told {
  std::string head;
  std::string interims;
  std::string content;
  std::string trailers;
  std::string notes;  ///< what was tolerated
  bool tunnel = false;
  bool ended = false;
  bool reset = false;
  bool by_peer = false;    ///< its peer reset it
  std::uint32_t code = 0;  ///< of the reset
  bool operator==(const Told&) const = default;
};

/// Follows the events of one connection. A claim that does not hold ends the program.
class Recorder {
 public:
  Recorder(http::Role role, std::string_view oracle) : role_(role), oracle_(oracle) {}

  /// Takes the events of a batch.
  void take(const http::Batch& batch);
  /// Notes that the host opened a stream (client).
  void opened(http::StreamId stream) { streams_[stream.value]; }

  /// Returns all streams that were told of.
  [[nodiscard]] const std::map<std::uint32_t, Told>& streams() const { return streams_; }
  /// Returns the streams whose head came first in the last batch (server).
  [[nodiscard]] const std::set<std::uint32_t>& surfaced() const { return surfaced_; }
  /// Counts streams that died unseen in the last batch.
  [[nodiscard]] std::uint64_t cancelled() const { return cancelled_; }
  /// Counts streams that died unseen.
  [[nodiscard]] std::uint64_t cancelled_ever() const { return cancelled_ever_; }
  /// Returns the code of the connection error, if there was one.
  [[nodiscard]] std::optional<std::uint32_t> failed() const { return failed_; }
  /// Returns the rule and the offset of the connection error, or "".
  [[nodiscard]] const std::string& failure() const { return failure_; }
  /// Returns the rules and streams of stream errors and of tolerations outside of messages.
  [[nodiscard]] const std::string& faults() const { return faults_; }

 private:
  Told& alive(std::uint32_t id);
  void take_head(const http::Event& event);
  void take(const http::Event& event);
  void claim(bool holds, std::string_view claim) const;

  http::Role role_;
  std::string_view oracle_;
  std::map<std::uint32_t, Told> streams_;
  std::set<std::uint32_t> surfaced_;
  std::uint64_t cancelled_ = 0;
  std::uint64_t cancelled_ever_ = 0;
  std::optional<std::uint32_t> failed_;
  std::string failure_;
  std::string faults_;
};

/// Takes all output.
[[nodiscard]] std::vector<std::uint8_t> output_of(h2::Connection& connection);
/// Checks the law of bounded work of an HTTP/2 connection whose host has made so many calls;
/// batches do not count.
void check_h2_work(const h2::Connection& connection, std::string_view oracle,
                   std::uint64_t calls = 0);
/// Returns the octets of a connection preface.
[[nodiscard]] wire::Slice preface_slice();

}  // namespace regauge::fuzz
