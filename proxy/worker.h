// Worker: what the connections of one thread share.
#pragma once

#include <atomic>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include "proxy/loop.h"
#include "proxy/spare_list.h"
#include "proxy/transport.h"

namespace regauge::proxy {

class AccessLog;
class Channel;
class MetricsShard;
class Relay;

/// Holds the loop and the buffers of one thread. The counts are read by others, for placement and
/// limits.
struct Worker {
  Worker();
  ~Worker();

  std::uint32_t index = 0;
  Loop loop;
  Buffers buffers;
  std::atomic<std::uint32_t> connections = 0;
  std::atomic<std::uint32_t> sessions = 0;  ///< of them those of clients, and those on their way
  std::unordered_set<Channel*> channels;    ///< open sockets, for a drain
  SpareList<Relay> relays;                  ///< for the next requests
  AccessLog* access_log = nullptr;
  MetricsShard* metrics = nullptr;
  bool draining = false;

  /// Runs `task` on this worker: at the end of the round if it is called there, else through the
  /// mailbox. Never from within the call.
  void run(Loop::Task task) {
    if (current() == this) {
      loop.at_end_of_round(std::move(task));
    } else {
      loop.post(std::move(task));
    }
  }
  /// Names the worker whose thread this is; nullptr on others.
  static Worker*& current() {
    thread_local Worker* worker = nullptr;
    return worker;
  }
};

}  // namespace regauge::proxy
