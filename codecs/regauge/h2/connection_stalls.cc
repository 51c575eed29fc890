// What waits for a window: of its stream or of the connection (RFC 9113 §5.2, §6.9).
#include <algorithm>

#include "regauge/h2/connection_workspace.h"

namespace regauge::h2 {

using http::EventKind;

// Tells whether output waits for the window of the connection.
bool Connection::starved() const {
  return workspace_ != nullptr && send_window_.left(0) <= 0 &&
         workspace_->send_lists.first_ready() != kNone;
}

bool Connection::awaits_window() const {
  return starved() || (workspace_ != nullptr && workspace_->send_lists.first_blocked() != kNone);
}

// Puts the streams of a list that have a window again among those that are ready. Returns how many
// it met.
std::uint32_t Connection::wake_all(StreamIndex first) {
  std::uint32_t walked = 0;
  for (StreamIndex index = first; index != kNone; ++walked) {
    const StreamIndex next = workspace_->streams.at(index).list_next;
    wake(index);
    index = next;
  }
  steps_ += walked;
  return walked;
}

// Puts a stream that has a window again among those that are ready. A window that is opened octet
// by octet is told as if it were closed: nobody else would notice.
void Connection::wake(StreamIndex index) {
  Stream& stream = workspace_->streams.at(index);
  const std::int64_t window = send_window(stream);
  if (window <= 0) return;
  workspace_->send_lists.remove(workspace_->streams, index);
  schedule(index);
  const std::uint64_t drained = stream.drained_octets + static_cast<std::uint64_t>(window);
  if (!stream.drain_timed || drained >= drain_octets_min()) return;
  const std::uint32_t waited = static_cast<std::uint32_t>(now_.ms) - stream.drains_since_ms;
  if (waited < stall_ms()) return;
  workspace_->turn.push(EventKind::stalled, stream.id).count = waited;
  stream.drain_timed = false;
}

// Notes that content of a stream went out: enough of it ends what was timed as a wait.
void Connection::note_drained(Stream& stream, std::uint32_t octets) {
  stream.drained_octets += octets;
  if (stream.queued_octets == 0 || stream.drained_octets >= drain_octets_min()) {
    stream.drain_timed = false;
  }
  if (!starved_since_) return;
  starved_octets_ += octets;
  if (starved_octets_ >= drain_octets_min()) starved_since_.reset();
}

// What has to go out within the time of a stall.
std::uint64_t Connection::drain_octets_min() const {
  return std::uint64_t{options_->drain_bytes_a_second_min} * options_->stall_report_ms / 1000;
}

// A peer that sends no more gives no window any more.
std::uint32_t Connection::stall_ms() const { return input_ended_ ? 0 : options_->stall_report_ms; }

std::uint32_t Connection::waited_ms(const Stream& stream, http::Tick now) const {
  const std::uint32_t waited = static_cast<std::uint32_t>(now.ms) - stream.waits_since_ms;
  if (stream.list != SendList::ready || !starved_since_) return waited;
  return std::min(waited, static_cast<std::uint32_t>(now.ms - starved_since_->ms));
}

// Calls that send are not told the time: what began to wait in one of them waits from the next call
// on that is. Those that are not timed yet are the last of their list.
void Connection::time_waits() {
  const SendLists& lists = workspace_->send_lists;
  time_list(lists.last_blocked());
  if (lists.first_ready() == kNone) starved_since_.reset();
  if (!starved()) return;
  if (!starved_since_) {
    starved_since_ = now_;
    starved_octets_ = 0;
  }
  for (std::size_t level = 0; level < SendLists::kLevels; ++level) {
    time_list(lists.last_ready(level));
    if (lists.first_ready(level) != kNone) time_wait(lists.first_ready(level));
  }
}

void Connection::time_list(StreamIndex last) {
  for (StreamIndex index = last; index != kNone && !workspace_->streams.at(index).wait_timed;
       index = workspace_->streams.at(index).list_previous) {
    time_wait(index);
  }
}

void Connection::time_wait(StreamIndex index) {
  Stream& stream = workspace_->streams.at(index);
  if (stream.wait_timed) return;
  const auto now_ms = static_cast<std::uint32_t>(now_.ms);
  if (!stream.drain_timed) {
    stream.drains_since_ms = now_ms;
    stream.drained_octets = 0;
  }
  stream.drain_timed = true;
  stream.wait_timed = true;
  // The window of the connection is the same for all: who took its last octet waits no less.
  stream.waits_since_ms = stream.list == SendList::ready ? stream.drains_since_ms : now_ms;
}

// Each is told once until it moves, so a walk ends at the first that has not waited long enough.
void Connection::report_stalls() {
  const SendLists& lists = workspace_->send_lists;
  while (report_stall(lists.first_blocked())) continue;
  if (!starved() || !starved_since_) return;
  for (std::size_t level = 0; level < SendLists::kLevels; ++level) {
    while (report_stall(lists.first_ready(level))) continue;
  }
}

// Tells of a stream if it has waited long enough. Returns whether it has.
bool Connection::report_stall(StreamIndex index) {
  if (index == kNone) return false;
  const std::uint32_t waited = waited_ms(workspace_->streams.at(index), now_);
  if (waited < stall_ms()) return false;
  workspace_->turn.push(EventKind::stalled, workspace_->streams.at(index).id).count = waited;
  workspace_->streams.at(index).drain_timed = false;
  workspace_->send_lists.move_to_stalled(workspace_->streams, index);
  return true;
}

// What is not timed yet is looked at after a part of its time: soon enough, and no call for each
// short wait.
std::optional<std::uint64_t> Connection::stall_deadline_ms(http::Tick now) const {
  if (workspace_ == nullptr) return std::nullopt;
  constexpr std::uint32_t kLooks = 4;
  const std::uint64_t look_ms = now_.ms + stall_ms() / kLooks;
  std::optional<std::uint64_t> deadline;
  const auto at_most = [&deadline](std::uint64_t ms) {
    deadline = std::min(ms, deadline.value_or(ms));
  };
  const auto list = [&](StreamIndex first, StreamIndex last) {
    if (first == kNone) return;
    const Stream& stream = workspace_->streams.at(first);
    if (stream.wait_timed) {
      at_most(now.ms + stall_ms() - std::min(waited_ms(stream, now), stall_ms()));
    }
    if (!workspace_->streams.at(last).wait_timed) at_most(look_ms);
  };
  const SendLists& lists = workspace_->send_lists;
  list(lists.first_blocked(), lists.last_blocked());
  if (!starved()) return deadline;
  if (!starved_since_) at_most(look_ms);
  for (std::size_t level = 0; starved_since_ && level < SendLists::kLevels; ++level) {
    list(lists.first_ready(level), lists.last_ready(level));
  }
  return deadline;
}

}  // namespace regauge::h2
