// What fuzz targets share: the check that ends a run, and cut points that depend on the input
// alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

namespace regauge::fuzz {

/// Ends the run when an oracle's claim is false; names the oracle and the claim.
inline void check(bool holds, std::string_view oracle, std::string_view claim) {
  if (holds) return;
  std::fprintf(stderr, "oracle %.*s: %.*s\n", static_cast<int>(oracle.size()), oracle.data(),
               static_cast<int>(claim.size()), claim.data());
  std::abort();
}

/// Returns FNV-1a of the input: the only source of variation, so that a corpus file is pure wire
/// octets and a run can be repeated.
inline std::uint64_t hash_of(std::span<const std::uint8_t> input) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::uint8_t octet : input) hash = (hash ^ octet) * 0x100000001b3U;
  return hash;
}

/// Cuts `input` into pieces whose sizes (1 to `longest` octets) follow from `seed`.
inline std::vector<std::span<const std::uint8_t>> cut(std::span<const std::uint8_t> input,
                                                      std::uint64_t seed, std::size_t longest) {
  std::vector<std::span<const std::uint8_t>> pieces;
  while (!input.empty()) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    const std::size_t size = 1 + static_cast<std::size_t>(seed >> 33U) % longest;
    pieces.push_back(input.first(size < input.size() ? size : input.size()));
    input = input.subspan(pieces.back().size());
  }
  return pieces;
}

}  // namespace regauge::fuzz
