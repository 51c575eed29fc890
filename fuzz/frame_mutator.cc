#include "fuzz/frame_mutator.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fuzz/dice.h"
#include "fuzz/h2_frames.h"
#include "fuzz/h2_steps.h"
#include "fuzz/hpack_mutator.h"

namespace regauge::fuzz {
namespace {

using Frames = std::vector<Frame>;

constexpr std::size_t kPayloadMax = 1024;
constexpr std::size_t kFramesMax = 1024;

// Numbers at which a comparison turns.
constexpr std::array<std::uint32_t, 14> kEdges{
    0,          1,          2,          16383,      16384,      65535,      65536,
    0x00ffffff, 0x7ffeffff, 0x7fff0000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};

// Field blocks that are good: requests, a HEAD, a POST with content, a CONNECT, trailers, and one
// that fills the table.
const std::array<std::vector<std::uint8_t>, 7> kBlocks{{
    {0x82, 0x84, 0x86, 0x01, 0x01, 'a'},
    {0x83, 0x84, 0x86, 0x41, 0x06, 'a', '.', 't', 'e', 's', 't'},
    {0x02, 0x04, 'H', 'E', 'A', 'D', 0x84, 0x86, 0xbe, 0x01, 0x01, 'a'},
    {0x83, 0x84, 0x86, 0x01, 0x01, 'a', 0x0f, 0x0d, 0x01, '5'},
    {0x02, 0x07, 'C', 'O', 'N', 'N', 'E', 'C', 'T', 0x01, 0x04, 'a', ':', '8', '0'},
    {0x00, 0x01, 'x', 0x01, 'y'},
    {0x82, 0x84, 0x86, 0x41, 0x01, 'a', 0x40, 0x02, 'x', 'y', 0x02, 'z', 'z', 0xbe, 0xbf},
}};

// What a frame that is to be inserted should know of those before it.
struct Context {
  std::uint32_t highest = 0;
  std::vector<std::uint32_t> opened;
  std::uint32_t open_block = 0;  // the stream whose field block goes on
};

Context context_before(const Frames& frames, std::size_t at) {
  Context context;
  for (std::size_t i = 0; i < at; ++i) {
    const Frame& frame = frames[i];
    const bool block = frame.type == kHeaders || frame.type == kContinuation;
    if (block) context.open_block = frame.has(kEndHeaders) ? 0 : frame.stream;
    if (frame.type != kHeaders || frame.stream <= context.highest) continue;
    context.highest = frame.stream;
    context.opened.push_back(frame.stream);
  }
  return context;
}

std::uint32_t some_stream(const Context& context, Dice& dice) {
  if (dice.one_in(12)) return static_cast<std::uint32_t>(dice.below(8));
  if (context.opened.empty()) return 1;
  return context.opened[dice.below(context.opened.size())];
}

std::uint32_t new_stream(const Context& context, Dice& dice) {
  const std::uint32_t next = context.highest == 0 ? 1 : (context.highest + 2) | 1U;
  return dice.one_in(10) ? next + 2 * static_cast<std::uint32_t>(dice.below(5)) : next;
}

Frame numbers(std::uint8_t type, std::uint32_t stream, std::initializer_list<std::uint32_t> words) {
  Frame frame{.type = type, .stream = stream};
  for (const std::uint32_t word : words) append_number(frame.payload, word, 4);
  return frame;
}

Frame headers_frame(std::uint32_t stream, Dice& dice) {
  Frame frame{
      .type = kHeaders, .stream = stream, .payload = kBlocks.at(dice.below(kBlocks.size()))};
  if (!dice.one_in(5)) frame.flags |= kEndHeaders;
  if (dice.one_in(2)) frame.flags |= kEndStream;
  return frame;
}

Frame data_frame(std::uint32_t stream, Dice& dice) {
  Frame frame{.type = kData, .stream = stream};
  frame.payload.assign(dice.one_in(8) ? dice.below(kPayloadMax) : dice.below(8), 'd');
  if (dice.one_in(3)) frame.flags |= kEndStream;
  if (!dice.one_in(4)) return frame;
  // Padding as long as the payload allows, or one octet longer.
  frame.flags |= kPadded;
  const std::size_t padding = frame.payload.size() + (dice.one_in(6) ? 1 : 0);
  frame.payload.insert(frame.payload.begin(), static_cast<std::uint8_t>(dice.below(padding + 1)));
  return frame;
}

Frame settings_frame(Dice& dice) {
  Frame frame{.type = kSettings};
  if (dice.one_in(6)) frame.flags = kAck;
  if (frame.has(kAck) && !dice.one_in(8)) return frame;
  for (std::size_t entries = dice.below(4); entries > 0; --entries) {
    append_number(frame.payload, dice.one_in(2) ? 4 : static_cast<std::uint32_t>(dice.below(10)),
                  2);
    append_number(frame.payload, dice.one_of(kEdges), 4);
  }
  return frame;
}

// What only some targets understand; to the others it is a frame of an unknown type.
Frame step_frame(std::uint32_t stream, Dice& dice) {
  Frame frame{
      .type = static_cast<std::uint8_t>(kStepBatchEnds + dice.below(kStepsEnd - kStepBatchEnds)),
      .stream = stream};
  for (std::size_t octets = dice.below(5); octets > 0; --octets) {
    frame.payload.push_back(static_cast<std::uint8_t>(dice.below(256)));
  }
  if (dice.one_in(4)) frame.flags = kEndStream;
  return frame;
}

Frame new_frame(const Context& context, Dice& dice) {
  if (context.open_block != 0 && !dice.one_in(6)) {
    Frame frame{.type = kContinuation, .flags = kEndHeaders, .stream = context.open_block};
    if (dice.one_in(3)) frame.flags = 0;
    if (dice.one_in(3)) frame.payload = {0x90};
    if (dice.one_in(8)) frame.stream += 2;
    return frame;
  }
  const std::uint32_t stream = some_stream(context, dice);
  const std::uint32_t small = static_cast<std::uint32_t>(dice.below(14));
  switch (dice.below(13)) {
    case 0:
    case 1: return headers_frame(new_stream(context, dice), dice);
    case 2: return headers_frame(stream, dice);
    case 3: return data_frame(stream, dice);
    case 4: return numbers(kRstStream, stream, {small});
    case 5: return settings_frame(dice);
    case 6: return numbers(kWindowUpdate, dice.one_in(3) ? 0 : stream, {dice.one_of(kEdges)});
    case 7: return numbers(kPing, 0, {small, 7});
    case 8: return numbers(kGoaway, 0, {stream, small});
    case 9: return {.type = kPriority, .stream = stream, .payload = {0, 0, 0, 0, 1}};
    case 10: return numbers(kPriorityUpdate, 0, {stream});
    case 11: return step_frame(stream, dice);
    default: return {.type = static_cast<std::uint8_t>(dice.below(256)), .stream = stream};
  }
}

void fix_length(Frame& frame) { frame.length = static_cast<std::uint32_t>(frame.payload.size()); }

void insert_new(Frames& frames, Dice& dice) {
  const std::size_t at = dice.one_in(2) ? frames.size() : dice.below(frames.size() + 1);
  Frame frame = new_frame(context_before(frames, at), dice);
  fix_length(frame);
  frames.insert(frames.begin() + static_cast<long>(at), std::move(frame));
}

// A request, and at once its reset: again and again.
void insert_burst(Frames& frames, Dice& dice) {
  for (std::size_t times = 1 + dice.below(6); times > 0; --times) {
    const std::uint32_t stream = new_stream(context_before(frames, frames.size()), dice);
    Frame head = headers_frame(stream, dice);
    head.flags |= kEndHeaders;
    Frame reset = numbers(kRstStream, stream, {8});
    fix_length(head);
    fix_length(reset);
    frames.push_back(std::move(head));
    frames.push_back(std::move(reset));
  }
}

// Splits HEADERS into HEADERS and CONTINUATION, or DATA into two.
void split(Frames& frames, std::size_t at, Dice& dice) {
  Frame& first = frames[at];
  const bool block = first.type == kHeaders || first.type == kContinuation;
  if ((!block && first.type != kData) || first.has(kPadded) || first.has(kHasPriority)) return;
  Frame second = first;
  second.type = block ? std::uint8_t{kContinuation} : first.type;
  const std::size_t size = dice.below(first.payload.size() + 1);
  second.payload.erase(second.payload.begin(), second.payload.begin() + static_cast<long>(size));
  first.payload.resize(size);
  if (block) {
    second.flags = static_cast<std::uint8_t>(first.flags & kEndHeaders);
    first.flags = static_cast<std::uint8_t>(first.flags & ~kEndHeaders);
  } else {
    first.flags = static_cast<std::uint8_t>(first.flags & ~kEndStream);
  }
  fix_length(first);
  fix_length(second);
  frames.insert(frames.begin() + static_cast<long>(at) + 1, std::move(second));
}

// Puts an edge value over four octets of the payload, or a small one over the last octet.
void put_number(Frame& frame, Dice& dice) {
  if (frame.payload.empty()) return;
  if (frame.payload.size() < 4 || dice.one_in(3)) {
    frame.payload[dice.below(frame.payload.size())] = static_cast<std::uint8_t>(dice.below(256));
    return;
  }
  std::vector<std::uint8_t> number;
  append_number(number, dice.one_of(kEdges), 4);
  const std::size_t at = frame.type == kSettings ? 2 + 6 * dice.below(frame.payload.size() / 6) : 0;
  if (at + 4 > frame.payload.size()) return;
  std::ranges::copy(number, frame.payload.begin() + static_cast<long>(at));
}

// Tells whether a payload is nothing but a part of a field block.
bool is_block(const Frame& frame) {
  const bool bare = !frame.has(kPadded) && !frame.has(kHasPriority);
  return frame.type == kContinuation || (frame.type == kHeaders && bare);
}

void mutate_payload(Frame& frame, Dice& dice, const OctetMutator& mutate_octets) {
  if (is_block(frame) && !dice.one_in(4)) {
    frame.payload = mutate_block(frame.payload, kPayloadMax, dice, mutate_octets);
    fix_length(frame);
    return;
  }
  std::vector<std::uint8_t> room = frame.payload;
  room.resize(std::min(kPayloadMax, frame.payload.size() + 64));
  const std::size_t size = mutate_octets(room, std::min(frame.payload.size(), room.size()));
  room.resize(std::min(size, room.size()));
  frame.payload = std::move(room);
  fix_length(frame);
}

void change_one(Frames& frames, Dice& dice, const OctetMutator& mutate_octets) {
  const std::size_t at = dice.below(frames.size());
  Frame& frame = frames[at];
  constexpr std::array<std::uint8_t, 5> kFlags{kEndStream, kEndHeaders, kPadded, kHasPriority, 2};
  switch (dice.below(12)) {
    case 0: frames.erase(frames.begin() + static_cast<long>(at)); return;
    case 1: frames.insert(frames.begin() + static_cast<long>(at), Frame(frame)); return;
    case 2: std::swap(frame, frames[dice.below(frames.size())]); return;
    case 3: frame.flags ^= kFlags.at(dice.below(kFlags.size())); return;
    case 4: frame.stream = some_stream(context_before(frames, frames.size()), dice); return;
    case 5: split(frames, at, dice); return;
    case 6: put_number(frame, dice); return;
    case 7:
      if (frame.type == kHeaders && !dice.one_in(4)) {
        frame.payload = kBlocks.at(dice.below(kBlocks.size()));
      } else {
        frame.payload.resize(dice.below(frame.payload.size() + 2));
      }
      fix_length(frame);
      return;
    case 8: frame.length += dice.one_in(2) ? 1 : dice.one_of(kEdges) & 0xffffffU; return;
    default: mutate_payload(frame, dice, mutate_octets); return;
  }
}

std::vector<std::uint8_t> joined(const Frames& frames, std::size_t octets_max) {
  std::vector<std::uint8_t> octets;
  for (const Frame& frame : frames) {
    if (octets.size() + kFrameHeaderOctets + frame.payload.size() > octets_max) break;
    append_frame(octets, frame);
  }
  return octets;
}

}  // namespace

std::vector<std::uint8_t> mutate_frames(std::span<const std::uint8_t> input, std::size_t octets_max,
                                        std::uint32_t seed, const OctetMutator& mutate_octets) {
  Dice dice(seed);
  if (dice.one_in(8)) {
    std::vector<std::uint8_t> octets(input.begin(), input.end());
    octets.resize(octets_max);
    octets.resize(std::min(octets_max, mutate_octets(octets, std::min(input.size(), octets_max))));
    return octets;
  }
  Frames frames = frames_of(input);
  if (frames.size() > kFramesMax) frames.resize(kFramesMax);
  if (frames.empty()) frames.push_back({.type = kSettings});
  for (std::size_t times = 1 + dice.below(4); times > 0; --times) {
    if (frames.empty() || dice.one_in(3)) {
      insert_new(frames, dice);
    } else if (dice.one_in(16)) {
      insert_burst(frames, dice);
    } else {
      change_one(frames, dice, mutate_octets);
    }
  }
  return joined(frames, octets_max);
}

std::vector<std::uint8_t> cross_frames(std::span<const std::uint8_t> left,
                                       std::span<const std::uint8_t> right, std::size_t octets_max,
                                       std::uint32_t seed) {
  Dice dice(seed);
  Frames frames = frames_of(left);
  Frames tail = frames_of(right);
  if (!frames.empty()) frames.resize(1 + dice.below(frames.size()));
  const std::size_t skip = tail.empty() ? 0 : dice.below(tail.size());
  tail.erase(tail.begin(), tail.begin() + static_cast<long>(skip));
  const bool moves = dice.one_in(2);
  if (!frames.empty() && !tail.empty() && is_block(frames.back()) && is_block(tail.front()) &&
      dice.one_in(4)) {
    Frame& last = frames.back();
    last.payload = cross_blocks(last.payload, tail.front().payload, kPayloadMax, dice);
    fix_length(last);
    tail.erase(tail.begin());
  }
  const std::uint32_t shift = (context_before(frames, frames.size()).highest + 1) & ~1U;
  for (Frame& frame : tail) {
    if (moves && frame.stream != 0) frame.stream = (frame.stream + shift) & 0x7fffffffU;
    frames.push_back(std::move(frame));
  }
  return joined(frames, octets_max);
}

}  // namespace regauge::fuzz
