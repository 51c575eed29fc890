// Options: what a route decides once for many exchanges, and what is known of one client.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "regauge/http/limits.h"

namespace regauge::translate {

/// Names the protocol of one side of an exchange.
enum class Protocol : std::uint8_t { h1, h2 };

/// Says what an upstream speaks for gRPC.
enum class UpstreamWeb : std::uint8_t {
  off,     ///< gRPC: calls of gRPC-Web clients are translated, all else passes
  binary,  ///< gRPC-Web: calls of gRPC clients are translated, calls of gRPC-Web clients pass
  text,    ///< the same, in base64
};

/// Says what happens to requests that are no gRPC calls.
enum class OtherContent : std::uint8_t { pass, refuse };

/// Says what happens to Forwarded and X-Forwarded-* of a client (RFC 7239).
enum class Forwarded : std::uint8_t {
  keep,     ///< they pass as they came
  append,   ///< the client's address is appended to X-Forwarded-For
  replace,  ///< what the client sent is left out, ours stands alone
};

/// Says whether a cookie line is cut into crumbs toward H2, which compress better (RFC 9113
/// §8.2.3).
enum class CookieCrumbs : bool { no, yes };

/// Configures exchanges. One value serves any number of them and outlives them.
struct Options {
  std::string_view via;  ///< pseudonym for Via (RFC 9110 §7.6.3); empty: none is added
  Forwarded forwarded = Forwarded::keep;
  std::string_view default_authority;  ///< for HTTP/1.0 requests without Host; empty: 400
  CookieCrumbs cookie_crumbs = CookieCrumbs::no;  ///< toward H2 (RFC 9113 §8.2.3)
  UpstreamWeb upstream_web = UpstreamWeb::off;    ///< form of gRPC toward this upstream
  OtherContent other_content = OtherContent::pass;
  std::uint32_t message_bytes_max = 0;  ///< of one gRPC message; 0: any size
  http::Limits limits;                  ///< units and reasons stand in http/limits.h
};

/// Says what is known of the client and its connection.
struct Downstream {
  Protocol protocol = Protocol::h1;
  std::string_view scheme = "http";  ///< of the transport; a target may say otherwise
  std::string_view address;          ///< for X-Forwarded-For; empty: unknown
  std::array<std::uint8_t, 16>
      nonce{};  ///< random; for Sec-WebSocket-Key toward H1 (RFC 6455 §4.1)
};

}  // namespace regauge::translate
