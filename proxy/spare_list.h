// SpareList: objects that are out of use, kept with their memory for the next who needs one.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "regauge/wire/free_memory.h"

namespace regauge::proxy {

/// Keeps at most `kept_max` objects: the memory of a peak goes back. On one thread.
template <typename Object>
class SpareList {
 public:
  explicit SpareList(std::size_t kept_max) : kept_max_(kept_max) {}
  /// Returns an object that was put back, or nullptr. Cost: constant.
  [[nodiscard]] std::unique_ptr<Object> take() {
    if (objects_.empty()) return nullptr;
    std::unique_ptr<Object> object = std::move(objects_.back());
    objects_.pop_back();
    return object;
  }
  /// Keeps an object that nobody uses any more, or frees it.
  void put(std::unique_ptr<Object> object) {
    if (objects_.size() < kept_max_) objects_.push_back(std::move(object));
  }
  /// Frees all of them.
  void clear() { wire::free_memory(objects_); }

 private:
  std::vector<std::unique_ptr<Object>> objects_;
  std::size_t kept_max_;
};

}  // namespace regauge::proxy
