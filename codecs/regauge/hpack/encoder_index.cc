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
  Word word = 0;
  __builtin_memcpy(&word, octets.subspan(at, sizeof(Word)).data(), sizeof(Word));
  return word;
}

// The top bits of the tag number the set, so that a wider index needs no hash anew.
std::size_t set_of(std::uint32_t tag, std::size_t ways) {
  const std::size_t sets = ways / EncoderIndex::kWays;
  return (std::uint64_t{tag} * sets >> 32U) * EncoderIndex::kWays;
}

}  // namespace

std::uint64_t keyed_hash(HashKey key, std::uint64_t seed, wire::Bytes octets) {
  const std::size_t size = octets.size();
  std::uint64_t state = fold(seed ^ key.first, key.second ^ size);
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8) {
      state = fold(state ^ load<std::uint64_t>(octets, at), key.second);
    }
    // The last 8 octets may overlap the ones before; the size tells such inputs apart.
    return fold(state ^ load<std::uint64_t>(octets, size - 8), key.second);
  }
  std::uint64_t last = 0;
  if (size >= 4) {
    last = load<std::uint32_t>(octets, 0) << 32U | load<std::uint32_t>(octets, size - 4);
  } else if (size > 0) {
    last =
        std::uint64_t{octets[0]} << 16U | std::uint64_t{octets[size / 2]} << 8U | octets[size - 1];
  }
  return fold(state ^ last, key.second);
}

EncoderIndex::Found EncoderIndex::find(std::uint64_t hash, Sequence next, std::uint32_t live,
                                       wire::Work& work) const {
  Found found;
  if (ways_.empty()) return found;
  const auto tag = static_cast<std::uint32_t>(hash);
  work.probes += kWays;
  for (const Way& way : std::span(ways_).subspan(set_of(tag, ways_.size()), kWays)) {
    if (way.tag == tag && next - 1 - way.sequence < live) {
      found.sequences[found.count++] = way.sequence;
    }
  }
  return found;
}

void EncoderIndex::insert(std::uint64_t hash, Sequence sequence) {
  const auto tag = static_cast<std::uint32_t>(hash);
  const std::span<Way> set = std::span(ways_).subspan(set_of(tag, ways_.size()), kWays);
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
  std::vector<Way> wide(ways, Way{0, next - (std::uint32_t{1} << 31U)});
  // The ways of one set part into sets of their own, so each keeps its place within the set.
  for (std::size_t i = 0; i < ways_.size(); ++i) {
    if (next - 1 - ways_[i].sequence >= live) continue;
    wide[set_of(ways_[i].tag, ways) + i % kWays] = ways_[i];
  }
  ways_.swap(wide);
}

}  // namespace regauge::hpack
