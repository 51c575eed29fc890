// Field blocks as plain values: cut into representations and written again, also as no encoder
// would write them (RFC 7541 §5, §6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace regauge::fuzz {

/// Names a representation by the bits that it begins with.
enum class FieldForm : std::uint8_t {
  indexed = 0x80,
  with_indexing = 0x40,
  size_update = 0x20,
  never = 0x10,
  without_indexing = 0x00,
};

/// Holds an integer. `zero_groups` are octets that add nothing, as only odd encoders write them.
struct WireInteger {
  std::uint32_t value = 0;
  std::uint8_t zero_groups = 0;
};

/// Holds a string literal. `tail` are octets behind the code that the length counts.
struct WireString {
  std::string octets;  ///< not coded; but as they stood if they are no Huffman code
  bool huffman = false;
  bool broken_code = false;  ///< `octets` are the coded ones
  std::uint8_t zero_groups = 0;
  std::string tail{};
  std::uint32_t length_error = 0;  ///< added to the length
};

/// Holds one representation. `rest` is what could not be cut, and the last one then.
struct FieldOp {
  FieldForm form = FieldForm::indexed;
  WireInteger index;  ///< of an entry or a name; 0: a name of its own; or a table size
  WireString name{};
  WireString value{};
  std::vector<std::uint8_t> rest{};

  /// Tells whether the op has a value, and a name unless `index` says it.
  [[nodiscard]] bool literal() const {
    return form != FieldForm::indexed && form != FieldForm::size_update;
  }
};

/// Cuts a block. Joining the result gives the same octets again.
[[nodiscard]] std::vector<FieldOp> field_ops_of(std::span<const std::uint8_t> block);
/// Appends a representation.
void append_field_op(std::vector<std::uint8_t>& to, const FieldOp& op);
/// Joins representations to a block.
[[nodiscard]] std::vector<std::uint8_t> block_of(const std::vector<FieldOp>& ops);

}  // namespace regauge::fuzz
