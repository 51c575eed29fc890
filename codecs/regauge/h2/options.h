// Options: what a program decides once for many connections.
#pragma once

#include <cstdint>
#include <string_view>

#include "regauge/h2/policy.h"
#include "regauge/http/ids.h"
#include "regauge/http/limits.h"
#include "regauge/wire/hash_key.h"
#include "regauge/wire/slab.h"

namespace regauge::h2 {

/// Says whether an extension or an optional feature is offered.
enum class Offer : bool { no, yes };

/// Configures connections. One value serves any number of them and outlives them.
struct Options {
  http::Role role = http::Role::server;  ///< which end of the connection this is
  http::Limits limits;                   ///< units and reasons stand in http/limits.h
  Policy policy;
  wire::SlabSource* slabs = &wire::heap_slabs();  ///< memory of written frames
  wire::HashKey key;                              ///< of the stream table and the encoder
  /// SETTINGS_ENABLE_CONNECT_PROTOCOL of a server (RFC 8441 §3): WebSocket and other tunnels.
  Offer extended_connect = Offer::yes;
  /// SETTINGS_ENABLE_PUSH of a client (RFC 9113 §6.5.2): promised streams cost memory.
  Offer push = Offer::no;
  /// The scheme of requests that leave it out, if the policy fixes that: "https" or "http".
  std::string_view scheme = "https";
  /// How long the peer may take to acknowledge SETTINGS (§6.5.3); 0 is for ever.
  std::uint32_t settings_ack_ms = 30'000;
  /// How long the peer may leave a full queue of replies unread before the connection ends.
  std::uint32_t reply_stall_ms = 10'000;
  /// How long output may wait for the window of its stream or of the connection before a `stalled`
  /// event tells so.
  std::uint32_t stall_report_ms = 10'000;
  /// What must go out of such output a second to count as no stall, in octets: a peer that gives
  /// window octet by octet would hold its streams for ever.
  std::uint32_t drain_bytes_a_second_min = 100;
};

}  // namespace regauge::h2
