// Splits what our encoder writes into requests, by the grammar alone and apart from the codec: a
// line ends with CR LF, one framing field counts, nothing is forgiven (RFC 9112 §2, §6, §7.1).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace regauge::fuzz {

/// Holds one request as it stands in the octets.
struct SplitRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::pair<std::string, std::string>> trailers;
  std::string content;
  bool chunked = false;
  bool complete = false;
  std::size_t octets = 0;  ///< of a complete request

  /// Returns the value of the only field line of this name; nothing if there are none or several.
  [[nodiscard]] std::optional<std::string> only(std::string_view name) const {
    std::optional<std::string> found;
    for (const auto& [key, value] : fields) {
      if (key != name) continue;
      if (found) return std::nullopt;
      found = value;
    }
    return found;
  }
  /// Counts the field lines of this name.
  [[nodiscard]] std::size_t count(std::string_view name) const {
    std::size_t lines = 0;
    for (const auto& line : fields)
      if (line.first == name) ++lines;
    return lines;
  }
};

/// Reads one request off the front of octets.
class Splitter {
 public:
  explicit Splitter(std::string_view octets) : rest_(octets), size_(octets.size()) {}

  /// Returns the request, possibly incomplete; nothing if the octets are none.
  std::optional<SplitRequest> read() {
    SplitRequest request;
    if (!start(request) || !section(request.fields)) return verdict(request);
    const std::size_t lengths = request.count("content-length");
    request.chunked = request.count("transfer-encoding") == 1;
    const bool one_framing = lengths + request.count("transfer-encoding") <= 1;
    const bool known = !request.chunked || request.only("transfer-encoding") == "chunked";
    if (!one_framing || !known) return std::nullopt;
    if (request.chunked) {
      while (chunk(request.content)) {
      }
      if (!last_chunk_ || !section(request.trailers)) return verdict(request);
    }
    if (lengths == 1) {
      const auto octets = number(*request.only("content-length"), 10);
      if (!octets) return std::nullopt;
      const bool whole = rest_.size() >= *octets;
      request.content = take(whole ? *octets : rest_.size());
      if (!whole) return request;
    }
    request.complete = true;
    request.octets = size_ - rest_.size();
    return request;
  }

 private:
  // What ended early is incomplete; what is wrong is no request.
  [[nodiscard]] std::optional<SplitRequest> verdict(const SplitRequest& request) const {
    if (wrong_) return std::nullopt;
    return request;
  }
  std::string take(std::size_t octets) {
    std::string taken(rest_.substr(0, octets));
    rest_.remove_prefix(octets);
    return taken;
  }
  std::optional<std::string> line() {
    const std::size_t end = rest_.find("\r\n");
    const std::size_t odd = rest_.substr(0, end).find_first_of(std::string_view("\r\n\0", 3));
    // A CR at the very end may be half of a line end that was cut.
    wrong_ = wrong_ || (odd != std::string_view::npos && odd + 1 != rest_.size());
    if (end == std::string_view::npos || wrong_) return std::nullopt;
    std::string text = take(end);
    rest_.remove_prefix(2);
    return text;
  }
  bool start(SplitRequest& request) {
    const auto text = line();
    if (!text) return false;
    const std::size_t first = text->find(' ');
    const std::size_t last = text->rfind(' ');
    wrong_ = first == std::string::npos || first == 0 || last <= first + 1 ||
             text->find(' ', first + 1) != last || text->substr(last) != " HTTP/1.1";
    if (wrong_) return false;
    request.method = text->substr(0, first);
    request.target = text->substr(first + 1, last - first - 1);
    return true;
  }
  bool section(std::vector<std::pair<std::string, std::string>>& lines) {
    while (true) {
      const auto text = line();
      if (!text) return false;
      if (text->empty()) return true;
      const std::size_t colon = text->find(": ");
      wrong_ = colon == std::string::npos || colon == 0 || text->find_first_of(" \t") < colon;
      if (wrong_) return false;
      lines.emplace_back(text->substr(0, colon), text->substr(colon + 2));
    }
  }
  static std::optional<std::size_t> number(std::string_view digits, unsigned base) {
    if (digits.empty() || digits.size() > (base == 16 ? 15U : 18U)) return std::nullopt;
    std::size_t value = 0;
    for (const char digit : digits) {
      const std::size_t at = std::string_view("0123456789abcdef").find(digit);
      if (at >= base) return std::nullopt;
      value = value * base + at;
    }
    return value;
  }
  // Returns whether another chunk may follow.
  bool chunk(std::string& content) {
    const auto text = line();
    if (!text) return false;
    const auto octets = number(*text, 16);
    wrong_ = !octets;
    if (wrong_) return false;
    last_chunk_ = *octets == 0;
    if (last_chunk_) return false;
    const bool whole = rest_.size() >= *octets;
    content += take(whole ? *octets : rest_.size());
    if (!whole || rest_.size() < 2) return false;
    wrong_ = take(2) != "\r\n";
    return !wrong_;
  }

  std::string_view rest_;
  std::size_t size_;
  bool wrong_ = false;
  bool last_chunk_ = false;
};

}  // namespace regauge::fuzz
