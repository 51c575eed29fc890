#include "regauge/wire/line_scan.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace regauge::wire {
namespace {

// With so many lines, there is room for those of one more block.
constexpr std::uint32_t kCountMax = LineBatch::kMax - kBlockOctets;

std::uint32_t first_of(std::uint64_t mask) {
  // No mask is empty here, which the processor would have to be asked about.
  if (mask == 0) std::unreachable();
  return static_cast<std::uint32_t>(std::countr_zero(mask));
}

void clear(BlockMasks& masks, std::uint64_t bits) {
  masks.line_feed &= ~bits;
  masks.separator &= ~bits;
  masks.odd &= ~bits;
}

// What stands before the octet behind the first `octets` of a block.
BeforeBlock before_next(const BlockMasks& masks, std::size_t octets) {
  return {masks.carriage_return >> (octets - 1) & 1U, masks.line_feed >> (octets - 1) & 1U};
}

// Marks the lines that end with `line_feeds`, which are not empty, and drops their octets from
// `separators`. Returns how many lines there are then.
[[gnu::always_inline]] inline std::uint32_t mark_lines(LineBatch& batch, std::uint32_t count,
                                                       std::uint32_t here, std::uint64_t line_feeds,
                                                       std::uint64_t& separators) {
  do {
    // A LF is a separator itself, so there is one.
    batch.lines[count++] = {here + first_of(separators), here + first_of(line_feeds)};
    separators &= ~(line_feeds ^ (line_feeds - 1));
    line_feeds &= line_feeds - 1;
  } while (line_feeds != 0);
  return count;
}

}  // namespace

// Marks the lines of blocks that have nothing odd, up to the first that has.
[[gnu::always_inline]] inline void LineScan::mark_clean_blocks(LineBatch& batch) {
  if (line_.odd) return;
  std::uint32_t count = batch.count;
  std::uint32_t separator = line_.separator;
  std::uint32_t begin = line_.begin;
  std::uint32_t here = here_;
  std::size_t next = next_;
  for (; next < blocks_ && count <= kCountMax && masks_[next].odd == 0; ++next) {
    const std::uint64_t line_feeds = masks_[next].line_feed;
    std::uint64_t separators = masks_[next].separator;
    if (line_feeds != 0) {
      LineMark& first = batch.lines[count];
      count = mark_lines(batch, count, here, line_feeds, separators);
      if (separator != kNowhere) first.separator = separator;
      separator = kNowhere;
      begin = batch.lines[count - 1].line_feed + 1;
    }
    if (separator == kNowhere && separators != 0) separator = here + first_of(separators);
    here += kBlockOctets;
  }
  batch.count = count;
  line_.separator = separator;
  line_.begin = begin;
  here_ = here;
  next_ = next;
}

// Marks the lines of a block up to the first one that is odd. Returns false if that ends in this
// block.
[[gnu::always_inline]] inline bool LineScan::mark_odd_block(LineBatch& batch) {
  BlockMasks& masks = masks_[next_];
  const std::uint64_t odd = masks.odd | (line_.odd ? 1U : 0U);
  const std::uint64_t below_odd = (odd & (0 - odd)) - 1;
  if ((masks.line_feed & below_odd) != 0) {
    LineMark& first = batch.lines[batch.count];
    batch.count =
        mark_lines(batch, batch.count, here_, masks.line_feed & below_odd, masks.separator);
    if (line_.separator != kNowhere) first.separator = line_.separator;
    line_ = {batch.lines[batch.count - 1].line_feed + 1};
    masks.line_feed &= ~below_odd;
  }
  if (line_.separator == kNowhere && masks.separator != 0) {
    line_.separator = here_ + first_of(masks.separator);
  }
  if (masks.line_feed == 0) {
    line_.odd = odd != 0;
    here_ += kBlockOctets;
    ++next_;
    return true;
  }
  const LineMark mark{line_.separator, here_ + first_of(masks.line_feed)};
  batch.lines[batch.count++] = mark;
  batch.odd_last = true;
  clear(masks, masks.line_feed ^ (masks.line_feed - 1));
  line_ = {mark.line_feed + 1};
  return false;
}

// Classifies the next blocks. Returns false at the end of the text.
[[gnu::always_inline]] inline bool LineScan::scan_more() {
  // The value of a line may be passed over by whole blocks.
  if (line_.separator != kNowhere && line_.begin + kBlockOctets <= here_ &&
      before_.carriage_return == 0) {
    const std::size_t passed = scanner_.copy_text(text_.subspan(at_), room_.kept.subspan(at_));
    at_ += passed;
    here_ += static_cast<std::uint32_t>(passed);
  }
  const std::size_t octets = std::min(text_.size() - at_, ahead_ * kBlockOctets);
  if (octets == 0) {
    line_.after_cr = before_.carriage_return != 0;
    return false;
  }
  next_ = 0;
  blocks_ = (octets + kBlockOctets - 1) / kBlockOctets;
  BlockMasks& last = masks_[blocks_ - 1];
  if (text_.size() >= kBlockOctets) {
    // The last block overlaps the one before it, which may be one that is done with.
    const std::size_t known = blocks_ * kBlockOctets - octets;
    const std::size_t from = blocks_ == 1 ? at_ - known : at_;
    scanner_.scan({text_.subspan(from, at_ + octets - from), room_.kept.subspan(from),
                   room_.lower.subspan(from), masks_, before_});
    before_ = before_next(last, kBlockOctets);
    last.line_feed >>= known;
    last.separator >>= known;
    last.odd >>= known;
  } else {
    // The room has a whole block.
    if (text_.data() != room_.kept.data()) copy_bytes(room_.kept, text_);
    scanner_.scan({room_.kept.first<kBlockOctets>(), room_.kept, room_.lower, masks_, before_});
    before_ = before_next(last, octets);
    clear(last, ~std::uint64_t{0} << octets);
  }
  at_ += octets;
  ahead_ = std::clamp<std::size_t>(at_ / kBlockOctets, ahead_, kBlocks);
  return true;
}

bool LineScan::next(LineBatch& batch) {
  batch.begin = line_.begin;
  batch.count = 0;
  batch.odd_last = false;
  do {
    while (next_ < blocks_) {
      mark_clean_blocks(batch);
      if (next_ == blocks_) break;
      if (batch.count > kCountMax || !mark_odd_block(batch)) return true;
    }
  } while (scan_more());
  return false;
}

}  // namespace regauge::wire
