// free_memory: frees the memory of a container.
#pragma once

namespace regauge::wire {

/// Empties `container` and frees its memory. `clear` keeps the memory, and so does the assignment
/// of `{}` to a vector or a string, which takes the braces for a list of no elements. Cost: that of
/// the destructor.
template <typename Container>
void free_memory(Container& container) {
  Container().swap(container);
}

}  // namespace regauge::wire
