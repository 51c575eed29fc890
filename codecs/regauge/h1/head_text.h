// HeadText: the octets of one head, kept by the decoder so that input buffers may go at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "regauge/wire/bytes.h"
#include "regauge/wire/line_scan.h"

namespace regauge::h1 {

/// Views octets of a head as they were received and, at the same places, with small letters.
struct HeadHalves {
  wire::Bytes kept;
  wire::Bytes lower;
};

/// Stores the text of a head: its octets as they were received and, at the same places, with small
/// letters; and apart from them what had to be written anew. Views stay until `clear`: text that is
/// full stays where it is, and what follows goes to a larger block. Memory: blocks grow by doubling
/// up to 64 KiB, or are as large as one text needs: three octets for each of a target that has to
/// be escaped. The last ones are kept for the next message.
class HeadText {
 public:
  /// Makes room for `octets` received octets and a block of slack behind them. If they need a new
  /// block, the octets from `keep_from` on, the unfinished line, go with them.
  /// Output: how far places have moved down: 0 or `keep_from`.
  /// Cost:   one copy of the unfinished line, and then only once the block is full.
  [[nodiscard]] std::size_t make_room(std::size_t octets, std::size_t keep_from) {
    if (received_size_ + octets + wire::kBlockOctets <= kept_.size()) return 0;
    return begin_block(octets, keep_from);
  }
  /// Views the octets of the block from `place` on and the room behind them: as much as was asked
  /// for, and the slack.
  [[nodiscard]] wire::LineRoom room_from(std::size_t place) {
    return {kept_.subspan(place), lower_.subspan(place)};
  }
  /// Counts octets that were written behind the received ones as received.
  void receive(std::size_t octets) { received_size_ += octets; }
  /// Counts the received octets of the block.
  [[nodiscard]] std::size_t received_size() const { return received_size_; }
  /// Views the octets of the block as they were received, all of them and the slack.
  [[nodiscard]] wire::Bytes kept() const { return kept_; }
  /// Views them with small letters.
  [[nodiscard]] wire::Bytes lower() const { return lower_; }
  /// Views both from `place` on.
  [[nodiscard]] HeadHalves from(std::size_t place) const {
    return {kept().subspan(place), lower().subspan(place)};
  }
  /// Views received octets [begin, end) of the block.
  [[nodiscard]] std::string_view kept(std::size_t begin, std::size_t end) const {
    return wire::as_text(kept().first(end).subspan(begin));
  }
  /// Views received octets [begin, end) with small letters.
  [[nodiscard]] std::string_view lower(std::size_t begin, std::size_t end) const {
    return wire::as_text(lower().first(end).subspan(begin));
  }

  /// Returns how a received name was spelled that `lower` viewed; empty if it came from elsewhere.
  /// Cost: a step for each block.
  [[nodiscard]] std::string_view spelling_of(std::string_view name) const;

  /// Writes `text` anew. Cost: one copy.
  [[nodiscard]] std::string_view append(std::string_view text) { return extend({}, text); }
  /// Writes `text` anew with small letters.
  [[nodiscard]] std::string_view append_lower(std::string_view text);
  /// Makes `open` longer by `text`. Cost: one copy of `text`, and of `open` unless it was written
  /// last and there is room behind it.
  [[nodiscard]] std::string_view extend(std::string_view open, std::string_view text);
  /// Does the same with bare CRs read as SP (RFC 9110 §5.5).
  [[nodiscard]] std::string_view extend_without_cr(std::string_view open, std::string_view text);

  /// Views room for `octets` octets, which become text by `commit`. Lifetime: until that, or any
  /// other text is written.
  [[nodiscard]] wire::MutableBytes reserve(std::size_t octets) {
    return room_behind({}, octets).first(octets);
  }
  /// Makes the first `octets` octets of the room text.
  [[nodiscard]] std::string_view commit(std::size_t octets) {
    used_ += octets;
    return wire::as_text(wire::Bytes(written_).subspan(used_ - octets, octets));
  }

  /// Forgets all text and keeps the memory of the last blocks.
  void clear() {
    used_ = received_size_ = 0;
    if (!full_.empty()) full_.clear();
  }
  /// Gives the memory back.
  void shrink();

 private:
  std::size_t begin_block(std::size_t octets, std::size_t keep_from);
  wire::MutableBytes room_behind(std::string_view open, std::size_t octets);

  std::vector<std::uint8_t> received_;  // twice, in halves:
  wire::MutableBytes kept_;             // the octets as they were received
  wire::MutableBytes lower_;            // the same with small letters
  std::vector<std::uint8_t> written_;   // `used_` octets, and room
  std::vector<std::vector<std::uint8_t>> full_;
  std::size_t received_size_ = 0;
  std::size_t used_ = 0;
};

}  // namespace regauge::h1
