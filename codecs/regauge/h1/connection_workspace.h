// What an h1::Connection needs while octets move, and gives back between exchanges.
#pragma once

#include <vector>

#include "regauge/h1/connection.h"
#include "regauge/wire/outbox.h"

namespace regauge::h1 {

/// Holds the decoder, the encoder, the output and the events of a connection that is in use.
struct Connection::Workspace {
  /// Makes a workspace whose input goes on at `first_offset`.
  Workspace(const ConnectionOptions& options, std::uint64_t first_offset)
      : decoder(options.policy, options.limits, first_offset, options.spelling),
        outbox(*options.slabs),
        encoder(outbox, options.encoder) {}

  Decoder decoder;
  wire::Outbox outbox;
  Encoder encoder;
  std::vector<http::Event> events;
};

}  // namespace regauge::h1
