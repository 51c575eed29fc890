#include "regauge/h1/deviation.h"

#include <utility>

#include "regauge/h1/catalogue_content.h"
#include "regauge/h1/catalogue_head.h"

namespace regauge::h1 {
namespace {

static_assert(kHeadRows.size() + kContentRows.size() == kDeviationCount);

consteval bool rows_stand_at_their_enumerators() {
  std::size_t at = 0;
  for (const CatalogueRow& row : kHeadRows) {
    if (std::to_underlying(row.deviation) != at++) return false;
  }
  for (const CatalogueRow& row : kContentRows) {
    if (std::to_underlying(row.deviation) != at++) return false;
  }
  return true;
}
static_assert(rows_stand_at_their_enumerators());

}  // namespace

const CatalogueRow& catalogue_row(Deviation deviation) {
  const std::size_t at = std::to_underlying(deviation);
  return at < kHeadRows.size() ? kHeadRows[at] : kContentRows[at - kHeadRows.size()];
}

const PresetActions& preset_actions(Deviation deviation, Side side) {
  const CatalogueRow& row = catalogue_row(deviation);
  return side == Side::request ? row.request : row.response;
}

}  // namespace regauge::h1
