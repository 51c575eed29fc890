#include "regauge/wire/line_marks.h"

#include <bit>
#include <utility>

namespace regauge::wire {
namespace {

// Classifies the octets from `at` on, at most a block of them; bits behind the text are clear.
std::size_t load_masks(Bytes text, std::size_t at, const BlockScanner& scanner, BlockMasks& masks) {
  const std::size_t left = text.size() - at;
  if (left >= kBlockOctets) {
    scanner.scan(text.subspan(at).first<kBlockOctets>(), masks);
    return kBlockOctets;
  }
  if (text.size() >= kBlockOctets) {
    // The last block overlaps the one before it.
    const std::size_t known = kBlockOctets - left;
    scanner.scan(text.last<kBlockOctets>(), masks);
    masks.line_feed >>= known;
    masks.control >>= known;
    masks.separator >>= known;
    return left;
  }
  std::array<std::uint8_t, kBlockOctets> copy{};
  copy_bytes(copy, text.subspan(at));
  scanner.scan(copy, masks);
  const std::uint64_t inside = (std::uint64_t{1} << left) - 1;
  masks.line_feed &= inside;
  masks.control &= inside;
  masks.separator &= inside;
  return left;
}

std::uint32_t first_of(std::uint64_t mask) {
  // No mask is empty here, which the processor would have to be asked about.
  if (mask == 0) std::unreachable();
  return static_cast<std::uint32_t>(std::countr_zero(mask));
}

}  // namespace

std::size_t mark_lines(Bytes text, std::uint32_t place, LineStart& start, LineMarks& marks,
                       const BlockScanner& scanner) {
  LineStart line = start;
  std::uint32_t count = 0;
  std::size_t at = 0;
  bool more = true;
  while (more && at < text.size()) {
    BlockMasks masks;
    const std::uint32_t here = place + static_cast<std::uint32_t>(at);
    std::size_t taken = load_masks(text, at, scanner, masks);
    while (masks.line_feed != 0) {
      // LF is a separator and a control itself, so there is one of each.
      const std::uint32_t end = first_of(masks.line_feed);
      if (line.separator == kNowhere) line.separator = here + first_of(masks.separator);
      if (line.control == kNowhere) line.control = here + first_of(masks.control);
      marks.lines[count++] = {line.separator, line.control, here + end};
      const bool empty = line.control == line.begin && here + end - line.begin <= 1;
      line = {here + end + 1, kNowhere, kNowhere};
      more = !empty && count < LineMarks::kMax;
      if (!more) {
        taken = end + 1;
        break;
      }
      const std::uint64_t line_octets = masks.line_feed ^ (masks.line_feed - 1);
      masks.line_feed &= ~line_octets;
      masks.control &= ~line_octets;
      masks.separator &= ~line_octets;
    }
    at += taken;
    if (!more) break;
    if (line.separator == kNowhere && masks.separator != 0) {
      line.separator = here + first_of(masks.separator);
    }
    if (line.control == kNowhere && masks.control != 0) {
      line.control = here + first_of(masks.control);
    }
    // A line that filled a block is long: its value may be passed over by whole blocks.
    const bool in_value = line.separator != kNowhere && line.begin < here;
    if (in_value && text.size() - at >= kBlockOctets) at += scanner.skip_text(text.subspan(at));
  }
  start = line;
  marks.count = count;
  return at;
}

}  // namespace regauge::wire
