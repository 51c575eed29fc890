// SendLists: which streams have output, by urgency (RFC 9218 §4), in constant work.
#pragma once

#include <array>
#include <cstdint>

#include "regauge/h2/stream_table.h"

namespace regauge::h2 {

/// Links streams with output into one list for each urgency, or into the list of those that wait
/// for their window, or into that of those of which `stalled` was told. Cost of each call:
/// constant.
class SendLists {
 public:
  /// Puts a stream behind the others of its urgency. It is in no list.
  void push_ready(StreamTable& streams, StreamIndex index) {
    append(streams, ready_[streams.at(index).priority.urgency], index, SendList::ready);
  }
  /// Puts a stream in front of the others of its urgency. It is in no list.
  void push_ready_first(StreamTable& streams, StreamIndex index) {
    Stream& stream = streams.at(index);
    List& list = ready_[stream.priority.urgency];
    if (list.head == kNone) {
      append(streams, list, index, SendList::ready);
      return;
    }
    stream.list = SendList::ready;
    stream.wait_timed = false;
    stream.list_previous = kNone;
    stream.list_next = list.head;
    streams.at(list.head).list_previous = index;
    list.head = index;
  }
  /// Puts a stream among those that wait for their window. It is in no list.
  void push_blocked(StreamTable& streams, StreamIndex index) {
    append(streams, blocked_, index, SendList::blocked);
  }
  /// Moves a stream from those that wait to those of which that was told.
  void move_to_stalled(StreamTable& streams, StreamIndex index) {
    remove(streams, index);
    append(streams, stalled_, index, SendList::stalled);
  }
  /// Takes a stream out of the list it is in, if it is in one.
  void remove(StreamTable& streams, StreamIndex index) {
    Stream& stream = streams.at(index);
    if (stream.list == SendList::none) return;
    List& list = list_of(stream);
    if (stream.list_previous == kNone) {
      list.head = stream.list_next;
    } else {
      streams.at(stream.list_previous).list_next = stream.list_next;
    }
    if (stream.list_next == kNone) {
      list.tail = stream.list_previous;
    } else {
      streams.at(stream.list_next).list_previous = stream.list_previous;
    }
    stream.list_next = kNone;
    stream.list_previous = kNone;
    stream.list = SendList::none;
  }
  /// Returns the first stream of the most urgent list, or kNone.
  [[nodiscard]] StreamIndex first_ready() const {
    for (const List& list : ready_) {
      if (list.head != kNone) return list.head;
    }
    return kNone;
  }
  /// Counts the levels of urgency (RFC 9218 §4.1).
  static constexpr std::size_t kLevels = 8;
  /// Returns the first stream of a level, or kNone.
  [[nodiscard]] StreamIndex first_ready(std::size_t level) const { return ready_.at(level).head; }
  /// Returns the last stream of a level, or kNone; go on with `list_previous`.
  [[nodiscard]] StreamIndex last_ready(std::size_t level) const { return ready_.at(level).tail; }
  /// Returns the stream that waits longest for its window, or kNone; go on with `list_next`.
  [[nodiscard]] StreamIndex first_blocked() const { return blocked_.head; }
  /// Returns the stream that came last to wait for its window, or kNone; go on with
  /// `list_previous`.
  [[nodiscard]] StreamIndex last_blocked() const { return blocked_.tail; }
  /// Returns the first stream of which `stalled` was told, or kNone; go on with `list_next`.
  [[nodiscard]] StreamIndex first_stalled() const { return stalled_.head; }

 private:
  struct List {
    StreamIndex head = kNone;
    StreamIndex tail = kNone;
  };

  [[nodiscard]] List& list_of(const Stream& stream) {
    if (stream.list == SendList::blocked) return blocked_;
    return stream.list == SendList::stalled ? stalled_ : ready_[stream.priority.urgency];
  }
  static void append(StreamTable& streams, List& list, StreamIndex index, SendList name) {
    Stream& stream = streams.at(index);
    stream.list = name;
    stream.wait_timed = false;
    stream.list_previous = list.tail;
    stream.list_next = kNone;
    if (list.tail == kNone) {
      list.head = index;
    } else {
      streams.at(list.tail).list_next = index;
    }
    list.tail = index;
  }

  std::array<List, kLevels> ready_;
  List blocked_;
  List stalled_;
};

}  // namespace regauge::h2
