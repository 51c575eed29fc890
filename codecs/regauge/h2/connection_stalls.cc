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
  return walked;
}

// A peer that sends no more gives no window any more.
std::uint32_t Connection::stall_ms() const { return input_ended_ ? 0 : options_->stall_report_ms; }

std::uint32_t Connection::waited_ms(const Stream& stream, http::Tick now) {
  return static_cast<std::uint32_t>(now.ms) - stream.blocked_since_ms;
}

// Calls that send are not told the time: what began to wait in one of them waits from the next call
// on that is. Those that are not timed yet are the last of the list.
void Connection::time_waits() {
  for (StreamIndex index = workspace_->send_lists.last_blocked();
       index != kNone && !workspace_->streams.at(index).blocked_timed;
       index = workspace_->streams.at(index).list_previous) {
    workspace_->streams.at(index).blocked_timed = true;
    workspace_->streams.at(index).blocked_since_ms = static_cast<std::uint32_t>(now_.ms);
  }
  if (!starved()) {
    starved_since_.reset();
  } else if (!starved_since_) {
    starved_since_ = now_;
  }
}

// Each is told once until it moves, so the walk ends at the first that has not waited long enough.
void Connection::report_stalls() {
  for (StreamIndex index = workspace_->send_lists.first_blocked(); index != kNone;
       index = workspace_->send_lists.first_blocked()) {
    const std::uint32_t waited = waited_ms(workspace_->streams.at(index), now_);
    if (waited < stall_ms()) break;
    report_stall(index, waited);
  }
  if (!starved_since_ || now_.ms - starved_since_->ms < stall_ms()) return;
  const auto starved = static_cast<std::uint32_t>(now_.ms - starved_since_->ms);
  for (StreamIndex index = workspace_->send_lists.first_ready(); index != kNone;
       index = workspace_->send_lists.first_ready()) {
    report_stall(index, starved);
  }
  starved_since_.reset();
}

void Connection::report_stall(StreamIndex index, std::uint32_t waited_ms) {
  workspace_->turn.push(EventKind::stalled, workspace_->streams.at(index).id).count = waited_ms;
  workspace_->send_lists.move_to_stalled(workspace_->streams, index);
}

// What is not timed yet is looked at after a part of its time: soon enough, and no call for each
// short wait.
std::optional<std::uint64_t> Connection::stall_deadline_ms(http::Tick now) const {
  constexpr std::uint32_t kLooks = 4;
  std::optional<std::uint64_t> deadline;
  const auto at_most = [&deadline](std::uint64_t ms) {
    deadline = std::min(ms, deadline.value_or(ms));
  };
  if (workspace_ == nullptr) return deadline;
  const StreamIndex last = workspace_->send_lists.last_blocked();
  if (last != kNone) {
    const Stream& first = workspace_->streams.at(workspace_->send_lists.first_blocked());
    if (first.blocked_timed) {
      at_most(now.ms + stall_ms() - std::min(waited_ms(first, now), stall_ms()));
    }
    if (!workspace_->streams.at(last).blocked_timed) at_most(now_.ms + stall_ms() / kLooks);
  }
  if (starved()) {
    at_most(starved_since_ ? starved_since_->ms + stall_ms() : now_.ms + stall_ms() / kLooks);
  }
  return deadline;
}

}  // namespace regauge::h2
