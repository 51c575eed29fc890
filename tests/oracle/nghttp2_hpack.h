// libnghttp2's inflater and deflater behind values: the independent oracle for HPACK.
// Used by tests, fuzz targets and benchmarks only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "regauge/wire/bytes.h"

namespace regauge::oracle {

/// Holds a field line by value.
struct Line {
  std::string name;
  std::string value;
  bool never_indexed = false;
  bool operator==(const Line&) const = default;
};

/// Decodes field blocks with nghttp2_hd_inflater.
class Inflater {
 public:
  Inflater() { nghttp2_hd_inflate_new(&inflater_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { nghttp2_hd_inflate_del(inflater_); }

  /// Applies an acknowledged SETTINGS_HEADER_TABLE_SIZE.
  void set_table_limit(std::size_t octets) {
    nghttp2_hd_inflate_change_table_size(inflater_, octets);
  }
  /// Returns the lines of a whole block, or nothing if the oracle refuses it.
  std::optional<std::vector<Line>> decode(wire::Bytes block) {
    std::vector<Line> lines;
    for (;;) {
      nghttp2_nv line{};
      int flags = 0;
      const ssize_t taken =
          nghttp2_hd_inflate_hd2(inflater_, &line, &flags, block.data(), block.size(), 1);
      if (taken < 0) return std::nullopt;
      block = block.subspan(static_cast<std::size_t>(taken));
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
        lines.push_back({text(line.name, line.namelen), text(line.value, line.valuelen),
                         (line.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0});
      }
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && block.empty()) return std::nullopt;
    }
    nghttp2_hd_inflate_end_headers(inflater_);
    return lines;
  }
  [[nodiscard]] std::size_t table_bytes() const {
    return nghttp2_hd_inflate_get_dynamic_table_size(inflater_);
  }
  [[nodiscard]] std::size_t entry_count() const {
    return nghttp2_hd_inflate_get_num_table_entries(inflater_) - 61;
  }
  /// Returns a dynamic entry; 0 is the newest.
  [[nodiscard]] Line entry(std::size_t position) const {
    const nghttp2_nv* line = nghttp2_hd_inflate_get_table_entry(inflater_, position + 62);
    return {text(line->name, line->namelen), text(line->value, line->valuelen), false};
  }

 private:
  static std::string text(const std::uint8_t* octets, std::size_t size) {
    return std::string(wire::as_text({octets, size}));
  }

  nghttp2_hd_inflater* inflater_ = nullptr;
};

/// Encodes field blocks with nghttp2_hd_deflater.
class Deflater {
 public:
  explicit Deflater(std::size_t table_bytes_max = 4096) {
    nghttp2_hd_deflate_new(&deflater_, table_bytes_max);
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { nghttp2_hd_deflate_del(deflater_); }

  void set_table_limit(std::size_t octets) {
    nghttp2_hd_deflate_change_table_size(deflater_, octets);
  }
  std::vector<std::uint8_t> encode(std::vector<Line>& lines) {
    std::vector<nghttp2_nv> views;
    views.reserve(lines.size());
    for (Line& line : lines) {
      views.push_back({octets(line.name), octets(line.value), line.name.size(), line.value.size(),
                       line.never_indexed ? std::uint8_t{NGHTTP2_NV_FLAG_NO_INDEX}
                                          : std::uint8_t{NGHTTP2_NV_FLAG_NONE}});
    }
    std::vector<std::uint8_t> block(
        nghttp2_hd_deflate_bound(deflater_, views.data(), views.size()));
    const ssize_t size =
        nghttp2_hd_deflate_hd(deflater_, block.data(), block.size(), views.data(), views.size());
    block.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return block;
  }
  [[nodiscard]] std::size_t table_bytes() const {
    return nghttp2_hd_deflate_get_dynamic_table_size(deflater_);
  }

 private:
  // The oracle's interface takes octets that may be written, but does not write them.
  static std::uint8_t* octets(std::string& text) {
    return reinterpret_cast<std::uint8_t*>(text.data());
  }

  nghttp2_hd_deflater* deflater_ = nullptr;
};

}  // namespace regauge::oracle
