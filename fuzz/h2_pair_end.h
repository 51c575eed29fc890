// One end of an HTTP/2 connection that a trace drives beside another one of ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/h2_recorder.h"

namespace regauge::fuzz {

/// Holds a connection, its host's notes and what it wrote.
class PairEnd {
 public:
  /// `profile` chooses limits, bit by bit.
  PairEnd(http::Role role, std::uint8_t profile, std::string_view oracle)
      : options_(options_of(role, profile)),
        connection_(options_),
        recorder_(role, oracle),
        oracle_(oracle) {}

  /// Each use is counted as a call of the host.
  h2::Connection& connection() {
    ++calls_;
    return connection_;
  }
  /// Notes that a head of so many octets was submitted: each is compared and copied, twice at most,
  /// and a call counts for sixteen.
  void count_octets(std::size_t octets) { calls_ += octets / 8; }
  /// Notes so many calls more.
  void count_calls(std::uint64_t calls) { calls_ += calls; }
  Recorder& recorder() { return recorder_; }
  [[nodiscard]] const h2::Options& options() const { return options_; }
  /// Counts content that was told and not consumed, by stream.
  [[nodiscard]] std::map<std::uint32_t, std::size_t>& unread() { return unread_; }
  /// Tells whether the other end broke a rule.
  [[nodiscard]] bool found_fault() const { return fault_; }
  [[nodiscard]] bool ended() const { return ended_; }

  /// Reads as one drain; what is left over is offered again.
  void read(std::string_view octets, http::Tick now) {
    if (ended_) return;
    inbox_.append(octets);
    for (bool more = true; more;) {
      const wire::Slice slice = wire::Slice::copy_of(wire::as_bytes(inbox_));
      const http::Batch batch = connection_.receive({&slice, 1}, now, {});
      more = batch.more && batch.consumed > 0;
      take(batch);
      inbox_.erase(0, batch.consumed);
      // An impatient end is written by a slow host: what it owes stays with it.
      if (!impatient()) pending_.append(output());
    }
    check_h2_work(connection_, oracle_, calls_);
    check_demand(now);
  }
  /// Ends the input.
  void end_of_input(http::Tick now, http::Truncation how) {
    if (ended_) return;
    ended_ = true;
    take(connection_.end_of_input(now, how));
  }
  /// Tells whether the limits of time are short: then what is lawful may end the connection.
  [[nodiscard]] bool impatient() const { return options_.settings_ack_ms > 0; }
  /// Takes what is to be sent.
  std::string written() {
    std::string octets = std::exchange(pending_, {});
    return octets + output();
  }

 private:
  static h2::Options options_of(http::Role role, std::uint8_t profile) {
    h2::Options options;
    options.role = role;
    options.settings_ack_ms = 0;  // a trace may let a frame wait for ever
    options.reply_stall_ms = 1U << 30U;
    if ((profile & 1U) != 0) options.limits.stream_window_bytes = 1'000;
    if ((profile & 2U) != 0) options.limits.connection_window_bytes = 65'535;
    if ((profile & 4U) != 0) options.limits.decoder_table_bytes_max = 100;
    if ((profile & 8U) != 0) options.limits.encoder_table_bytes_max = 64;
    if ((profile & 16U) != 0) options.limits.streams_max = 2;
    if ((profile & 32U) != 0) options.limits.stream_queue_bytes_max = 1000;
    if ((profile & 64U) != 0) {
      options.settings_ack_ms = 1'000;
      options.reply_stall_ms = 1'000;
      options.stall_report_ms = 500;
      options.limits.queued_replies_max = 3;
      options.limits.queued_output_bytes_max = 2'000;
    }
    if ((profile & 128U) != 0) options.policy = h2::Policy::maximal();
    return options;
  }
  // What the connection asks for is there to be done.
  void check_demand(http::Tick now) {
    const http::Demand demand = connection_.demand(now);
    check(demand.wants_write || connection_.queued_octets() == 0, oracle_,
          "what is queued wants to be written");
    check(!demand.close || demand.drained || recorder_.failed() || demand.wants_write, oracle_,
          "only what is drained or failed is closed");
  }
  std::string output() {
    const std::vector<std::uint8_t> octets = output_of(connection_);
    return {octets.begin(), octets.end()};
  }
  void take(const http::Batch& batch) {
    recorder_.take(batch);
    for (const http::Event& event : batch.events) {
      if (event.kind == http::EventKind::content) {
        unread_[event.stream.value] += event.content.size();
      }
      // Streams that were opened before the limits of the peer were known are lawful, and refused.
      fault_ |=
          event.kind == http::EventKind::violation && event.code != http::ErrorCode::refused_stream;
    }
  }

  h2::Options options_;
  h2::Connection connection_;
  Recorder recorder_;
  std::string_view oracle_;
  std::map<std::uint32_t, std::size_t> unread_;
  std::string inbox_;
  std::string pending_;
  std::uint64_t calls_ = 0;
  bool fault_ = false;
  bool ended_ = false;
};

}  // namespace regauge::fuzz
