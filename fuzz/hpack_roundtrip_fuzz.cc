// hpack_roundtrip: what our encoder writes, our decoder and libnghttp2's read as it was, and all
// tables stay the same, whatever the limits do in between.
//
// Input: lines of text.
//   name:value   a field line of the block; behind `!`: never-indexed; behind `*N `: the value is
//                repeated N times
//   (empty)      the block ends
//   #N           the peer acknowledged a table of N octets
//   @N           as the first line: the encoder uses N octets at most, whatever the peer offers
//   ^            the encoder gives its memory back;  -  the decoder does
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/hpack_block.h"
#include "fuzz/hpack_oracles.h"

namespace {

using regauge::fuzz::check;
namespace fuzz = regauge::fuzz;
namespace hpack = regauge::hpack;
namespace http = regauge::http;
namespace wire = regauge::wire;

constexpr std::string_view kOracle = "hpack_roundtrip";
constexpr hpack::ListLimits kNoLimits{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
constexpr std::size_t kValueMax = 20'000;  // libnghttp2 takes strings up to 65,536
constexpr std::uint32_t kInitialTableBytes = 4096;

std::uint32_t number_of(std::string_view& digits) {
  std::uint32_t number = 0;
  while (!digits.empty() && digits.front() >= '0' && digits.front() <= '9' && number < 100'000) {
    number = 10 * number + static_cast<std::uint32_t>(digits.front() - '0');
    digits.remove_prefix(1);
  }
  return number;
}

class Pair {
 public:
  explicit Pair(std::uint32_t table_bytes_max)
      : encoder_(hpack::HashKey{0x243f6a8885a308d3U, 0x13198a2e03707344U}, table_bytes_max),
        ours_(table_bytes_max) {
    note_limit(kInitialTableBytes);
  }

  void act(std::string_view line) {
    if (line.empty()) return send();
    const std::string_view rest = line.substr(1);
    switch (line.front()) {
      case '#': return set_limit(rest);
      case '^':
        if (encoder_.table().held_bytes() > 0) smallest_ = 0;
        return encoder_.drop_table();
      case '-': return decoder_.shrink();
      default: return add(line);
    }
  }
  void send() {
    if (texts_.empty()) return;
    std::vector<http::FieldLine> lines;
    for (const Text& text : texts_) {
      lines.push_back(http::field_line(text.name, text.value));
      if (text.never) lines.back().indexing = http::Indexing::never;
    }
    // Exactly the room that is asked for: a sanitizer sees an octet too much.
    std::vector<std::uint8_t> room(hpack::Encoder::encoded_bytes_max(lines));
    const std::uint32_t max_before = encoder_.table().max_bytes();
    wire::Writer writer{wire::MutableBytes(room)};
    encoder_.encode(lines, writer);
    check_updates(writer.written(), max_before);
    receive(writer.written(), lines);
    lines_sent_ += lines.size();
    fuzz::check_encoder_work(encoder_.work(), lines_sent_, kOracle);
    texts_.clear();
  }

 private:
  struct Text {
    std::string name;
    std::string value;
    bool never = false;
  };

  void add(std::string_view line) {
    Text text;
    text.never = line.starts_with('!');
    if (text.never) line.remove_prefix(1);
    std::size_t times = 1;
    if (line.starts_with('*')) {
      line.remove_prefix(1);
      times = number_of(line);
      if (line.starts_with(' ')) line.remove_prefix(1);
    }
    const std::size_t colon = std::min(line.find(':', 1), line.size());
    text.name = line.substr(0, colon);
    // Names are lower-case already where an encoder sees them.
    for (char& octet : text.name) {
      if (octet >= 'A' && octet <= 'Z') octet = static_cast<char>(octet - 'A' + 'a');
    }
    const std::string_view value = colon < line.size() ? line.substr(colon + 1) : "";
    for (; times > 0 && text.value.size() + value.size() <= kValueMax; --times) text.value += value;
    texts_.push_back(std::move(text));
  }
  void set_limit(std::string_view digits) {
    const std::uint32_t limit = std::min(number_of(digits), hpack::kTableBytesMax);
    encoder_.set_table_limit(limit);
    decoder_.set_table_limit(limit);
    inflater_.set_table_limit(limit);
    note_limit(limit);
  }
  void note_limit(std::uint32_t limit) {
    last_ = std::min(limit, ours_);
    smallest_ = std::min(smallest_, last_);
  }
  // RFC 7541 §4.2: the smallest maximum since the last block is told first, then the last one.
  void check_updates(wire::Bytes block, std::uint32_t max_before) {
    std::vector<std::uint32_t> updates;
    for (const fuzz::FieldOp& op : fuzz::field_ops_of(block)) {
      if (op.form != fuzz::FieldForm::size_update || !op.rest.empty()) break;
      updates.push_back(op.index.value);
    }
    check(updates.size() <= 2, kOracle, "at most two size updates stand before a block");
    check(smallest_ >= max_before || (!updates.empty() && updates.front() == smallest_), kOracle,
          "the smallest maximum since the last block is told first");
    check(encoder_.table().max_bytes() == last_, kOracle, "the last maximum holds");
    check(updates.empty() ? last_ == max_before : updates.back() == last_, kOracle,
          "the last maximum is told");
    smallest_ = last_;
  }
  void receive(wire::Bytes block, http::FieldSection lines) {
    arena_.reset();
    const auto came = decoder_.decode(block, arena_, kNoLimits);
    check(came.has_value(), kOracle, "we decode what we encode");
    fuzz::check_arrived(lines, came->lines, kOracle);
    fuzz::check_equal_tables(encoder_.table(), decoder_.table(), kOracle);
    const auto theirs = inflater_.decode(block);
    check(theirs.has_value(), kOracle, "libnghttp2 decodes what we encode");
    std::vector<http::FieldLine> views;
    for (const auto& line : *theirs) {
      views.push_back(http::field_line(line.name, line.value));
      if (line.never_indexed) views.back().indexing = http::Indexing::never;
    }
    fuzz::check_arrived(lines, views, kOracle);
    fuzz::check_equal_tables(encoder_.table(), inflater_, kOracle);
  }

  hpack::Encoder encoder_;
  hpack::Decoder decoder_;
  hpack::FieldArena arena_;
  regauge::oracle::Inflater inflater_;
  std::vector<Text> texts_;
  std::uint64_t lines_sent_ = 0;
  std::uint32_t ours_;
  std::uint32_t last_ = kInitialTableBytes;
  std::uint32_t smallest_ = kInitialTableBytes;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = wire::as_text({data, size});
  std::uint32_t ours = http::Limits().encoder_table_bytes_max;
  if (text.starts_with('@')) {
    text.remove_prefix(1);
    ours = std::min(number_of(text), hpack::kTableBytesMax);
    text.remove_prefix(std::min(text.size(), text.find('\n')));
    if (text.starts_with('\n')) text.remove_prefix(1);
  }
  Pair pair(ours);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    pair.act(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  pair.send();
  return 0;
}
