// The Huffman code bit by bit, written for clarity (RFC 7541 §5.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "regauge/hpack/huffman_code.h"

namespace regauge::fuzz {

/// Codes and decodes one bit after the other.
class HuffmanReader {
 public:
  /// Gives each symbol its code: codes of one length rise with the symbol, and each length goes on
  /// from the one before.
  HuffmanReader() {
    std::uint32_t code = 0;
    for (unsigned bits = 1; bits <= hpack::kCodeBitsMax; ++bits, code <<= 1U) {
      for (std::size_t symbol = 0; symbol < hpack::kSymbols; ++symbol) {
        if (hpack::kCodeBits.at(symbol) != bits) continue;
        codes_[symbol] = {bits, code};
        symbols_[{bits, code++}] = symbol;
      }
    }
  }

  /// Returns the octets of a code, or nothing: EOS, eight bits of padding, or padding that is no
  /// part of EOS.
  [[nodiscard]] std::optional<std::string> decode(std::span<const std::uint8_t> coded) const {
    std::string octets;
    std::uint32_t code = 0;
    unsigned bits = 0;
    for (std::size_t at = 0; at < 8 * coded.size(); ++at) {
      code = code << 1U | (coded[at / 8] >> (7 - at % 8) & 1U);
      ++bits;
      const auto found = symbols_.find({bits, code});
      if (found == symbols_.end()) continue;
      if (found->second == hpack::kEos) return std::nullopt;
      octets.push_back(static_cast<char>(found->second));
      code = 0;
      bits = 0;
    }
    if (bits > 7 || code != (1U << bits) - 1) return std::nullopt;
    return octets;
  }
  /// Codes octets and pads with the first bits of EOS.
  [[nodiscard]] std::vector<std::uint8_t> encode(std::span<const std::uint8_t> octets) const {
    std::vector<std::uint8_t> coded;
    std::size_t used = 0;
    const auto put = [&](bool bit) {
      if (used % 8 == 0) coded.push_back(0);
      if (bit) coded.back() |= static_cast<std::uint8_t>(0x80U >> used % 8);
      ++used;
    };
    for (const std::uint8_t octet : octets) {
      const auto [bits, code] = codes_.at(octet);
      for (unsigned i = bits; i > 0; --i) put((code >> (i - 1) & 1U) != 0);
    }
    while (used % 8 != 0) put(true);
    return coded;
  }

 private:
  using Code = std::pair<unsigned, std::uint32_t>;

  std::map<std::size_t, Code> codes_;
  std::map<Code, std::size_t> symbols_;
};

}  // namespace regauge::fuzz
