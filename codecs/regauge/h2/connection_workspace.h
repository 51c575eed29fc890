// Connection::Workspace: what a connection holds while octets or streams are there.
#pragma once

#include <cstdint>
#include <vector>

#include "regauge/h2/connection.h"
#include "regauge/h2/content_queue.h"
#include "regauge/h2/frame_cutter.h"
#include "regauge/h2/idle_priorities.h"
#include "regauge/h2/send_lists.h"
#include "regauge/h2/stream_table.h"
#include "regauge/h2/turn.h"
#include "regauge/h2/waiting_trailers.h"
#include "regauge/wire/outbox.h"

namespace regauge::h2 {

/// Lives from the first octet in or out to `shrink`.
struct Connection::Workspace {
  explicit Workspace(const Options& options) : outbox(*options.slabs), streams(options.key) {}

  /// Tells whether a new workspace would be as good.
  [[nodiscard]] bool is_idle() const {
    return streams.size() == 0 && !turn.holds_streams() && outbox.empty() && !block.open &&
           !cutter.inside_frame() && idle_priorities.size() == 0;
  }

  Turn turn;
  wire::Outbox outbox;
  FrameCutter cutter;
  StreamTable streams;
  ContentQueue content;
  SendLists send_lists;
  WaitingTrailers trailers;
  IdlePriorities idle_priorities;
  IncomingData data;
  IncomingBlock block;
  std::vector<std::uint8_t> block_octets;
};

}  // namespace regauge::h2
