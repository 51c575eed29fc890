// TextArena: the octets of one head, kept by the decoder so that input buffers may go at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "regauge/h1/characters.h"
#include "regauge/http/field_id.h"
#include "regauge/wire/bytes.h"

namespace regauge::h1 {

/// Names a run of octets of an arena; stays valid while the arena grows.
struct Run {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

/// Stores text one after the other. Memory: grows by doubling up to what the limits let in, and is
/// kept for the next message.
class TextArena {
 public:
  /// Appends `text` as it is. Cost: one copy.
  Run append(std::string_view text) {
    wire::copy_bytes(room(text.size()), wire::as_bytes(text));
    return commit(text.size());
  }
  /// Appends `text` in lower case.
  Run append_lower(std::string_view text) {
    const wire::MutableBytes to = room(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
      to[i] = static_cast<std::uint8_t>(to_lower(text[i]));
    }
    return commit(text.size());
  }
  /// Appends the token that `text` begins with, in lower case. Cost: one step an octet of it.
  Run append_token(std::string_view text) {
    const wire::MutableBytes to = room(text.size());
    std::size_t size = 0;
    while (size < text.size()) {
      const std::uint8_t low = kLowerToken[static_cast<unsigned char>(text[size])];
      if (low == 0) break;
      to[size++] = low;
    }
    return commit(size);
  }
  /// Takes the last append back.
  void drop(Run last) { used_ = last.offset; }
  /// Appends `text` with bare CRs read as SP (RFC 9110 §5.5).
  Run append_without_cr(std::string_view text) {
    const wire::MutableBytes to = room(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
      to[i] = static_cast<std::uint8_t>(text[i] == '\r' ? ' ' : text[i]);
    }
    return commit(text.size());
  }
  /// Views a run. Lifetime: until the next append or clear.
  [[nodiscard]] std::string_view view(Run run) const {
    return wire::as_text(wire::Bytes(text_).subspan(run.offset, run.size));
  }
  /// Forgets all text and keeps the memory.
  void clear() { used_ = 0; }
  /// Gives the memory back.
  void shrink() {
    std::vector<std::uint8_t>().swap(text_);
    used_ = 0;
  }

 private:
  static constexpr std::size_t kFirstOctets = 512;

  wire::MutableBytes room(std::size_t octets) {
    if (text_.size() - used_ < octets) {
      text_.resize(std::max({kFirstOctets, 2 * text_.size(), used_ + octets}));
    }
    return wire::MutableBytes(text_).subspan(used_);
  }
  Run commit(std::size_t octets) {
    const Run run{static_cast<std::uint32_t>(used_), static_cast<std::uint32_t>(octets)};
    used_ += octets;
    return run;
  }

  std::vector<std::uint8_t> text_;  // as long as its memory: what is used ends at `used_`
  std::size_t used_ = 0;
};

/// Records one field line of a section in an arena.
struct FieldRecord {
  Run name;
  Run value;
  http::FieldId id = http::FieldId::unknown;
  std::uint64_t offset = 0;  ///< of the line in the connection's input
};

}  // namespace regauge::h1
