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
std::uint32_t Connection::wake(StreamIndex first) {
  std::uint32_t walked = 0;
  for (StreamIndex index = first; index != kNone; ++walked) {
    const StreamIndex next = workspace_->streams.at(index).list_next;
    if (send_window(workspace_->streams.at(index)) > 0) {
      workspace_->send_lists.remove(workspace_->streams, index);
      schedule(index);
    }
    index = next;
  }
  steps_ += walked;
  return walked;
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
  time_list(workspace_->send_lists.last_blocked());
  if (!starved()) {
    starved_since_.reset();
    return;
  }
  if (!starved_since_) starved_since_ = now_;
  for (std::size_t level = 0; level < SendLists::kLevels; ++level) {
    time_list(workspace_->send_lists.last_ready(level));
  }
}

void Connection::time_list(StreamIndex last) {
  for (StreamIndex index = last; index != kNone && !workspace_->streams.at(index).wait_timed;
       index = workspace_->streams.at(index).list_previous) {
    Stream& stream = workspace_->streams.at(index);
    stream.wait_timed = true;
    stream.waits_since_ms = static_cast<std::uint32_t>(now_.ms);
  }
}

// Each is told once until it moves, so a walk ends at the first that has not waited long enough.
void Connection::report_stalls() {
  const SendLists& lists = workspace_->send_lists;
  while (report_stall(lists.first_blocked())) continue;
  if (!starved_since_) return;
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
