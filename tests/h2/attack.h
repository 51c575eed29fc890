// Runs an attack against a connection of the tests and says what it cost and how it ended.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/h2/connection_host.h"

namespace regauge::h2 {

/// Builds one unit of a flood from its number, which begins with 0.
using Unit = std::function<Frames(std::uint32_t)>;

/// Sends the same unit again and again.
inline Unit always(Frames frames) {
  return [frames = std::move(frames)](std::uint32_t) { return frames; };
}
/// Returns the identifier of the stream that a client opens with its n-th request.
inline std::uint32_t client_stream(std::uint32_t n) { return 2 * n + 1; }

/// Says after how many units a flood was told to stop and stopped; 0 if it was not.
struct FloodEnd {
  std::uint32_t goaway = 0;  ///< GOAWAY(NO_ERROR) was written: no further streams
  std::uint32_t calm = 0;    ///< GOAWAY(ENHANCE_YOUR_CALM) was written: the end
  std::size_t surfaced = 0;  ///< heads that were told meanwhile
  std::uint64_t charged = 0;
  std::uint64_t octets_out = 0;
  bool operator==(const FloodEnd&) const = default;
};
inline void PrintTo(const FloodEnd& end, std::ostream* to) {
  *to << "GOAWAY after " << end.goaway << ", end after " << end.calm << ", " << end.surfaced
      << " surfaced, " << end.charged << " charged, " << end.octets_out << " octets out";
}

/// Notes what was written and told since the last call, and forgets it.
inline void note(Host& host, std::uint32_t units, FloodEnd& end) {
  for (const WrittenFrame& frame : host.frames()) {
    end.octets_out += kFrameHeaderBytes + frame.payload.size();
    if (frame.header.type != FrameType::goaway) continue;
    const bool graceful = frame.number(4) == static_cast<std::uint32_t>(ErrorCode::no_error);
    (graceful ? end.goaway : end.calm) = units;
  }
  end.surfaced += host.of_kind(EventKind::head).size();
  host.forget();
}

/// Sends units to a host that has seen the start of the connection, each in a write of its own,
/// until it ends the connection or all were sent.
inline FloodEnd flood(Host& host, const Unit& unit, std::uint32_t units_max) {
  FloodEnd end;
  host.forget();
  const std::uint64_t charged = host.connection().ledger().charged;
  for (std::uint32_t i = 0; i < units_max && end.calm == 0; ++i) {
    host.offer(unit(i));
    note(host, i + 1, end);
  }
  end.charged = host.connection().ledger().charged - charged;
  return end;
}

/// Sends all units in one write, whatever the connection says meanwhile.
inline FloodEnd flood_at_once(Host& host, const Unit& unit, std::uint32_t units) {
  FloodEnd end;
  host.forget();
  const std::uint64_t charged = host.connection().ledger().charged;
  Frames all;
  for (std::uint32_t i = 0; i < units; ++i) all.append(unit(i));
  host.offer(all);
  note(host, units, end);
  end.charged = host.connection().ledger().charged - charged;
  return end;
}

/// Expects that a unit costs so many credits: GOAWAY comes when 3,000 are spent and the end when
/// all 4,000 are, whether the units come one by one or at once.
inline void expect_flood_is_bounded(const std::function<std::unique_ptr<Host>()>& start,
                                    const Unit& unit, std::uint32_t credits_each) {
  const auto units_for = [credits_each](std::uint32_t credits) {
    return (credits + credits_each - 1) / credits_each;
  };
  const std::uint32_t most = units_for(Ledger::kCapacity);
  const FloodEnd one_by_one = flood(*start(), unit, 2 * most);
  EXPECT_EQ(one_by_one.goaway, units_for(Ledger::kGoawaySpent));
  EXPECT_EQ(one_by_one.calm, most);
  EXPECT_EQ(one_by_one.charged, std::uint64_t{most} * credits_each);
  const FloodEnd at_once = flood_at_once(*start(), unit, 2 * most);
  EXPECT_EQ(at_once.charged, one_by_one.charged);
  EXPECT_GT(at_once.calm, 0U);
  EXPECT_EQ(at_once.octets_out, one_by_one.octets_out);
  EXPECT_EQ(flood_at_once(*start(), unit, most - 1).calm, 0U) << "one less is borne";
}

/// Lets time pass until what the start of a connection cost has come back.
inline std::unique_ptr<Host> rested(std::unique_ptr<Host> host) {
  host->at(1'000).turn();
  EXPECT_EQ(host->connection().ledger().credits, Ledger::kCapacity);
  return host;
}
/// Starts a server that has seen the preface.
inline std::unique_ptr<Host> server_host(Options options = Host::server_options()) {
  auto host = std::make_unique<Host>(std::move(options));
  host->offer(client_start());
  return rested(std::move(host));
}
/// Starts a server that has seen a request whose content is still to come.
inline std::unique_ptr<Host> server_with_upload() {
  auto host = server_host();
  host->offer(Frames().headers(1, post_block(), EndStream::no));
  return host;
}
/// Starts a client that has sent a request of this method.
inline std::unique_ptr<Host> client_host(std::string_view method = "GET", Offer push = Offer::no) {
  Options options = Host::client_options();
  options.push = push;
  auto host = std::make_unique<Host>(std::move(options));
  host->open(method, method == "GET" ? EndStream::yes : EndStream::no);
  host->offer(server_start());
  return rested(std::move(host));
}

}  // namespace regauge::h2
