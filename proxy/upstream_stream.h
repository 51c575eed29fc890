// The seam between an exchange and the upstream connection that carries it. It has two sides on one
// thread, or, when the connection belongs to another worker, a pair of marshalling ends between.
#pragma once

#include <cstddef>
#include <cstdint>

#include "proxy/any_connection.h"
#include "regauge/http/event.h"
#include "regauge/http/head.h"
#include "regauge/wire/slab.h"

namespace regauge::proxy {

/// Says why no stream could be had, or why one ended before its response.
enum class UpstreamFault : std::uint8_t {
  connect_refused,      ///< the address refused
  unreachable,          ///< the address cannot be reached
  connect_timeout,      ///< no answer to the connect within its time
  handshake_timeout,    ///< … to the handshake
  tls_failed,           ///< handshake or certificate
  handshake_closed,     ///< the peer closed during the handshake
  handshake_broken,     ///< … or the transport broke
  queue_full,           ///< too many exchanges wait for a connection
  head_refused,         ///< the head cannot be written in the protocol of the connection
  no_extended_connect,  ///< the peer takes no extended CONNECT (RFC 8441 §3)
  protocol_error,       ///< the peer broke the connection before the request was written
  stopped,              ///< the drain time is over
  going_away,           ///< the connection closed before the request was written: nothing was sent
  stalled,              ///< the peer took nothing of the request for too long
  broken,               ///< the connection closed under a request that was sent
};

class UpstreamStream;

/// Tells what a request has to know about the connection that will carry it. Whether the peer takes
/// extended CONNECT may not be known yet: a head that needs it waits for the peer's SETTINGS.
struct StreamFacts {
  Protocol protocol = Protocol::h1;
  bool reused = false;  ///< the connection carried another exchange before
};

/// Is told what happens on an upstream stream. All calls come on the worker of the exchange.
class UpstreamListener {
 public:
  virtual ~UpstreamListener() = default;
  UpstreamListener(const UpstreamListener&) = delete;
  UpstreamListener& operator=(const UpstreamListener&) = delete;

  /// The stream exists; the request may be sent. `stream` lives until its `release`, or until
  /// upstream_failed.
  virtual void upstream_ready(UpstreamStream& stream, const StreamFacts& facts) = 0;
  /// No stream could be had, or it is gone with its connection; nothing follows.
  virtual void upstream_failed(UpstreamFault fault) = 0;
  /// Something came in: interim, head, content, trailers, end, reset, tunnel, violation. Views live
  /// for the call.
  virtual void upstream_event(const http::Event& event) = 0;
  /// Content may be sent again.
  virtual void upstream_writable() = 0;

 protected:
  UpstreamListener() = default;
};

/// Sends a request and takes receive credit. It is owned by the upstream side until `release`.
class UpstreamStream {
 public:
  virtual ~UpstreamStream() = default;
  UpstreamStream(const UpstreamStream&) = delete;
  UpstreamStream& operator=(const UpstreamStream&) = delete;

  /// Sends the request head. A head that cannot be written is told as upstream_failed.
  virtual void open(const http::RequestHead& head, http::EndStream end_stream) = 0;
  /// Sends content. Returns false, and takes nothing, when there is no room: upstream_writable
  /// follows.
  [[nodiscard]] virtual bool content(const wire::Slice& slice, http::EndStream end_stream) = 0;
  /// Ends the request with trailers; where they cannot be sent the request just ends.
  virtual void trailers(http::FieldSection section) = 0;
  /// Returns receive credit.
  virtual void consume(std::size_t octets) = 0;
  /// Tells whether octets of the response came, as far as this end knows.
  [[nodiscard]] virtual bool response_octets() const = 0;
  /// Gives the stream up: a request or response that is not complete is reset with `code`. The
  /// listener is told nothing more; the stream is gone.
  virtual void release(http::ErrorCode code) = 0;

 protected:
  UpstreamStream() = default;
};

}  // namespace regauge::proxy
