// Worker: what the connections of one thread share.
#pragma once

#include <atomic>
#include <cstdint>

#include "proxy/loop.h"
#include "proxy/transport.h"

namespace regauge::proxy {

/// Holds the loop and the buffers of one thread. `connections` is read by others for placement.
struct Worker {
  std::uint32_t index = 0;
  Loop loop;
  Buffers buffers;
  std::atomic<std::uint32_t> connections = 0;
};

}  // namespace regauge::proxy
