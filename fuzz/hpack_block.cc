#include "fuzz/hpack_block.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "regauge/hpack/huffman.h"

namespace regauge::fuzz {
namespace {

using Octets = std::span<const std::uint8_t>;

constexpr std::size_t kGroupsMax = 5;

unsigned prefix_bits(FieldForm form) {
  switch (form) {
    case FieldForm::indexed: return 7;
    case FieldForm::with_indexing: return 6;
    case FieldForm::size_update: return 5;
    case FieldForm::never:
    case FieldForm::without_indexing: return 4;
  }
  std::unreachable();
}

FieldForm form_of(std::uint8_t first) {
  for (const FieldForm form :
       {FieldForm::indexed, FieldForm::with_indexing, FieldForm::size_update, FieldForm::never}) {
    if ((first & std::to_underlying(form)) != 0) return form;
  }
  return FieldForm::without_indexing;
}

void append_integer(std::vector<std::uint8_t>& to, std::uint8_t pattern, unsigned bits,
                    const WireInteger& integer) {
  const std::uint32_t most = (1U << bits) - 1;
  if (integer.value < most) {
    to.push_back(static_cast<std::uint8_t>(pattern | integer.value));
    return;
  }
  to.push_back(static_cast<std::uint8_t>(pattern | most));
  std::uint32_t left = integer.value - most;
  std::size_t groups = integer.zero_groups;
  for (; left >= 0x80; left >>= 7U) to.push_back(static_cast<std::uint8_t>(left | 0x80U));
  to.push_back(static_cast<std::uint8_t>(left | (groups > 0 ? 0x80U : 0)));
  for (; groups > 0; --groups) to.push_back(groups > 1 ? 0x80 : 0);
}

// Cuts an integer that a writer of this file can write again; nothing if there is none.
std::optional<WireInteger> take_integer(Octets& from, unsigned bits) {
  if (from.empty()) return std::nullopt;
  const std::uint32_t most = (1U << bits) - 1;
  WireInteger integer{.value = from[0] & most};
  from = from.subspan(1);
  if (integer.value < most) return integer;
  std::uint64_t value = most;
  for (std::size_t i = 0; i < kGroupsMax && !from.empty(); ++i) {
    const std::uint8_t group = from[0];
    from = from.subspan(1);
    value += std::uint64_t{group & 0x7fU} << 7 * i;
    integer.zero_groups = i > 0 && (group & 0x7fU) == 0 ? integer.zero_groups + 1U : 0;
    if ((group & 0x80U) != 0) continue;
    if (value > UINT32_MAX) return std::nullopt;
    integer.value = static_cast<std::uint32_t>(value);
    return integer;
  }
  return std::nullopt;
}

std::string code_of(const std::string& octets) {
  const Octets plain(reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size());
  std::vector<std::uint8_t> coded(hpack::huffman_encoded_bytes(plain));
  static_cast<void>(hpack::huffman_encode(plain, coded));
  return {coded.begin(), coded.end()};
}

// Decodes what is a code; what is none stays as it is.
void decode(WireString& string) {
  const std::string coded = string.octets;
  const Octets octets(reinterpret_cast<const std::uint8_t*>(coded.data()), coded.size());
  std::vector<std::uint8_t> room(hpack::huffman_decode_room(octets.size()));
  wire::Work work;
  const auto size = hpack::huffman_decode(octets, room, work);
  string.broken_code = !size;
  if (size) string.octets.assign(room.begin(), room.begin() + static_cast<long>(*size));
}

std::optional<WireString> take_string(Octets& from) {
  if (from.empty()) return std::nullopt;
  WireString string{.octets = {}, .huffman = (from[0] & 0x80U) != 0};
  const auto length = take_integer(from, 7);
  if (!length || length->value > from.size()) return std::nullopt;
  string.zero_groups = length->zero_groups;
  const Octets octets = from.first(length->value);
  from = from.subspan(length->value);
  string.octets.assign(octets.begin(), octets.end());
  if (string.huffman) decode(string);
  return string;
}

void append_string(std::vector<std::uint8_t>& to, const WireString& string) {
  const bool code = string.huffman && !string.broken_code;
  const std::string octets = (code ? code_of(string.octets) : string.octets) + string.tail;
  const auto length = static_cast<std::uint32_t>(octets.size()) + string.length_error;
  append_integer(to, string.huffman ? 0x80 : 0, 7, {length, string.zero_groups});
  to.insert(to.end(), octets.begin(), octets.end());
}

std::optional<FieldOp> take_op(Octets& from) {
  FieldOp op{.form = form_of(from[0]), .index = {}};
  const auto index = take_integer(from, prefix_bits(op.form));
  if (!index) return std::nullopt;
  op.index = *index;
  if (!op.literal()) return op;
  if (op.index.value == 0) {
    auto name = take_string(from);
    if (!name) return std::nullopt;
    op.name = std::move(*name);
  }
  auto value = take_string(from);
  if (!value) return std::nullopt;
  op.value = std::move(*value);
  return op;
}

}  // namespace

std::vector<FieldOp> field_ops_of(Octets block) {
  std::vector<FieldOp> ops;
  while (!block.empty()) {
    const Octets before = block;
    if (auto op = take_op(block)) {
      ops.push_back(std::move(*op));
      continue;
    }
    ops.emplace_back();
    ops.back().rest.assign(before.begin(), before.end());
    break;
  }
  return ops;
}

void append_field_op(std::vector<std::uint8_t>& to, const FieldOp& op) {
  if (!op.rest.empty()) {
    to.insert(to.end(), op.rest.begin(), op.rest.end());
    return;
  }
  append_integer(to, std::to_underlying(op.form), prefix_bits(op.form), op.index);
  if (!op.literal()) return;
  if (op.index.value == 0) append_string(to, op.name);
  append_string(to, op.value);
}

std::vector<std::uint8_t> block_of(const std::vector<FieldOp>& ops) {
  std::vector<std::uint8_t> block;
  for (const FieldOp& op : ops) append_field_op(block, op);
  return block;
}

}  // namespace regauge::fuzz
