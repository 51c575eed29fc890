// The replaced allocation functions stand in a file of their own: a compiler that sees one of the
// pair inlined and not the other takes it for a mismatch.
#include "tests/allocations/allocations.h"

#include <cstdlib>
#include <new>

#include <malloc.h>

namespace {

std::size_t count = 0;
std::size_t octets_now = 0;

void release(void* memory) {
  octets_now -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

std::size_t regauge::tests::allocation_count() { return count; }
std::size_t regauge::tests::allocated_octets() { return octets_now; }

void* operator new(std::size_t octets) {
  ++count;
  void* memory = std::malloc(octets == 0 ? 1 : octets);
  if (memory == nullptr) std::abort();
  octets_now += malloc_usable_size(memory);
  return memory;
}

void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t /*octets*/) noexcept { release(memory); }
