// ContentQueue: content that waits for its window, in order, a list a stream, slices by reference.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "regauge/h2/stream.h"
#include "regauge/wire/slab.h"

namespace regauge::h2 {

/// Holds the queued slices of all streams of a connection in one pool of nodes. Cost of each call:
/// constant. Memory: grows by doubling, nodes are reused.
class ContentQueue {
 public:
  /// Appends a slice to a stream's queue; short ones that wait are gathered.
  void push(Stream& stream, wire::Slice slice) {
    const auto octets = static_cast<std::uint32_t>(slice.size());
    if (stream.queue_head != kNone && nodes_[stream.queue_tail].slice.gather(slice)) {
      stream.queued_octets += octets;
      return;
    }
    const std::uint32_t node = take_node(std::move(slice));
    if (stream.queue_head == kNone) {
      stream.queue_head = node;
    } else {
      nodes_[stream.queue_tail].next = node;
    }
    stream.queue_tail = node;
    stream.queued_octets += octets;
  }
  /// Takes up to `octets_max` octets of the first slice. The queue is not empty.
  [[nodiscard]] wire::Slice take(Stream& stream, std::uint32_t octets_max) {
    Node& node = nodes_[stream.queue_head];
    if (node.slice.size() > octets_max) {
      wire::Slice part = node.slice.sub(0, octets_max);
      node.slice.drop_front(octets_max);
      stream.queued_octets -= octets_max;
      return part;
    }
    wire::Slice whole = std::move(node.slice);
    node.slice = wire::Slice();
    const std::uint32_t next = node.next;
    node.next = free_;
    free_ = stream.queue_head;
    stream.queue_head = next;
    if (next == kNone) stream.queue_tail = kNone;
    stream.queued_octets -= static_cast<std::uint32_t>(whole.size());
    return whole;
  }
  /// Drops all that a stream has queued. Cost: one step a slice.
  void clear(Stream& stream) {
    while (stream.queue_head != kNone) static_cast<void>(take(stream, kNone));
  }

 private:
  struct Node {
    wire::Slice slice;
    std::uint32_t next = kNone;
  };

  std::uint32_t take_node(wire::Slice slice) {
    std::uint32_t index = free_;
    if (index == kNone) {
      index = static_cast<std::uint32_t>(nodes_.size());
      nodes_.emplace_back();
    } else {
      free_ = nodes_[index].next;
    }
    nodes_[index].slice = std::move(slice);
    nodes_[index].next = kNone;
    return index;
  }

  std::vector<Node> nodes_;
  std::uint32_t free_ = kNone;
};

}  // namespace regauge::h2
