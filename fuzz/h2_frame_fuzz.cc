// h2_frame: each frame by itself is read as RFC 9113 §6 says, refused for the reason that it gives,
// and what was read can be written as the same frame; frames are cut out alike at every cut.
//
// Input: frames, of which the last may be incomplete.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h2_frame_model.h"
#include "fuzz/h2_frames.h"
#include "regauge/h2/frame_cutter.h"
#include "regauge/h2/payload.h"
#include "regauge/h2/settings.h"

namespace {

namespace fuzz = regauge::fuzz;
namespace h2 = regauge::h2;
namespace http = regauge::http;
namespace wire = regauge::wire;
using fuzz::check;
using fuzz::Frame;
using fuzz::FrameFault;
using wire::Bytes;
using Octets = std::vector<std::uint8_t>;

constexpr std::string_view kOracle = "h2_frame";

h2::FrameHeader header_of(const Frame& frame) {
  return {frame.length, static_cast<h2::FrameType>(frame.type), frame.flags,
          http::StreamId{frame.stream}};
}

// A rule narrowed to a stream where the frame is on one.
FrameFault fault_of(h2::Violation violation, const Frame& frame) {
  const h2::Verdict verdict = h2::verdict(violation);
  return {static_cast<std::uint32_t>(verdict.code),
          verdict.scope == http::Scope::stream && frame.stream != 0};
}

template <typename Parsed>
void check_verdict(const Parsed& parsed, const Frame& frame) {
  const FrameFault found = parsed ? FrameFault{} : fault_of(parsed.error(), frame);
  check(found == fuzz::frame_fault(frame), kOracle, "a frame is refused as the RFC says");
}

// What was read, written again, is the frame without what says nothing.
void check_same(Frame written, const Frame& frame, std::span<const std::uint8_t> expected) {
  check(std::ranges::equal(written.payload, expected), kOracle,
        "what was read can be written as the same frame");
  written.length = static_cast<std::uint32_t>(written.payload.size());
  Octets octets;
  append_frame(octets, written);
  const h2::FrameHeader header =
      h2::parse_frame_header(Bytes(octets).first<h2::kFrameHeaderBytes>());
  check(header.type == static_cast<h2::FrameType>(frame.type), kOracle, "the type is kept");
}

Frame like(const Frame& frame) {
  return {.type = frame.type, .flags = frame.flags, .stream = frame.stream};
}

Octets without_reserved_bit(Octets octets) {
  if (!octets.empty()) octets[0] &= 0x7f;
  return octets;
}

void check_numbers(const Frame& frame, Bytes payload) {
  const h2::FrameHeader header = header_of(frame);
  Frame written = like(frame);
  switch (frame.type) {
    case fuzz::kRstStream: {
      const auto code = h2::parse_rst_stream(header, payload);
      check_verdict(code, frame);
      if (!code) return;
      fuzz::append_number(written.payload, static_cast<std::uint32_t>(*code), 4);
      return check_same(written, frame, frame.payload);
    }
    case fuzz::kGoaway: {
      const auto goaway = h2::parse_goaway(header, payload);
      check_verdict(goaway, frame);
      if (!goaway) return;
      fuzz::append_number(written.payload, goaway->last.value, 4);
      fuzz::append_number(written.payload, static_cast<std::uint32_t>(goaway->code), 4);
      Octets expected = without_reserved_bit(frame.payload);
      expected.resize(8);  // no debug data
      return check_same(written, frame, expected);
    }
    case fuzz::kWindowUpdate: {
      const auto increment = h2::parse_window_update(header, payload);
      check_verdict(increment, frame);
      if (!increment) return;
      fuzz::append_number(written.payload, *increment, 4);
      return check_same(written, frame, without_reserved_bit(frame.payload));
    }
    case fuzz::kPing: return check_verdict(h2::parse_ping(header), frame);
    case fuzz::kPriority: return check_verdict(h2::parse_priority(header), frame);
    default: return;
  }
}

void check_priority_update(const Frame& frame, Bytes payload) {
  const auto update = h2::parse_priority_update(payload);
  if (frame.stream == 0) check_verdict(update, frame);
  if (!update) return;
  Frame written = like(frame);
  fuzz::append_number(written.payload, update->prioritized.value, 4);
  written.payload.insert(written.payload.end(), update->value.begin(), update->value.end());
  check_same(written, frame, without_reserved_bit(frame.payload));
  const auto priority = h2::parse_priority(wire::as_text(update->value));
  check(!priority || priority->urgency <= 7, kOracle, "no urgency is above 7");
}

void check_blocks(const Frame& frame, Bytes payload) {
  const h2::FrameHeader header = header_of(frame);
  const fuzz::Unpadded plain = fuzz::unpad(frame);
  if (frame.type == fuzz::kHeaders) {
    const auto fragment = h2::parse_headers(header, payload);
    check_verdict(fragment, frame);
    check(!fragment || std::ranges::equal(*fragment, plain.octets), kOracle,
          "the fragment is the payload without padding and priority");
  }
  if (frame.type != fuzz::kPushPromise) return;
  const auto promise = h2::parse_push_promise(header, payload);
  check_verdict(promise, frame);
  if (!promise) return;
  Frame written = like(frame);
  fuzz::append_number(written.payload, promise->promised.value, 4);
  written.payload.insert(written.payload.end(), promise->fragment.begin(), promise->fragment.end());
  check_same(written, frame, without_reserved_bit(plain.octets));
}

// Applies the entries until one is refused; what they made can be written and read again.
void check_settings(const Frame& frame, Bytes payload) {
  const auto fault = h2::check_settings(header_of(frame), fuzz::kSettingsEntriesMax);
  check((fault ? fault_of(*fault, frame) : FrameFault{}) == fuzz::frame_fault(frame), kOracle,
        "SETTINGS is refused as the RFC says");
  if (fault || frame.has(fuzz::kAck)) return;
  const h2::SettingsEntries entries(payload);
  h2::Settings applied;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const h2::Setting entry = entries.at(i);
    for (const http::Role peer : {http::Role::client, http::Role::server}) {
      const auto refused = h2::check_setting(entry, peer);
      const FrameFault expected = fuzz::setting_fault(static_cast<std::uint32_t>(entry.id),
                                                      entry.value, peer == http::Role::client);
      check((refused ? fault_of(*refused, frame) : FrameFault{}) == expected, kOracle,
            "an entry is refused as the RFC says");
    }
    h2::apply_setting(entry, applied);
  }
  Octets room(256);
  wire::Writer writer{wire::MutableBytes(room)};
  h2::write_settings(applied, writer);
  const auto written = fuzz::frames_of(writer.written());
  check(!writer.overflowed() && written.size() == 1, kOracle, "SETTINGS is one frame");
  check(written[0].whole() && fuzz::frame_fault(written[0]) == FrameFault{}, kOracle,
        "what is written is a good frame");
  h2::Settings again;
  const h2::SettingsEntries entries_again(written[0].payload);
  for (std::size_t i = 0; i < entries_again.size(); ++i) {
    h2::apply_setting(entries_again.at(i), again);
  }
  check(again == applied, kOracle, "what is written says the same");
}

