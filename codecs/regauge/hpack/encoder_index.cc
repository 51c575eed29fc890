#include "regauge/hpack/encoder_index.h"

#include <bit>
#include <span>

#include "regauge/wire/assert.h"

namespace regauge::hpack {
namespace {

__extension__ using Product = unsigned __int128;

// Multiplies and folds the halves: each bit of both factors reaches the result.
std::uint64_t fold(std::uint64_t left, std::uint64_t right) {
  const Product product = Product{left} * right;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

template <typename Word>
std::uint64_t load(wire::Bytes octets, std::size_t at) {
  return wire::load_word<Word>(octets.subspan(at));
}

}  // namespace

std::uint64_t keyed_hash(HashKey key, std::uint64_t seed, wire::Bytes octets) {
  const std::size_t size = octets.size();
  const std::uint64_t state = seed ^ key.first;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (size > 16) {
    std::uint64_t rest = state;
    for (std::size_t at = 0; at + 16 < size; at += 16) {
      rest = fold(load<std::uint64_t>(octets, at) ^ rest,
                  load<std::uint64_t>(octets, at + 8) ^ key.second);
    }
    // The last 16 octets may overlap the ones before; the size tells such inputs apart.
    return fold(load<std::uint64_t>(octets, size - 16) ^ rest ^ size,
                load<std::uint64_t>(octets, size - 8) ^ key.second);
  }
  if (size >= 8) {
    low = load<std::uint64_t>(octets, 0);
    high = load<std::uint64_t>(octets, size - 8);
  } else if (size >= 4) {
    low = load<std::uint32_t>(octets, 0);
    high = load<std::uint32_t>(octets, size - 4);
  } else if (size > 0) {
    low =
        std::uint64_t{octets[0]} << 16U | std::uint64_t{octets[size / 2]} << 8U | octets[size - 1];
  }
  return fold(low ^ state ^ size, high ^ key.second);
}

void EncoderIndex::insert(std::uint64_t hash, Sequence sequence) {
  const auto tag = static_cast<std::uint32_t>(hash);
  const std::span<Way> set = std::span(ways_).subspan(first_way(tag), kWays);
  Way* oldest = &set[0];
  for (Way& way : set) {
    if (sequence - way.sequence > sequence - oldest->sequence) oldest = &way;
  }
  *oldest = {tag, sequence};
}

void EncoderIndex::grow(std::size_t ways, Sequence next, std::uint32_t live) {
  RG_ASSERT(std::has_single_bit(ways));
  RG_ASSERT(ways >= kWays);
  RG_ASSERT(ways >= ways_.size());
  // An unused way looks like an entry that left the table half the number space ago.
  std::vector<Way> narrow(ways, Way{0, next - (std::uint32_t{1} << 31U)});
  narrow.swap(ways_);
  // The ways of one set part into sets of their own, so each keeps its place within the set.
  for (std::size_t i = 0; i < narrow.size(); ++i) {
    if (next - 1 - narrow[i].sequence >= live) continue;
    ways_[first_way(narrow[i].tag) + i % kWays] = narrow[i];
  }
}

}  // namespace regauge::hpack
