// Hands a mutator to libFuzzer.
#include "fuzz/mutator_hook.h"

#include <algorithm>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace {

std::size_t give_back(const std::vector<std::uint8_t>& octets, std::uint8_t* data) {
  std::ranges::copy(octets, data);
  return octets.size();
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned seed) {
  const auto mutate = [](std::span<std::uint8_t> octets, std::size_t used) {
    if (octets.empty()) return std::size_t{0};
    return LLVMFuzzerMutate(octets.data(), used, octets.size());
  };
  return give_back(regauge::fuzz::mutate_input({data, size}, size_max, seed, mutate), data);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* left, std::size_t left_size,
                                                 const std::uint8_t* right, std::size_t right_size,
                                                 std::uint8_t* out, std::size_t out_max,
                                                 unsigned seed) {
  return give_back(
      regauge::fuzz::cross_inputs({left, left_size}, {right, right_size}, out_max, seed), out);
}
