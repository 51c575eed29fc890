#include "regauge/wire/line_scan.h"

#include <algorithm>

namespace regauge::wire {
namespace {

// Finds the first bit that is set in [from, end) of the words that `word_at` gives; `end` if there
// is none.
template <typename WordAt>
std::size_t first_bit(WordAt word_at, std::size_t from, std::size_t end) {
  std::uint64_t mask = ~std::uint64_t{0} << from % kBlockOctets;
  for (std::size_t at = from / kBlockOctets; at * kBlockOctets < end; ++at) {
    const std::uint64_t word = word_at(at) & mask;
    mask = ~std::uint64_t{0};
    if (word == 0) continue;
    return std::min(end, at * kBlockOctets + static_cast<unsigned>(std::countr_zero(word)));
  }
  return end;
}

}  // namespace

std::size_t LineScan::first_separator(std::size_t from, std::size_t end) const {
  const auto word_at = [this](std::size_t block) {
    return load_octets(Bytes(marks_.separator).subspan(block * sizeof(std::uint64_t)));
  };
  return first_bit(word_at, from, end);
}

std::size_t LineScan::first_odd(std::size_t from, std::size_t end) const {
  return first_bit([this](std::size_t block) { return marks_.odd[block]; }, from, end);
}

bool LineScan::next(LineMark& line) {
  const std::size_t feed = marks_.line_feeds[next_];
  if (feed == BlockMarks::kNone) {
    pass_rest();
    return false;
  }
  const std::size_t from = std::max(line_.begin, first_) - first_;
  pass_odd(from);
  line = {line_.begin, line_.separator, first_ + feed, LineKind::odd};
  if (line.separator == kNowhere) {
    const std::uint64_t separators = separators_from(from);
    const std::size_t separator =
        separators != 0 ? from + first_of(separators) : first_separator(from, feed);
    line.separator = first_ + separator;
  }
  // Without what is known to be odd, nothing has to be looked for.
  const std::size_t odd = odd_ > feed ? feed + 1 : first_odd(from, feed + 1);
  if (!line_.odd && odd >= feed) line.kind = odd > feed ? LineKind::clean : LineKind::bare_lf;
  ++next_;
  line_ = {first_ + feed + 1};
  pass_odd(feed + 1);
  return true;
}

// Finds what is odd from `from` on.
void LineScan::pass_odd(std::size_t from) {
  if (odd_ >= from) return;
  const std::size_t end = classified();
  odd_ = first_odd(from, end);
  if (odd_ == end) odd_ = BlockMarks::kNone;
}

// What is left of the blocks belongs to a line that goes on.
void LineScan::pass_rest() {
  const std::size_t from = std::max(line_.begin, first_) - first_;
  const std::size_t end = classified();
  const std::size_t separator = first_separator(from, end);
  if (line_.separator == kNowhere && separator < end) line_.separator = first_ + separator;
  pass_odd(from);
  line_.odd |= odd_ != BlockMarks::kNone;
}

bool LineScan::read_more() {
  // The value of a line may be passed over by whole blocks.
  if (line_.separator != kNowhere && line_.begin + kBlockOctets <= place_ + at_ &&
      before_.carriage_return == 0) {
    at_ += scanner_.copy_text(text_.subspan(at_), room_.kept.subspan(at_));
  }
  const std::size_t octets = std::min(text_.size() - at_, ahead_ * kBlockOctets);
  if (octets == 0) return false;
  first_ = place_ + at_;
  if (text_.size() >= kBlockOctets) {
    // The last block overlaps the one before it, which may be one that is done with.
    const std::size_t known = (0 - octets) % kBlockOctets;
    const std::size_t from = octets < kBlockOctets ? at_ - known : at_;
    before_ = scanner_.scan({text_.first(at_ + octets).subspan(from), room_.kept.subspan(from),
                             room_.lower.subspan(from), known, before_},
                            marks_);
    at_ += octets;
  } else {
    scan_short();
  }
  begin_ = line_.begin;
  next_ = 0;
  odd_ = marks_.first_odd;
  ahead_ = std::max(ahead_, std::min(at_ / kBlockOctets, kBlocksGrown));
  return true;
}

// Classifies a text that is shorter than a block, but the room for it is not.
void LineScan::scan_short() {
  if (text_.data() != room_.kept.data()) copy_bytes(room_.kept, text_);
  (void)scanner_.scan({room_.kept.first<kBlockOctets>(), room_.kept, room_.lower, 0, before_},
                      marks_);
  at_ = text_.size();
  if (marks_.first_odd >= at_) marks_.first_odd = BlockMarks::kNone;
  const std::uint64_t mine = ~(~std::uint64_t{0} << at_);
  store_octets(marks_.separator, load_octets(marks_.separator) & mine);
  marks_.odd[0] &= mine;
  while (marks_.lines > 0 && marks_.line_feeds[marks_.lines - 1] >= at_) --marks_.lines;
  marks_.line_feeds[marks_.lines] = BlockMarks::kNone;
  before_ = {text_.back() == '\r' ? 1U : 0U, text_.back() == '\n' ? 1U : 0U};
}

}  // namespace regauge::wire
