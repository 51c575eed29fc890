#include "regauge/hpack/violation.h"

#include <utility>

namespace regauge::hpack {

const http::Rule& rule_of(Violation violation) {
  static constexpr http::Rule kIndexZero{"hpack-index-zero", "RFC 7541 6.1",
                                         "An indexed field line had index 0."};
  static constexpr http::Rule kIndexOutOfRange{"hpack-index-out-of-range", "RFC 7541 2.3.3",
                                               "An index pointed behind both tables."};
  static constexpr http::Rule kIntegerOverflow{"hpack-integer-overflow", "RFC 7541 5.1",
                                               "An integer was above 4294967295."};
  static constexpr http::Rule kIntegerTooManyOctets{
      "hpack-integer-too-many-octets", "RFC 7541 5.1",
      "An integer had more than 5 octets after its prefix."};
  static constexpr http::Rule kStringOverrun{"hpack-string-overrun", "RFC 7541 5.2",
                                             "A string was longer than the rest of the block."};
  static constexpr http::Rule kBlockTruncated{"hpack-block-truncated", "RFC 9113 4.3",
                                              "The block ended inside a representation."};
  static constexpr http::Rule kHuffmanEos{"hpack-huffman-eos", "RFC 7541 5.2",
                                          "A string contained the EOS symbol."};
  static constexpr http::Rule kPaddingTooLong{"hpack-huffman-padding-too-long", "RFC 7541 5.2",
                                              "A string had 8 or more bits of padding."};
  static constexpr http::Rule kPaddingNotOnes{"hpack-huffman-padding-not-ones", "RFC 7541 5.2",
                                              "The padding of a string was not all ones."};
  static constexpr http::Rule kSizeUpdateTooLarge{
      "hpack-size-update-too-large", "RFC 7541 6.3",
      "A table size update was above SETTINGS_HEADER_TABLE_SIZE."};
  static constexpr http::Rule kSizeUpdateNotAtStart{
      "hpack-size-update-not-at-start", "RFC 7541 4.2",
      "A table size update stood behind a field line."};
  static constexpr http::Rule kSizeUpdateCount{
      "hpack-size-update-count", "RFC 7541 4.2",
      "A block had more table size updates than the limit allows."};
  static constexpr http::Rule kSizeUpdateMissing{
      "hpack-size-update-missing", "RFC 9113 4.3.1",
      "The first block after a reduced limit did not start with a size update to it or below."};

  switch (violation) {
    case Violation::hpack_index_zero: return kIndexZero;
    case Violation::hpack_index_out_of_range: return kIndexOutOfRange;
    case Violation::hpack_integer_overflow: return kIntegerOverflow;
    case Violation::hpack_integer_too_many_octets: return kIntegerTooManyOctets;
    case Violation::hpack_string_overrun: return kStringOverrun;
    case Violation::hpack_block_truncated: return kBlockTruncated;
    case Violation::hpack_huffman_eos: return kHuffmanEos;
    case Violation::hpack_huffman_padding_too_long: return kPaddingTooLong;
    case Violation::hpack_huffman_padding_not_ones: return kPaddingNotOnes;
    case Violation::hpack_size_update_too_large: return kSizeUpdateTooLarge;
    case Violation::hpack_size_update_not_at_start: return kSizeUpdateNotAtStart;
    case Violation::hpack_size_update_count: return kSizeUpdateCount;
    case Violation::hpack_size_update_missing: return kSizeUpdateMissing;
  }
  std::unreachable();
}

}  // namespace regauge::hpack
