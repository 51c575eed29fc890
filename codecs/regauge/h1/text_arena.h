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
#include "regauge/wire/free_memory.h"

namespace regauge::h1 {

/// Names a run of octets of an arena; stays valid while the arena grows.
struct Run {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

/// Stores the text of a head: the octets as they were received, one after the other, and apart from
/// them what had to be written anew. Memory: grows by doubling up to what the limits let in, and is
/// kept for the next message.
class TextArena {
 public:
  /// Octets behind the received ones that may be loaded and stored again as they are.
  static constexpr std::size_t kSlack = 64;

  /// Appends received octets. Cost: one copy.
  void receive(wire::Bytes octets) {
    const std::size_t needed = received_size_ + octets.size() + kSlack;
    if (received_.size() < needed) grow(received_, needed);
    wire::copy_bytes(wire::MutableBytes(received_).subspan(received_size_), octets);
    received_size_ += octets.size();
  }
  /// Counts the received octets.
  [[nodiscard]] std::uint32_t received_size() const {
    return static_cast<std::uint32_t>(received_size_);
  }
  /// Views the received octets and the slack behind them. Lifetime: until the next `receive`.
  [[nodiscard]] wire::MutableBytes received() {
    return wire::MutableBytes(received_).first(received_size_ + kSlack);
  }
  /// Views received octets [begin, end). Lifetime: as `received`.
  [[nodiscard]] std::string_view received(std::size_t begin, std::size_t end) const {
    return wire::as_text(wire::Bytes(received_).subspan(begin, end - begin));
  }

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
  /// Appends `text` with bare CRs read as SP (RFC 9110 §5.5).
  Run append_without_cr(std::string_view text) {
    const wire::MutableBytes to = room(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
      to[i] = static_cast<std::uint8_t>(text[i] == '\r' ? ' ' : text[i]);
    }
    return commit(text.size());
  }
  /// Cuts a run to `size` octets and makes it one that the next append makes longer.
  /// Cost: one copy unless it is the last one that was appended.
  void reopen(Run& run, std::size_t size) {
    if (run.offset < kAppended || run.offset - kAppended + run.size != used_) {
      // The text moves within the arena: room comes first.
      const wire::MutableBytes to = room(size);
      const std::string_view text = view({run.offset, static_cast<std::uint32_t>(size)});
      wire::copy_bytes(to, wire::as_bytes(text));
      run = commit(size);
      return;
    }
    run.size = static_cast<std::uint32_t>(size);
    used_ = run.offset - kAppended + size;
  }
  /// Views a run. Lifetime: until the next append, `receive` or clear.
  [[nodiscard]] std::string_view view(Run run) const {
    if (run.offset < kAppended) return received(run.offset, run.offset + run.size);
    return wire::as_text(wire::Bytes(text_).subspan(run.offset - kAppended, run.size));
  }
  /// Forgets all text and keeps the memory.
  void clear() { used_ = received_size_ = 0; }
  /// Gives the memory back.
  void shrink() {
    wire::free_memory(text_);
    wire::free_memory(received_);
    clear();
  }

 private:
  static constexpr std::size_t kFirstOctets = 512;
  // Offsets from here on are those of appended text; a head is far below.
  static constexpr std::uint32_t kAppended = 1U << 31U;

  static void grow(std::vector<std::uint8_t>& text, std::size_t octets) {
    text.resize(std::max({kFirstOctets, 2 * text.size(), octets}));
  }
  wire::MutableBytes room(std::size_t octets) {
    if (text_.size() - used_ < octets) grow(text_, used_ + octets);
    return wire::MutableBytes(text_).subspan(used_);
  }
  Run commit(std::size_t octets) {
    const Run run{kAppended + static_cast<std::uint32_t>(used_),
                  static_cast<std::uint32_t>(octets)};
    used_ += octets;
    return run;
  }

  // Both are as long as their memory; the text ends before that.
  std::vector<std::uint8_t> received_;
  std::vector<std::uint8_t> text_;
  std::size_t received_size_ = 0;
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