void check_frame(Frame frame) {
  frame.length = static_cast<std::uint32_t>(frame.payload.size());  // parsers see whole payloads
  // A block of the exact size: a sanitizer sees an octet too much.
  const auto block = std::make_unique<std::uint8_t[]>(frame.payload.size());
  std::ranges::copy(frame.payload, block.get());
  const Bytes payload(block.get(), frame.payload.size());
  switch (frame.type) {
    case fuzz::kHeaders:
    case fuzz::kPushPromise: return check_blocks(frame, payload);
    case fuzz::kSettings: return check_settings(frame, payload);
    case fuzz::kPriorityUpdate: return check_priority_update(frame, payload);
    default: return check_numbers(frame, payload);
  }
}

void check_header(const Frame& frame) {
  Octets room(h2::kFrameHeaderBytes);
  wire::Writer writer{wire::MutableBytes(room)};
  h2::write_frame_header(header_of(frame), writer);
  Octets octets;
  append_frame(octets, frame);
  check(std::ranges::equal(writer.written(), std::span(octets).first(h2::kFrameHeaderBytes)),
        kOracle, "a frame header is written as it was read");
}

// Takes what the cutter found: short frames as a whole, long ones in parts.
void take_found(h2::FrameCutter& cutter, h2::FrameCutter::Found found, std::vector<Frame>& frames) {
  if (found == h2::FrameCutter::Found::header) {
    const h2::FrameHeader& header = cutter.header();
    frames.push_back({.length = header.length,
                      .type = static_cast<std::uint8_t>(header.type),
                      .flags = header.flags,
                      .stream = header.stream.value});
    const bool whole = header.length % 2 == 0 && header.length <= h2::kFrameBytesMax;
    return whole ? cutter.collect() : cutter.stream();
  }
  const Bytes octets = cutter.octets();
  std::vector<std::uint8_t>& payload = frames.back().payload;
  payload.insert(payload.end(), octets.begin(), octets.end());
}

// Cuts frames as the connection does; one without payload is complete with its header.
std::vector<Frame> cut_frames(const std::vector<std::span<const std::uint8_t>>& pieces) {
  std::vector<Frame> frames;
  h2::FrameCutter cutter;
  for (const auto& piece : pieces) {
    Bytes rest(piece);
    bool empty = false;
    while (!rest.empty() || empty) {
      const auto found = cutter.next(rest);
      if (found == h2::FrameCutter::Found::nothing) break;
      take_found(cutter, found, frames);
      empty = found == h2::FrameCutter::Found::header && frames.back().length == 0;
    }
  }
  return frames;
}

void check_cut(const std::vector<Frame>& frames,
               const std::vector<std::span<const std::uint8_t>>& pieces) {
  const std::vector<Frame> found = cut_frames(pieces);
  check(found.size() == frames.size(), kOracle, "as many frames are cut out at every cut");
  for (std::size_t i = 0; i < frames.size(); ++i) {
    check(header_of(found[i]) == header_of(frames[i]), kOracle, "a header is that of any cut");
    // What is collected is told when it is complete.
    const bool told = frames[i].whole() || !found[i].payload.empty();
    check(!told || found[i].payload == frames[i].payload, kOracle, "a payload is that of any cut");
  }
}

// Each rule of the catalogue is found by its name.
bool check_catalogue() {
  for (std::size_t i = 0; i < h2::kViolations; ++i) {
    const auto violation = static_cast<h2::Violation>(i);
    check(h2::find_violation(h2::rule_of(violation).name) == violation, kOracle,
          "a rule is found by its name");
  }
  check(!h2::find_violation("no-rule"), kOracle, "no other name is a rule");
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool kCatalogue = check_catalogue();
  check(kCatalogue, kOracle, "the catalogue is whole");
  const std::span<const std::uint8_t> input(data, size);
  const std::vector<Frame> frames = fuzz::frames_of(input);
  for (const Frame& frame : frames) {
    check_header(frame);
    check_frame(frame);
  }
  check_cut(frames, {input});
  check_cut(frames, fuzz::cut(input, 1, 1));
  check_cut(frames, fuzz::cut(input, fuzz::hash_of(input), 12));
  return 0;
}
