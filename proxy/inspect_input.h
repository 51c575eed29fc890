// The input of `regauge inspect`: octets, how they are cut, and the context as JSON.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "regauge/wire/slab.h"

namespace regauge::proxy {

/// Thrown for arguments that make no sense; its text is one line.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Cuts octets into pieces: all at once, N octets each, or random sizes.
class Cutter {
 public:
  /// Reads N, "bytes" or "random:SEED"; empty is all at once. Throws UsageError.
  explicit Cutter(std::string_view spec);
  /// Calls `take` with each piece, in order; stops when it returns false.
  void cut(std::string_view octets, const std::function<bool(std::string_view)>& take);

 private:
  [[nodiscard]] std::size_t next_size();

  std::size_t size_ = ~std::size_t{0};
  std::optional<std::uint64_t> random_;
};

/// Parses the context. Throws UsageError if it is no JSON object.
[[nodiscard]] boost::json::object parse_context(std::string_view text);
/// Throws UsageError at a key that is not in `known`.
void check_keys(const boost::json::object& context, std::initializer_list<std::string_view> known);
/// Read members; a missing key gives `otherwise`. They throw UsageError at a wrong type, a number
/// above `most` and a character above U+00FF: strings are octets.
[[nodiscard]] std::uint32_t number_of(const boost::json::object& context, std::string_view key,
                                      std::uint32_t otherwise, std::uint32_t most = 0xffffffff);
[[nodiscard]] bool flag_of(const boost::json::object& context, std::string_view key,
                           bool otherwise);
[[nodiscard]] std::string text_of(const boost::json::value& value, std::string_view what);
[[nodiscard]] std::string text_of(const boost::json::object& context, std::string_view key,
                                  std::string_view otherwise);

}  // namespace regauge::proxy
