#include "regauge/h1/report.h"

#include <algorithm>
#include <span>

#include "regauge/wire/assert.h"
#include "regauge/wire/free_memory.h"

namespace regauge::h1 {

bool Report::note(Deviation deviation, std::uint64_t offset) {
  const Action action = policy_.action(deviation);
  if (action == Action::reject) return refuse(deviation, offset);
  if (violation_) return false;
  remark(deviation, offset);
  if (action == Action::accept_and_close) close_ = true;
  return true;
}

void Report::remark(Deviation deviation, std::uint64_t offset) {
  set_.set(static_cast<std::size_t>(deviation));
  if (notes_.capacity() == 0) notes_.reserve(kNotesMax);
  if (notes_.size() < kNotesMax) notes_.push_back({&catalogue_row(deviation).rule, offset});
}

void Report::order_notes() {
  const std::span<http::RuleNote> notes = std::span(notes_).subspan(taken_);
  // Few stand out of order: each is put behind the last one that may stand before it.
  for (auto next = notes.begin() + 1; next < notes.end(); ++next) {
    if (next[-1].offset <= next->offset) continue;
    const auto place = std::upper_bound(
        notes.begin(), next, next->offset,
        [](std::uint64_t offset, const http::RuleNote& note) { return offset < note.offset; });
    std::rotate(place, next, next + 1);
  }
}

bool Report::refuse(Deviation deviation, std::uint64_t offset) {
  if (violation_ && violation_->offset <= offset) return false;
  const CatalogueRow& row = catalogue_row(deviation);
  const bool request = policy_.side() == Side::request;
  violation_ = Violation{deviation, offset, request ? row.status : std::uint16_t{502}};
  set_.set(static_cast<std::size_t>(deviation));
  close_ = true;
  return false;
}

void Report::shrink() {
  RG_ASSERT(notes_.empty());
  wire::free_memory(notes_);
}

}  // namespace regauge::h1
