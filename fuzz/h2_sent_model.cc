#include "fuzz/h2_sent_model.h"

#include <algorithm>
#include <span>
#include <utility>

namespace regauge::fuzz {
namespace {

// Leaves the padding and the priority out; nothing is left of a frame that has no room for them.
std::span<const std::uint8_t> inside(const Frame& frame, std::size_t priority_octets) {
  std::span<const std::uint8_t> rest = frame.payload;
  std::size_t front = priority_octets;
  std::size_t back = 0;
  if (frame.has(kPadded)) {
    if (rest.empty()) return {};
    back = rest.front();
    front += 1;
  }
  if (frame.length < front + back || rest.size() < front) return {};
  rest = rest.subspan(front);
  return rest.first(std::min<std::size_t>(rest.size(), frame.length - front - back));
}

}  // namespace

std::string SentMessage::value(const std::string& name) const {
  for (const oracle::Line& line : head) {
    if (line.name == name) return line.value;
  }
  return {};
}

bool SentMessage::has(const std::string& name) const {
  return std::ranges::any_of(head, [&](const oracle::Line& line) { return line.name == name; });
}

const SentMessage* SentModel::find(std::uint32_t id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

void SentModel::receive(const Frame& frame) {
  if (lost_) return;
  const bool follows = frame.type == kContinuation && frame.stream == block_stream_;
  lost_ = block_open_ ? !follows : frame.type == kContinuation;
  if (lost_) return;
  switch (frame.type) {
    case kData: data(frame); return;
    case kHeaders: headers(frame); return;
    case kContinuation:
      block_.insert(block_.end(), frame.payload.begin(), frame.payload.end());
      if (frame.has(kEndHeaders) && frame.whole()) end_block();
      return;
    case kRstStream:
      if (const auto found = streams_.find(frame.stream); found != streams_.end()) {
        found->second.reset = found->second.reset || !found->second.ended;
      }
      return;
    default: return;
  }
}

void SentModel::data(const Frame& frame) {
  const auto found = streams_.find(frame.stream);
  if (found == streams_.end() || found->second.ended || found->second.reset) return;
  found->second.content += wire::as_text(inside(frame, 0));
  found->second.ended = frame.has(kEndStream) && frame.whole();
}

void SentModel::headers(const Frame& frame) {
  const auto fragment = inside(frame, frame.has(kHasPriority) ? 5 : 0);
  block_.assign(fragment.begin(), fragment.end());
  block_stream_ = frame.stream;
  block_ends_ = frame.has(kEndStream);
  block_open_ = true;
  if (frame.has(kEndHeaders) && frame.whole()) end_block();
}

void SentModel::end_block() {
  block_open_ = false;
  auto lines = inflater_.decode(block_);
  lost_ = !lines;
  if (lost_) return;
  const bool first = !streams_.contains(block_stream_);
  SentMessage& message = streams_[block_stream_];
  if (message.ended || message.reset) return;
  // A second section that does not end the stream cuts the message (RFC 9113 §8.1).
  message.reset = !first && !block_ends_;
  message.ended = block_ends_;
  (first ? message.head : message.trailers) = std::move(*lines);
}

}  // namespace regauge::fuzz
