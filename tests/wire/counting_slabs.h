// A source of slabs that counts what comes back to it.
#pragma once

#include "regauge/wire/slab.h"

namespace regauge::wire {

/// Frees slabs and counts them.
class CountingSlabs final : public SlabSource {
 public:
  void recycle(Slab& slab) override {
    ++recycled;
    free_slab(slab);
  }
  int recycled = 0;
};

}  // namespace regauge::wire
