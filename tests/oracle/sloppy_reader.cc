#include "tests/oracle/sloppy_reader.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace regauge::oracle {
namespace {

std::optional<std::uint64_t> hex_digit(char octet) {
  const std::size_t at = std::string_view("0123456789abcdef").find(octet);
  if (at != std::string_view::npos) return at;
  const std::size_t upper = std::string_view("ABCDEF").find(octet);
  return upper == std::string_view::npos ? std::nullopt : std::optional(upper + 10);
}

// Reads chunks and the trailer section behind them (RFC 9112 §7.1).
class ChunkReader {
 public:
  ChunkReader(std::string_view octets, std::size_t at, const Habits& habits)
      : octets_(octets), at_(at), habits_(habits) {}

  Reading read() {
    while (true) {
      if (has(Habit::empty_lines_between_chunks)) skip_empty_lines();
      const auto size = size_line();
      if (!size) return verdict();
      if (*size == 0) return trailers();
      if (*size > octets_.size() - at_) return {Verdict::incomplete_content, octets_.size()};
      at_ += static_cast<std::size_t>(*size);
      if (!behind_data()) return verdict();
    }
  }

 private:
  [[nodiscard]] bool has(Habit habit) const { return habits_.has(habit); }
  [[nodiscard]] Reading verdict() const {
    if (refused_) return {};
    return {Verdict::incomplete_content, octets_.size()};
  }
  void skip_empty_lines() {
    while (octets_.substr(at_).starts_with("\r\n")) at_ += 2;
  }
  // Returns the line at `at_` without its end and goes behind it; nothing if it goes on.
  std::optional<std::string_view> line() {
    std::string_view text;
    const bool cr = has(Habit::chunk_line_ends_with_cr);
    std::size_t from = at_;
    if (has(Habit::quotes_span_chunk_lines)) from = behind_quotes();
    auto next = cut_sloppy_line(octets_, from, cr ? "\r\n" : "\n", text);
    while (next && has(Habit::chunk_line_ends_with_crlf_alone) &&
           !octets_.substr(0, *next).ends_with("\r\n")) {
      next = cut_sloppy_line(octets_, *next, "\n", text);
    }
    if (!next) return std::nullopt;
    text = octets_.substr(at_, *next - at_);
    text = text.substr(0, text.find_last_not_of("\r\n") + 1);
    at_ = *next;
    return text;
  }
  // Where the search for the line end begins: behind quoted strings.
  [[nodiscard]] std::size_t behind_quotes() const {
    std::size_t at = at_;
    while (true) {
      const std::size_t stop = octets_.find_first_of("\"\n", at);
      if (stop == std::string_view::npos || octets_[stop] == '\n') return at;
      at = stop + 1;
      while (at < octets_.size() && octets_[at] != '"') at += octets_[at] == '\\' ? 2U : 1U;
      at = std::min(at + 1, octets_.size());
    }
  }
  std::optional<std::uint64_t> size_line() {
    auto text = line();
    if (!text) return std::nullopt;
    const bool prefix = has(Habit::chunk_size_is_a_prefix);
    if (prefix) {
      text->remove_prefix(std::min(text->find_first_not_of(" \t\x0b\x0c"), text->size()));
      if (text->starts_with('+')) text->remove_prefix(1);
      if (text->starts_with("0x") || text->starts_with("0X")) text->remove_prefix(2);
    }
    std::uint64_t size = 0;
    std::size_t digits = 0;
    for (const char octet : *text) {
      const auto digit = hex_digit(octet);
      if (!digit) break;
      const bool wraps = size >> 60U != 0;
      refused_ = refused_ || (wraps && !has(Habit::chunk_size_wraps));
      size = (size << 4U) | *digit;
      ++digits;
    }
    const std::string_view rest = text->substr(digits);
    const std::size_t next = rest.find_first_not_of(" \t");
    const bool odd = next != std::string_view::npos && rest[next] != ';';
    refused_ = refused_ || (!prefix && (digits == 0 || odd));
    return refused_ ? std::nullopt : std::optional(size);
  }
  bool behind_data() {
    const std::string_view rest = octets_.substr(at_);
    if (has(Habit::chunk_end_is_two_octets)) {
      if (rest.size() < 2) return false;
      at_ += 2;
      return true;
    }
    std::string_view text;
    const bool cr = has(Habit::chunk_line_ends_with_cr);
    const auto next = cut_sloppy_line(octets_, at_, cr ? "\r\n" : "\n", text);
    const std::size_t cut = next ? *next - at_ : rest.size();
    const std::string_view end = rest.substr(0, cut);
    if (next && (end == "\r\n" || end == "\n" || end == "\r" || has(Habit::chunk_end_is_a_line))) {
      at_ = *next;
      return true;
    }
    if (has(Habit::chunk_end_is_optional) && !rest.empty()) return true;
    refused_ = !rest.empty() && rest != "\r" && !has(Habit::chunk_end_is_a_line);
    return false;
  }
  Reading trailers() {
    if (has(Habit::no_trailer_section)) {
      if (octets_.size() - at_ < 2) return verdict();
      return {Verdict::complete, at_ + 2};
    }
    while (true) {
      std::string_view text;
      const auto next = cut_sloppy_line(octets_, at_, "\n", text);
      if (!next) return verdict();
      at_ = *next;
      if (text.empty()) return {Verdict::complete, at_};
    }
  }

  std::string_view octets_;
  std::size_t at_;
  const Habits& habits_;
  bool refused_ = false;
};

}  // namespace

Reading read_sloppily(std::string_view octets, const Habits& habits) {
  const SloppyHead head = read_sloppy_head(octets, habits);
  if (head.verdict != Verdict::complete) return {head.verdict, octets.size()};
  if (head.chunked) return ChunkReader(octets, head.octets, habits).read();
  if (head.length > octets.size() - head.octets) {
    return {Verdict::incomplete_content, octets.size()};
  }
  return {Verdict::complete, head.octets + head.length};
}

}  // namespace regauge::oracle
