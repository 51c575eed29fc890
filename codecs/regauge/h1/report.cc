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
  if (std::ranges::is_sorted(notes, {}, &http::RuleNote::offset)) return;
  // What stands in one place is told in one order, too.
  std::ranges::sort(notes, [](const http::RuleNote& left, const http::RuleNote& right) {
    return left.offset != right.offset ? left.offset < right.offset
                                       : left.rule->name < right.rule->name;
  });
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

void Report::clear() {
  set_.reset();
  notes_.clear();
  taken_ = 0;
  violation_.reset();
  close_ = false;
}

void Report::shrink() {
  RG_ASSERT(notes_.empty());
  wire::free_memory(notes_);
}

}  // namespace regauge::h1
