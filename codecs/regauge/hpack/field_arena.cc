#include "regauge/hpack/field_arena.h"

#include <algorithm>
#include <utility>

#include "regauge/wire/free_memory.h"

namespace regauge::hpack {
namespace {

constexpr std::size_t kFirstOctets = 1024;
constexpr std::size_t kChunkOctetsMax = 64 * 1024;
constexpr std::size_t kFirstLines = 32;

}  // namespace

void FieldArena::reset() {
  octet_chunk_ = 0;
  octets_left_ = {};
  if (!octet_chunks_.empty()) {
    octet_chunk_ = 1;
    octets_left_ = octet_chunks_.front();
  }
  lines_used_ = 0;
  run_start_ = 0;
  if (!line_chunks_.empty()) use_line_chunk(0);
}

void FieldArena::shrink() {
  wire::free_memory(octet_chunks_);
  octet_chunk_ = 0;
  octets_left_ = {};
  wire::free_memory(line_chunks_);
  line_chunk_ = 0;
  lines_ = {};
  marks_ = {};
  lines_used_ = 0;
  run_start_ = 0;
}

std::size_t FieldArena::held_bytes() const {
  std::size_t held = 0;
  for (const auto& chunk : octet_chunks_) held += chunk.size();
  for (const auto& chunk : line_chunks_) {
    held += chunk.lines.size() * (sizeof(http::FieldLine) + sizeof(Mark));
  }
  return held;
}

wire::MutableBytes FieldArena::reserve_chunk(std::size_t octets) {
  const std::size_t doubled =
      octet_chunk_ == 0 ? kFirstOctets : octet_chunks_[octet_chunk_ - 1].size() * 2;
  const std::size_t wanted = std::max(octets, std::min(doubled, kChunkOctetsMax));
  if (octet_chunk_ == octet_chunks_.size()) octet_chunks_.emplace_back();
  // Nothing lives in the chunks behind the current one, so a too small one is replaced.
  std::vector<std::uint8_t>& next = octet_chunks_[octet_chunk_];
  if (next.size() < octets) next = std::vector<std::uint8_t>(wanted);
  ++octet_chunk_;
  octets_left_ = next;
  return octets_left_;
}

void FieldArena::use_line_chunk(std::size_t index) {
  line_chunk_ = index + 1;
  lines_ = line_chunks_[index].lines;
  marks_ = line_chunks_[index].marks;
}

// The run in progress moves as a whole, since its lines are handed out as one span; runs that are
// complete stay where they are.
void FieldArena::widen_lines() {
  const std::span<const http::FieldLine> run = lines();
  const std::span<const Mark> run_marks = marks();
  const std::size_t wanted = std::max(kFirstLines, 2 * std::max(run.size(), lines_.size() / 2 + 1));
  if (line_chunk_ == line_chunks_.size()) line_chunks_.emplace_back();
  LineChunk& next = line_chunks_[line_chunk_];
  if (next.lines.size() <= run.size()) {
    next.lines = std::vector<http::FieldLine>(wanted);
    next.marks = std::vector<Mark>(wanted);
  }
  std::copy(run.begin(), run.end(), next.lines.begin());
  std::copy(run_marks.begin(), run_marks.end(), next.marks.begin());
  lines_used_ = run.size();
  run_start_ = 0;
  use_line_chunk(line_chunk_);
}

}  // namespace regauge::hpack
