// Hands the frame mutator to libFuzzer; linked into the targets whose input is frames.
#include <algorithm>
#include <cstdint>
#include <span>

#include "fuzz/frame_mutator.h"

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
  return give_back(regauge::fuzz::mutate_frames({data, size}, size_max, seed, mutate), data);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* left, std::size_t left_size,
                                                 const std::uint8_t* right, std::size_t right_size,
                                                 std::uint8_t* out, std::size_t out_max,
                                                 unsigned seed) {
  return give_back(
      regauge::fuzz::cross_frames({left, left_size}, {right, right_size}, out_max, seed), out);
}
