#include "regauge/h2/turn.h"

#include <utility>

namespace regauge::h2 {

using http::Event;
using http::EventKind;

void Turn::begin(StreamTable& streams) {
  current_ ^= 1U;
  Half& half = halves_[current_];
  half.arena.reset();
  half.requests.reset();
  half.responses.reset();
  half.notes.reset();
  half.pins.clear();
  told_.clear();
  collected_.clear();
  links_.clear();
  some_are_kept_back_ = false;
  // What waited goes first, in its order; its streams get their events linked anew.
  for (std::size_t i = 0; i < held_.size(); ++i) {
    collected_.push_back(std::move(held_[i]));
    links_.emplace_back();
    if (held_owners_[i] == kNone) continue;
    link(streams.at(held_owners_[i]), held_owners_[i]);
  }
  held_.clear();
  held_owners_.clear();
}

http::RuleNotes Turn::keep(std::span<const Violation> tolerated, std::uint64_t offset) {
  if (tolerated.empty()) return {};
  std::vector<http::RuleNote>& notes = halves_[current_].notes.push({});
  for (const Violation violation : tolerated) notes.push_back({&rule_of(violation), offset});
  return notes;
}

Event& Turn::push(EventKind kind, http::StreamId stream) {
  Event& event = collected_.emplace_back();
  links_.emplace_back();
  event.kind = kind;
  event.stream = stream;
  return event;
}

Event& Turn::push(EventKind kind, Stream& stream, StreamIndex index) {
  Event& event = push(kind, stream.id);
  if (stream.surface == Surface::fresh || stream.surface == Surface::held) link(stream, index);
  return event;
}

void Turn::link(Stream& stream, StreamIndex index) {
  const auto at = static_cast<std::uint32_t>(links_.size() - 1);
  links_[at].owner = index;
  links_[at].told = Told::with_stream;
  if (stream.first_event == kNone) {
    stream.first_event = at;
  } else {
    links_[stream.last_event].next = at;
  }
  stream.last_event = at;
}

void Turn::opened(Stream& stream, StreamIndex index) {
  stream.opened_slot = static_cast<std::uint32_t>(opened_.size());
  opened_.push_back(index);
}

void Turn::forget(Stream& stream) {
  for (std::uint32_t at = stream.first_event; at != kNone; at = links_[at].next) {
    collected_[at].content = {};  // what it views may go at once
    links_[at].told = Told::never;
    some_are_kept_back_ = true;
  }
  if (stream.opened_slot != kNone) opened_[stream.opened_slot] = kNone;
}

void Turn::surface_or_hold(StreamTable& streams, TurnEnd end) {
  surfaced_ = 0;
  std::size_t waiting = 0;
  for (const StreamIndex index : opened_) {
    if (index == kNone) continue;
    Stream& stream = streams.at(index);
    if (end == TurnEnd::budget_cut && stream.surface == Surface::fresh) {
      stream.surface = Surface::held;
      stream.opened_slot = static_cast<std::uint32_t>(waiting);
      opened_[waiting++] = index;
      some_are_kept_back_ = true;
      continue;
    }
    stream.surface = Surface::surfaced;
    stream.opened_slot = kNone;
    ++surfaced_;
  }
  opened_.resize(waiting);
}

std::span<const Event> Turn::finish(StreamTable& streams, TurnEnd end) {
  surface_or_hold(streams, end);
  if (!some_are_kept_back_) {
    for (const Link& each : links_) {
      if (each.owner != kNone) streams.at(each.owner).first_event = kNone;
    }
    return collected_;
  }
  for (std::size_t i = 0; i < collected_.size(); ++i) {
    const Link& each = links_[i];
    if (each.told == Told::never) continue;
    if (each.owner != kNone) {
      Stream& stream = streams.at(each.owner);
      stream.first_event = kNone;
      if (stream.surface == Surface::held) {
        held_.push_back(std::move(collected_[i]));
        held_owners_.push_back(each.owner);
        continue;
      }
    }
    told_.push_back(std::move(collected_[i]));
  }
  return told_;
}

void Turn::forget_events() {
  told_.clear();
  collected_.clear();
  links_.clear();
}

}  // namespace regauge::h2
