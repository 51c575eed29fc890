#include "regauge/h1/head_text.h"

#include <algorithm>
#include <compare>
#include <utility>

#include "regauge/h1/characters.h"
#include "regauge/wire/free_memory.h"

namespace regauge::h1 {
namespace {

constexpr std::size_t kFirstOctets = 512;
constexpr std::size_t kBlockOctetsMax = 64 * 1024;

// A block twice as large as the one before, unless that is large already; at least `octets`.
std::size_t next_capacity(std::size_t before, std::size_t octets) {
  return std::max({kFirstOctets, std::min(2 * before, kBlockOctetsMax), octets});
}

// The place of `name`, which views the second half of a block, in the first one.
std::string_view in_first_half(wire::Bytes block, std::string_view name) {
  const std::string_view text = wire::as_text(block);
  const std::string_view second = text.substr(text.size() / 2);
  const auto before = [](const char* left, const char* right) {
    return std::compare_three_way()(left, right) < 0;  // of any two pointers
  };
  const bool within =
      !second.empty() && !before(name.data(), second.data()) && before(name.data(), &second.back());
  if (!within) return {};
  return text.substr(static_cast<std::size_t>(name.data() - second.data()), name.size());
}

}  // namespace

std::string_view HeadText::spelling_of(std::string_view name) const {
  std::string_view spelling = in_first_half(received_, name);
  for (const std::vector<std::uint8_t>& block : full_) {
    if (!spelling.empty()) break;
    spelling = in_first_half(block, name);
  }
  return spelling;
}

std::size_t HeadText::begin_block(std::size_t octets, std::size_t keep_from) {
  const std::size_t going = received_size_ - keep_from;
  const std::size_t size = next_capacity(kept_.size(), going + octets + wire::kBlockOctets);
  std::vector<std::uint8_t> block(2 * size);
  const wire::MutableBytes halves(block);
  wire::copy_bytes(halves, kept_.subspan(keep_from, going));
  wire::copy_bytes(halves.subspan(size), lower_.subspan(keep_from, going));
  if (keep_from > 0) full_.push_back(std::move(received_));
  received_ = std::move(block);
  kept_ = halves.first(size);
  lower_ = halves.last(size);
  received_size_ = going;
  return keep_from;
}

// Room for `octets` behind `open`, which moves there unless it ends where the room begins.
wire::MutableBytes HeadText::room_behind(std::string_view open, std::size_t octets) {
  const wire::MutableBytes written(written_);
  const bool last = !open.empty() && open.size() <= used_ &&
                    open.data() == wire::as_text(written).substr(used_ - open.size()).data();
  if (last && written.size() - used_ >= octets) return written.subspan(used_);
  const std::size_t needed = open.size() + octets;
  if (written.size() - used_ < needed) {
    std::vector<std::uint8_t> block(next_capacity(written_.size(), needed));
    if (used_ > 0) full_.push_back(std::move(written_));
    written_ = std::move(block);
    used_ = 0;
  }
  wire::copy_bytes(wire::MutableBytes(written_).subspan(used_), wire::as_bytes(open));
  used_ += open.size();
  return wire::MutableBytes(written_).subspan(used_);
}

std::string_view HeadText::append_lower(std::string_view text) {
  const wire::MutableBytes to = room_behind({}, text.size());
  std::ranges::transform(text, to.begin(), to_lower);
  used_ += text.size();
  return wire::as_text(to.first(text.size()));
}

std::string_view HeadText::extend(std::string_view open, std::string_view text) {
  wire::copy_bytes(room_behind(open, text.size()), wire::as_bytes(text));
  used_ += text.size();
  const std::size_t size = open.size() + text.size();
  return wire::as_text(wire::Bytes(written_).subspan(used_ - size, size));
}

std::string_view HeadText::extend_without_cr(std::string_view open, std::string_view text) {
  const wire::MutableBytes to = room_behind(open, text.size());
  std::ranges::replace_copy(text, to.begin(), '\r', ' ');
  used_ += text.size();
  const std::size_t size = open.size() + text.size();
  return wire::as_text(wire::Bytes(written_).subspan(used_ - size, size));
}

void HeadText::shrink() {
  wire::free_memory(received_);
  kept_ = lower_ = {};
  wire::free_memory(written_);
  wire::free_memory(full_);
  clear();
}

}  // namespace regauge::h1
