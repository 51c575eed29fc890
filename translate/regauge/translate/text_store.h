// TextStore: the octets that an exchange has to keep longer than the event they came with.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "regauge/http/field.h"
#include "regauge/wire/free_memory.h"

namespace regauge::translate {

/// Copies texts into chunks that do not move. Memory: nothing until the first text; `reset` keeps
/// the first chunk unless one large text made it large.
class TextStore {
 public:
  /// Copies `text`. Lifetime of the result: until `reset`. Cost: one copy.
  [[nodiscard]] std::string_view keep(std::string_view text) {
    const std::span<char> room = take(text.size());
    std::copy(text.begin(), text.end(), room.begin());
    return {room.data(), room.size()};
  }
  /// Copies the texts one behind the other.
  [[nodiscard]] std::string_view join(std::initializer_list<std::string_view> texts) {
    std::size_t size = 0;
    for (const std::string_view text : texts) size += text.size();
    const std::span<char> room = take(size);
    auto at = room.begin();
    for (const std::string_view text : texts) at = std::copy(text.begin(), text.end(), at);
    return {room.data(), room.size()};
  }
  /// Lends `size` octets until `reset`.
  [[nodiscard]] std::span<char> take(std::size_t size) {
    if (size == 0) return {};
    if (chunks_.empty() || size > chunks_.back().size - used_) add_chunk(size);
    const std::span<char> room(chunks_.back().octets.get() + used_, size);
    used_ += size;
    return room;
  }
  /// Forgets all texts.
  void reset() {
    if (chunks_.size() > 1) chunks_.resize(1);
    if (!chunks_.empty() && chunks_.front().size > kChunk) chunks_.clear();
    used_ = 0;
  }

 private:
  static constexpr std::size_t kChunk = 1024;
  struct Chunk {
    std::unique_ptr<char[]> octets;
    std::size_t size = 0;
  };

  void add_chunk(std::size_t size) {
    const std::size_t wanted = size > kChunk ? size : kChunk;
    chunks_.push_back({std::make_unique_for_overwrite<char[]>(wanted), wanted});
    used_ = 0;
  }

  std::vector<Chunk> chunks_;
  std::size_t used_ = 0;
};

/// Empties a list of lines whose memory is used again; that of an unusual number goes back.
inline void clear_lines(std::vector<http::FieldLine>& lines) {
  constexpr std::size_t kKeptMax = 64;
  if (lines.capacity() > kKeptMax) wire::free_memory(lines);
  lines.clear();
}

}  // namespace regauge::translate
