#include "regauge/h1/line_cutter.h"

#include <algorithm>

#include "regauge/wire/free_memory.h"

namespace regauge::h1 {

void LineCutter::shrink() {
  if (pending() == 0) {
    wire::free_memory(partial_);
    taken_ = true;
  }
}

std::optional<Line> LineCutter::join(wire::Slice& input, std::size_t line_bytes_max,
                                     wire::Work& work) {
  if (taken_) partial_.clear();
  const std::string_view text = wire::as_text(input.bytes());
  // A longer line needs no search to its end: it is refused wherever that is.
  const std::size_t reach = std::min(text.size(), line_bytes_max + 1 - partial_.size());
  const std::size_t lf = text.substr(0, reach).find('\n');
  const std::size_t size = lf == std::string_view::npos ? reach : lf + 1;
  work.steps += size;
  input.drop_front(size);
  partial_.insert(partial_.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
  work.copies += size;
  taken_ = lf != std::string_view::npos;
  if (taken_) return without_end({partial_.data(), partial_.size()});
  too_long_ = partial_.size() > line_bytes_max;
  return std::nullopt;
}

}  // namespace regauge::h1
