// Builds field blocks octet by octet, right or wrong, for the tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regauge/hpack/decoder.h"
#include "regauge/hpack/huffman.h"
#include "regauge/hpack/integer.h"

namespace regauge::hpack {

/// Names the literal representations of RFC 7541 §6.2.
enum class Literal : std::uint8_t { with_indexing = 0x40, without_indexing = 0x00, never = 0x10 };
/// Chooses the form of a string (RFC 7541 §5.2).
enum class Coding : std::uint8_t { plain = 0x00, huffman = 0x80 };

/// Appends representations; converts to the octets of the block.
class BlockBytes {
 public:
  BlockBytes& octets(std::initializer_list<int> values) {
    for (const int value : values) block_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  BlockBytes& append(wire::Bytes bytes) {
    block_.insert(block_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  BlockBytes& integer(std::uint8_t pattern, unsigned prefix_bits, std::uint32_t value) {
    std::vector<std::uint8_t> room(8);
    wire::Writer writer{wire::MutableBytes(room)};
    write_integer(writer, pattern, prefix_bits, value);
    return append(writer.written());
  }
  BlockBytes& indexed(std::uint32_t index) { return integer(0x80, 7, index); }
  BlockBytes& size_update(std::uint32_t octets) { return integer(0x20, 5, octets); }
  BlockBytes& string(std::string_view text, Coding coding = Coding::plain) {
    if (coding == Coding::plain) {
      integer(0x00, 7, static_cast<std::uint32_t>(text.size()));
      return append(wire::as_bytes(text));
    }
    std::vector<std::uint8_t> coded(huffman_encoded_bytes(wire::as_bytes(text)));
    static_cast<void>(huffman_encode(wire::as_bytes(text), coded));
    integer(0x80, 7, static_cast<std::uint32_t>(coded.size()));
    return append(coded);
  }
  /// A literal whose name is that of an entry.
  BlockBytes& literal(Literal kind, std::uint32_t name_index, std::string_view value,
                      Coding coding = Coding::plain) {
    integer(std::to_underlying(kind), kind == Literal::with_indexing ? 6 : 4, name_index);
    return string(value, coding);
  }
  /// A literal with a new name.
  BlockBytes& literal(Literal kind, std::string_view name, std::string_view value,
                      Coding coding = Coding::plain) {
    integer(std::to_underlying(kind), kind == Literal::with_indexing ? 6 : 4, 0);
    string(name, coding);
    return string(value, coding);
  }
  [[nodiscard]] wire::Bytes view() const { return block_; }

 private:
  std::vector<std::uint8_t> block_;
};

/// Holds a decoded line by value.
struct Line {
  std::string name;
  std::string value;
  bool never_indexed = false;
  bool operator==(const Line&) const = default;
};

/// Copies views out of an arena.
inline std::vector<Line> lines_of(http::FieldSection section) {
  std::vector<Line> lines;
  for (const http::FieldLine& line : section) {
    lines.push_back(
        {std::string(line.name), std::string(line.value), line.indexing == http::Indexing::never});
  }
  return lines;
}

/// Copies the dynamic table, newest entry first.
inline std::vector<Line> entries_of(const DynamicTable& table) {
  std::vector<Line> lines;
  for (std::uint32_t i = 0; i < table.entry_count(); ++i) {
    const TableEntry& entry = table.entry(i);
    Line line{std::string(entry.name_bytes, ' '), std::string(entry.value_bytes, ' ')};
    std::vector<std::uint8_t> octets(entry.name_bytes + entry.value_bytes + kCopySlack);
    table.read(entry, octets);
    const std::string_view text = wire::as_text(octets);
    line.name = text.substr(0, entry.name_bytes);
    line.value = text.substr(entry.name_bytes, entry.value_bytes);
    lines.push_back(std::move(line));
  }
  return lines;
}

/// Decodes blocks in order and keeps the lines by value. Each block lies in memory of its exact
/// size, so that a sanitizer sees any octet that is read behind it.
class Receiver {
 public:
  explicit Receiver(std::uint32_t size_updates_max = 4) : decoder(size_updates_max) {}

  std::expected<std::vector<Line>, Violation> decode(wire::Bytes block,
                                                     const ListLimits& limits = {}) {
    std::vector<std::uint8_t> exact(block.begin(), block.end());
    arena.reset();
    const auto decoded = decoder.decode(wire::Bytes(exact), arena, limits);
    if (!decoded) return std::unexpected(decoded.error().violation);
    passed = decoded->passed;
    list_bytes = decoded->list_bytes;
    return lines_of(decoded->lines);
  }
  std::expected<std::vector<Line>, Violation> decode(const BlockBytes& block,
                                                     const ListLimits& limits = {}) {
    return decode(block.view(), limits);
  }

  FieldArena arena;
  Decoder decoder;
  ListLimit passed = ListLimit::none;
  std::uint64_t list_bytes = 0;
};

}  // namespace regauge::hpack
