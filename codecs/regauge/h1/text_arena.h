// TextArena: the octets of one head, kept by the decoder so that input buffers may go at once.
#pragma once

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
    const Run run{static_cast<std::uint32_t>(text_.size()),
                  static_cast<std::uint32_t>(text.size())};
    text_.insert(text_.end(), text.begin(), text.end());
    return run;
  }
  /// Appends `text` in lower case.
  Run append_lower(std::string_view text) {
    const Run run = append(text);
    for (std::size_t i = run.offset; i < text_.size(); ++i) text_[i] = to_lower(text_[i]);
    return run;
  }
  /// Appends `text` with bare CRs read as SP (RFC 9110 §5.5).
  Run append_without_cr(std::string_view text) {
    const Run run = append(text);
    for (std::size_t i = run.offset; i < text_.size(); ++i) {
      if (text_[i] == '\r') text_[i] = ' ';
    }
    return run;
  }
  /// Views a run. Lifetime: until the next append or clear.
  [[nodiscard]] std::string_view view(Run run) const {
    return std::string_view(text_.data(), text_.size()).substr(run.offset, run.size);
  }
  /// Forgets all text and keeps the memory.
  void clear() { text_.clear(); }
  /// Gives the memory back.
  void shrink() { std::vector<char>().swap(text_); }

 private:
  std::vector<char> text_;
};

/// Records one field line of a section in an arena.
struct FieldRecord {
  Run name;
  Run value;
  http::FieldId id = http::FieldId::unknown;
  std::uint64_t offset = 0;  ///< of the line in the connection's input
};

}  // namespace regauge::h1
