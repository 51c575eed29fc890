// Turn: the events of one `receive`, held back until it ends (the batch law).
//
// The events of a stream that dies in the turn in which it was opened are never handed out. If the
// budget cut the turn, streams that are still open wait for the next turn, at most one; so the
// memory behind events lives for two turns.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "regauge/h2/stable_list.h"
#include "regauge/h2/stream_table.h"
#include "regauge/h2/violation.h"
#include "regauge/hpack/field_arena.h"
#include "regauge/http/event.h"

namespace regauge::h2 {

/// Says how a turn ended.
enum class TurnEnd : std::uint8_t { batch_complete, budget_cut };

/// Collects events and the memory that they view.
class Turn {
 public:
  /// Starts a turn: what the turn before the last one handed out dies.
  void begin(StreamTable& streams);
  /// Lends the memory of field lines. Lifetime: this turn and the next one.
  [[nodiscard]] hpack::FieldArena& arena() { return halves_[current_].arena; }
  /// Keeps a slab that heads view. Cost: constant; one pin a slice is enough.
  void pin(const wire::Slice& slice) { halves_[current_].pins.push_back(slice); }
  /// Keeps a head. Lifetime: as the arena.
  [[nodiscard]] const http::RequestHead* keep(const http::RequestHead& head) {
    return &halves_[current_].requests.push(head);
  }
  [[nodiscard]] const http::ResponseHead* keep(const http::ResponseHead& head) {
    return &halves_[current_].responses.push(head);
  }
  /// Keeps notes about tolerated rules at `offset`. Lifetime: as the arena.
  [[nodiscard]] http::RuleNotes keep(std::span<const Violation> tolerated, std::uint64_t offset);

  /// Appends an event that is told in any case.
  http::Event& push(http::EventKind kind, http::StreamId stream);
  /// Appends an event of a stream, which is told when the stream is surfaced.
  http::Event& push(http::EventKind kind, Stream& stream, StreamIndex index);
  /// Notes that a stream was opened by the peer in this turn.
  void opened(Stream& stream, StreamIndex index);
  /// Forgets the events of a stream that was never surfaced.
  void forget(Stream& stream);
  /// Ends the turn. Calls nothing back; streams that are surfaced now are marked so and counted.
  /// Returns what is told. Lifetime: until the next `begin`.
  [[nodiscard]] std::span<const http::Event> finish(StreamTable& streams, TurnEnd end);
  /// Returns how many streams the last `finish` surfaced.
  [[nodiscard]] std::uint32_t surfaced() const { return surfaced_; }
  /// Tells whether streams wait for the next turn.
  [[nodiscard]] bool holds_streams() const { return !held_.empty(); }
  /// Drops what the last turn handed out: its slices hold slabs.
  void forget_events();

 private:
  enum class Told : std::uint8_t { always, with_stream, never };
  struct Link {
    StreamIndex owner = kNone;
    std::uint32_t next = kNone;
    Told told = Told::always;
  };
  struct Half {
    hpack::FieldArena arena;
    StableList<http::RequestHead> requests;
    StableList<http::ResponseHead> responses;
    StableList<std::vector<http::RuleNote>> notes;
    std::vector<wire::Slice> pins;
  };

  void link(Stream& stream, StreamIndex index);
  void surface_or_hold(StreamTable& streams, TurnEnd end);

  std::array<Half, 2> halves_;
  std::uint32_t current_ = 0;
  std::uint32_t surfaced_ = 0;
  bool some_are_kept_back_ = false;
  std::vector<http::Event> collected_;
  std::vector<Link> links_;  // one for each collected event
  std::vector<http::Event> told_;
  std::vector<http::Event> held_;  // for the next turn, with their streams
  std::vector<StreamIndex> held_owners_;
  std::vector<StreamIndex> opened_;  // streams that are not surfaced yet; kNone if dead
};

}  // namespace regauge::h2
