#include "proxy/inspect_input.h"

#include <algorithm>
#include <charconv>

#include "proxy/json_text.h"

namespace regauge::proxy {
namespace {

namespace json = boost::json;

std::uint64_t parse_count(std::string_view text, std::string_view what) {
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, count);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) {
    throw UsageError(std::string(what) + " has to be a number");
  }
  return count;
}

}  // namespace

Cutter::Cutter(std::string_view spec) {
  constexpr std::string_view kRandom = "random:";
  if (spec.empty()) return;
  if (spec == "bytes") {
    size_ = 1;
    return;
  }
  if (spec.starts_with(kRandom)) {
    random_ = parse_count(spec.substr(kRandom.size()), "--cut random:SEED");
    return;
  }
  size_ = parse_count(spec, "--cut");
  if (size_ == 0) throw UsageError("--cut has to be above 0");
}

std::size_t Cutter::next_size() {
  if (!random_) return size_;
  *random_ = *random_ * 6364136223846793005U + 1442695040888963407U;
  return 1 + static_cast<std::size_t>(*random_ >> 33U) % 40;
}

void Cutter::cut(std::string_view octets, const std::function<bool(std::string_view)>& take) {
  while (!octets.empty()) {
    const std::string_view piece = octets.substr(0, std::min(next_size(), octets.size()));
    octets.remove_prefix(piece.size());
    if (!take(piece)) return;
  }
}

json::object parse_context(std::string_view text) {
  if (text.empty()) return {};
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) throw UsageError("--context has to be a JSON object");
  return value.as_object();
}

void check_keys(const json::object& context, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : context) {
    if (std::find(known.begin(), known.end(), std::string_view(key)) == known.end()) {
      throw UsageError("--context: unknown key " + std::string(key));
    }
  }
}

std::uint32_t number_of(const json::object& context, std::string_view key, std::uint32_t otherwise,
                        std::uint32_t most) {
  const json::value* value = context.if_contains(key);
  if (value == nullptr) return otherwise;
  if (!value->is_int64() || value->as_int64() < 0 || value->as_int64() > std::int64_t{most}) {
    throw UsageError("--context: " + std::string(key) + " has to be a number of 0 to " +
                     std::to_string(most));
  }
  return static_cast<std::uint32_t>(value->as_int64());
}

bool flag_of(const json::object& context, std::string_view key, bool otherwise) {
  const json::value* value = context.if_contains(key);
  if (value == nullptr) return otherwise;
  if (value->is_bool()) return value->as_bool();
  if (value->is_int64() && (value->as_int64() == 0 || value->as_int64() == 1)) {
    return value->as_int64() == 1;
  }
  throw UsageError("--context: " + std::string(key) + " has to be true or false");
}

std::string text_of(const json::value& value, std::string_view what) {
  if (!value.is_string()) {
    throw UsageError("--context: " + std::string(what) + " has to be a string");
  }
  const std::optional<std::string> octets = from_latin1_text(value.as_string());
  if (!octets) {
    throw UsageError("--context: " + std::string(what) + " has a character above U+00FF");
  }
  return *octets;
}

std::string text_of(const json::object& context, std::string_view key, std::string_view otherwise) {
  const json::value* value = context.if_contains(key);
  return value == nullptr ? std::string(otherwise) : text_of(*value, key);
}

}  // namespace regauge::proxy
