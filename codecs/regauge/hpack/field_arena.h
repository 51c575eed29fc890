// FieldArena: the memory that decoded field lines and their octets live in, for one batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "regauge/http/field.h"
#include "regauge/wire/bytes.h"

namespace regauge::hpack {

/// Carries what a check said about a line; the meaning of the bits is that of the check.
using Mark = std::uint8_t;

/// Holds field lines and octets until `reset`. Everything handed out stays where it is until then,
/// however many blocks are decoded. Memory: nothing until the first use, then chunks that are kept
/// over `reset`, so that a connection in steady state allocates nothing; `shrink` gives all back.
class FieldArena {
 public:
  FieldArena() = default;
  FieldArena(const FieldArena&) = delete;
  FieldArena& operator=(const FieldArena&) = delete;

  /// Forgets all lines and octets and keeps the memory. Cost: constant.
  void reset();
  /// Forgets all lines and octets and frees the memory.
  void shrink();
  /// Returns the octets of memory held, used or not.
  [[nodiscard]] std::size_t held_bytes() const;

  /// Lends at least `octets` writable octets; `commit` keeps a prefix of them, the rest is lent
  /// again. Lifetime of what is not committed: until the next call.
  [[nodiscard]] wire::MutableBytes reserve(std::size_t octets) {
    if (octets > octets_left_.size()) return reserve_chunk(octets);
    return octets_left_;
  }
  /// Keeps the first `octets` of the last `reserve`. Lifetime: until `reset`.
  wire::Bytes commit(std::size_t octets) {
    const wire::Bytes kept = octets_left_.first(octets);
    octets_left_ = octets_left_.subspan(octets);
    return kept;
  }
  /// Copies `bytes` into the arena. Lifetime of the result: until `reset`.
  [[nodiscard]] wire::Bytes copy(wire::Bytes bytes) {
    wire::copy_bytes(reserve(bytes.size()), bytes);
    return commit(bytes.size());
  }

  /// Starts a new run of lines behind the last one.
  void begin_lines() { run_start_ = lines_used_; }
  /// Views places of lines and of their marks, as many of each.
  struct LineRoom {
    std::span<http::FieldLine> lines;
    std::span<Mark> marks;
  };
  /// Lends places for at least one line; `commit_lines` keeps the first ones, the rest is lent
  /// again. Lifetime: until the next call. Cost: amortised constant.
  [[nodiscard]] LineRoom reserve_lines() {
    if (lines_used_ == lines_.size()) [[unlikely]]
      widen_lines();
    return {lines_.subspan(lines_used_), marks_.subspan(lines_used_)};
  }
  /// Appends the first `count` lines of the last `reserve_lines` to the current run.
  void commit_lines(std::size_t count) { lines_used_ += count; }
  /// Appends a line with its mark to the current run. Cost: amortised constant.
  void append(const http::FieldLine& line, Mark mark) {
    if (lines_used_ == lines_.size()) [[unlikely]]
      widen_lines();
    lines_[lines_used_] = line;
    marks_[lines_used_] = mark;
    ++lines_used_;
  }
  /// Views the lines of the current run. Lifetime: until `reset`; later runs do not move them.
  [[nodiscard]] std::span<http::FieldLine> lines() {
    return lines_.subspan(run_start_, lines_used_ - run_start_);
  }
  /// Views the marks of the current run, one a line. Lifetime: as `lines`.
  [[nodiscard]] std::span<const Mark> marks() const {
    return marks_.subspan(run_start_, lines_used_ - run_start_);
  }

 private:
  struct LineChunk {
    std::vector<http::FieldLine> lines;
    std::vector<Mark> marks;
  };

  wire::MutableBytes reserve_chunk(std::size_t octets);
  void widen_lines();
  void use_line_chunk(std::size_t index);

  std::vector<std::vector<std::uint8_t>> octet_chunks_;
  std::size_t octet_chunk_ = 0;  // the chunk that octets_left_ ends in, plus one
  wire::MutableBytes octets_left_;
  std::vector<LineChunk> line_chunks_;
  std::size_t line_chunk_ = 0;  // the chunk that lines_ views, plus one
  std::span<http::FieldLine> lines_;
  std::span<Mark> marks_;
  std::size_t lines_used_ = 0;
  std::size_t run_start_ = 0;
};

}  // namespace regauge::hpack
