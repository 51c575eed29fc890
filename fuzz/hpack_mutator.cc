#include "fuzz/hpack_mutator.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz/hpack_block.h"

namespace regauge::fuzz {
namespace {

using Octets = std::vector<std::uint8_t>;
using Ops = std::vector<FieldOp>;

constexpr std::size_t kOpsMax = 400;
constexpr std::size_t kTextMax = 5000;

// Indexes around the ends of both tables and of the prefixes.
constexpr std::array<std::uint32_t, 20> kIndexes{0,   1,   2,   4,    14,         15,        16,
                                                 31,  61,  62,  63,   64,         65,        126,
                                                 127, 128, 190, 1000, 0x7fffffff, 0xffffffff};
constexpr std::array<std::uint32_t, 12> kSizes{0,  1,    30,   31,    32,    33,
                                               64, 4095, 4096, 65535, 65536, 0xffffffff};
constexpr std::array<FieldForm, 4> kForms{FieldForm::indexed, FieldForm::with_indexing,
                                          FieldForm::without_indexing, FieldForm::never};
constexpr std::array<std::string_view, 16> kNames{
    "a",        "x-y",  ":path",         ":authority", ":method", "cookie",  "content-length",
    "te",       "",     "authorization", "host",       ":status", "trailer", "connection",
    "priority", "Upper"};
constexpr std::array<std::string_view, 12> kValues{"",         "1",      "a.test", "/",
                                                   "trailers", "u=1, i", "200",    "CONNECT",
                                                   "\xff\xfe", "\r\n",   " edge ", "0"};

std::string some_text(Dice& dice, std::string_view usual) {
  if (dice.one_in(8)) return std::string(dice.below(dice.one_in(6) ? kTextMax : 70), 'l');
  return std::string(usual);
}

FieldOp new_op(Dice& dice) {
  FieldOp op{.form = dice.one_of(kForms), .index = {}};
  if (dice.one_in(10)) return {.form = FieldForm::size_update, .index = {dice.one_of(kSizes)}};
  // Usually an entry that is there: of the static table, or among the newest.
  op.index.value = static_cast<std::uint32_t>(1 + dice.below(66));
  if (dice.one_in(4)) op.index.value = dice.one_of(kIndexes);
  if (!op.literal()) return op;
  if (dice.one_in(2)) op.index.value = 0;
  op.name = {some_text(dice, dice.one_of(kNames)), dice.one_in(2)};
  op.value = {some_text(dice, dice.one_of(kValues)), dice.one_in(2)};
  return op;
}

void mutate_text(WireString& string, const OctetMutator& mutate_octets) {
  Octets room(string.octets.begin(), string.octets.end());
  room.resize(std::min(kTextMax, string.octets.size() + 64));
  const std::size_t size = mutate_octets(room, std::min(string.octets.size(), room.size()));
  room.resize(std::min(size, room.size()));
  string.octets.assign(room.begin(), room.end());
}

// Writes a string otherwise: lawfully in the first cases, then as no string may be.
void change_string(WireString& string, Dice& dice, const OctetMutator& mutate_octets) {
  static constexpr std::array<std::string_view, 4> kTails{"\xff", "\x3f\xff\xff\xff", "\xfe",
                                                          std::string_view("\0", 1)};
  switch (dice.below(9)) {
    case 0:
    case 1: string.huffman = !string.huffman; return;
    case 2: string.zero_groups = static_cast<std::uint8_t>(dice.below(6)); return;
    case 3: string.octets = some_text(dice, dice.one_of(kValues)); return;
    case 4: string.tail = dice.one_of(kTails); return;
    case 5: string.length_error = dice.one_in(2) ? 1 : dice.one_of(kSizes); return;
    case 6:
      string.octets.push_back(static_cast<char>(dice.below(256)));
      string.octets.append(dice.below(40), string.octets.back());
      return;
    default: mutate_text(string, mutate_octets); return;
  }
}

void change_op(Ops& ops, Dice& dice, const OctetMutator& mutate_octets) {
  const std::size_t at = dice.below(ops.size());
  FieldOp& op = ops[at];
  const auto place = ops.begin() + static_cast<long>(at);
  switch (dice.below(10)) {
    case 0: ops.erase(place); return;
    case 1: ops.insert(place, dice.one_in(8) ? dice.below(60) : 1, FieldOp(op)); return;
    case 2: std::swap(op, ops[dice.below(ops.size())]); return;
    case 3: op.form = dice.one_of(kForms); return;
    case 4: op.index.value = dice.one_of(kIndexes); return;
    case 5: op.index.value += dice.one_in(2) ? 1U : ~0U; return;
    case 6: op.index.zero_groups = static_cast<std::uint8_t>(dice.below(6)); return;
    default: break;
  }
  if (!op.rest.empty()) {
    op.rest.resize(dice.below(op.rest.size() + 1));
    return;
  }
  if (!op.literal()) {
    op.index.value = op.form == FieldForm::size_update
                         ? dice.one_of(kSizes)
                         : static_cast<std::uint32_t>(dice.below(130));
    return;
  }
  change_string(op.index.value == 0 && dice.one_in(3) ? op.name : op.value, dice, mutate_octets);
}

Octets joined(const Ops& ops, std::size_t octets_max) {
  Octets block;
  for (const FieldOp& op : ops) {
    const std::size_t before = block.size();
    append_field_op(block, op);
    if (block.size() <= octets_max) continue;
    block.resize(before);
    break;
  }
  return block;
}

// One item of a sequence: a block, or a limit of the table.
struct Item {
  bool limit = false;
  std::uint32_t number = 0;  // of a limit; otherwise how much more the length says than there is
  Octets block{};
};

std::vector<Item> items_of(std::span<const std::uint8_t> input) {
  std::vector<Item> items;
  while (input.size() >= 2) {
    const std::uint32_t head = std::uint32_t{input[0]} << 8U | input[1];
    input = input.subspan(2);
    if ((head & 0x8000U) != 0) {
      items.push_back({.limit = true, .number = head & 0x7fffU});
      continue;
    }
    const auto block = input.first(std::min<std::size_t>(head, input.size()));
    items.push_back({.limit = false,
                     .number = head - static_cast<std::uint32_t>(block.size()),
                     .block = Octets(block.begin(), block.end())});
    input = input.subspan(block.size());
  }
  return items;
}

Octets joined(const std::vector<Item>& items, std::size_t octets_max) {
  Octets octets;
  for (const Item& item : items) {
    const std::size_t size = std::min<std::size_t>(item.block.size() + item.number, 0x7fff);
    const std::size_t head = item.limit ? item.number | 0x8000U : size;
    if (octets.size() + 2 + item.block.size() > octets_max || item.block.size() > 0x7fff) break;
    octets.push_back(static_cast<std::uint8_t>(head >> 8U));
    octets.push_back(static_cast<std::uint8_t>(head));
    octets.insert(octets.end(), item.block.begin(), item.block.end());
  }
  return octets;
}

// Returns a limit of the table in units of four octets.
std::uint32_t some_limit(Dice& dice) {
  return (dice.one_of(kSizes) / 4 + static_cast<std::uint32_t>(dice.below(2))) & 0x7fffU;
}

Item new_item(Dice& dice, const OctetMutator& mutate_octets) {
  if (dice.one_in(3)) {
    return {.limit = true, .number = some_limit(dice)};
  }
  return {.limit = false, .number = 0, .block = mutate_block({}, kTextMax, dice, mutate_octets)};
}

}  // namespace

Octets mutate_block(std::span<const std::uint8_t> block, std::size_t octets_max, Dice& dice,
                    const OctetMutator& mutate_octets) {
  Ops ops = field_ops_of(block);
  if (ops.size() > kOpsMax) ops.resize(kOpsMax);
  for (std::size_t times = 1 + dice.below(4); times > 0; --times) {
    if (ops.empty() || dice.one_in(3)) {
      const bool first = dice.one_in(6);
      const std::size_t at = first ? 0 : dice.one_in(2) ? ops.size() : dice.below(ops.size() + 1);
      ops.insert(ops.begin() + static_cast<long>(at), new_op(dice));
    } else {
      change_op(ops, dice, mutate_octets);
    }
  }
  return joined(ops, octets_max);
}

Octets cross_blocks(std::span<const std::uint8_t> left, std::span<const std::uint8_t> right,
                    std::size_t octets_max, Dice& dice) {
  Ops ops = field_ops_of(left);
  Ops tail = field_ops_of(right);
  if (!ops.empty()) ops.resize(1 + dice.below(ops.size()));
  const std::size_t skip = tail.empty() ? 0 : dice.below(tail.size());
  tail.erase(tail.begin(), tail.begin() + static_cast<long>(skip));
  std::ranges::move(tail, std::back_inserter(ops));
  return joined(ops, octets_max);
}

Octets mutate_blocks(std::span<const std::uint8_t> input, std::size_t octets_max,
                     std::uint32_t seed, const OctetMutator& mutate_octets) {
  Dice dice(seed);
  if (dice.one_in(8)) {
    Octets octets(input.begin(), input.end());
    octets.resize(octets_max);
    octets.resize(std::min(octets_max, mutate_octets(octets, std::min(input.size(), octets_max))));
    return octets;
  }
  std::vector<Item> items = items_of(input);
  const std::size_t at = dice.below(items.size() + 1);
  const auto place = items.begin() + static_cast<long>(at);
  if (at == items.size() || dice.one_in(4)) {
    items.insert(place, new_item(dice, mutate_octets));
  } else if (dice.one_in(10)) {
    items.erase(place);
  } else if (dice.one_in(10)) {
    items.insert(place, Item(items[at]));
  } else if (items[at].limit) {
    items[at].number = some_limit(dice);
  } else {
    items[at].block = mutate_block(items[at].block, octets_max, dice, mutate_octets);
    items[at].number = dice.one_in(40) ? 1 : 0;
  }
  return joined(items, octets_max);
}

Octets cross_sequences(std::span<const std::uint8_t> left, std::span<const std::uint8_t> right,
                       std::size_t octets_max, std::uint32_t seed) {
  Dice dice(seed);
  std::vector<Item> items = items_of(left);
  std::vector<Item> tail = items_of(right);
  if (!items.empty()) items.resize(1 + dice.below(items.size()));
  const std::size_t skip = tail.empty() ? 0 : dice.below(tail.size());
  tail.erase(tail.begin(), tail.begin() + static_cast<long>(skip));
  if (!items.empty() && !tail.empty() && !items.back().limit && !tail.front().limit &&
      dice.one_in(2)) {
    items.back().block = cross_blocks(items.back().block, tail.front().block, octets_max, dice);
    tail.erase(tail.begin());
  }
  std::ranges::move(tail, std::back_inserter(items));
  return joined(items, octets_max);
}

}  // namespace regauge::fuzz
