// The replaced allocation functions stand in a file of their own: a compiler that sees one of the
// pair inlined and not the other takes it for a mismatch.
#include "tests/translate/allocation_support.h"

#include <cstdlib>
#include <new>

namespace {

std::size_t count = 0;

}  // namespace

std::size_t regauge::tests::allocation_count() { return count; }

void* operator new(std::size_t octets) {
  ++count;
  void* memory = std::malloc(octets == 0 ? 1 : octets);
  if (memory == nullptr) std::abort();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*octets*/) noexcept { std::free(memory); }
