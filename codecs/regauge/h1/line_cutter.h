// LineCutter: finds lines in input that comes in any pieces; no octet is searched twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "regauge/wire/bytes.h"
#include "regauge/wire/slab.h"
#include "regauge/wire/work.h"

namespace regauge::h1 {

/// Tells how a line ended.
enum class LineEnd : std::uint8_t { crlf, lf };

/// Views one line without its end. Lifetime: until the next call of the cutter, and while the input
/// slice lives.
struct Line {
  std::string_view text;
  LineEnd end = LineEnd::crlf;
};

/// Cuts lines off the front of input slices. A line that straddles slices is put together in a
/// buffer of the cutter; a line within one slice is viewed in place.
class LineCutter {
 public:
  /// Takes the next line off `input`. Returns nullopt when input ran out first (its octets are
  /// kept) or the line is longer than `line_bytes_max` octets (`too_long` then).
  /// Cost: one search and at most one copy an octet.
  [[nodiscard]] std::optional<Line> cut(wire::Slice& input, std::size_t line_bytes_max,
                                        wire::Work& work) {
    if (taken_ && !input.empty()) {
      // Nearly every line lies in one slice; what does not is put together out of line.
      const std::string_view text = wire::as_text(input.bytes());
      const std::size_t lf = text.substr(0, line_bytes_max + 1).find('\n');
      if (lf != std::string_view::npos) {
        work.steps += lf + 1;
        input.drop_front(lf + 1);
        return without_end(text.substr(0, lf + 1));
      }
    }
    return join(input, line_bytes_max, work);
  }
  /// Octets of an unfinished line that are kept.
  [[nodiscard]] std::size_t pending() const { return taken_ ? 0 : partial_.size(); }
  [[nodiscard]] bool too_long() const { return too_long_; }
  /// Gives the memory back when nothing is kept.
  void shrink();

 private:
  std::optional<Line> join(wire::Slice& input, std::size_t line_bytes_max, wire::Work& work);
  [[nodiscard]] static Line without_end(std::string_view line) {
    line.remove_suffix(1);
    if (!line.ends_with('\r')) return {line, LineEnd::lf};
    line.remove_suffix(1);
    return {line, LineEnd::crlf};
  }

  std::vector<char> partial_;
  bool taken_ = true;  // the partial line was handed out: drop it with the next call
  bool too_long_ = false;
};

}  // namespace regauge::h1
