// Builders of heads for the tests of translate, and views of what came of them as text.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "regauge/translate/exchange.h"

namespace regauge::tests {

using Texts = std::vector<std::string>;

/// Writes each line as "name: value".
inline Texts texts_of(http::FieldSection section) {
  Texts texts;
  for (const http::FieldLine& line : section) {
    texts.push_back(std::string(line.name) + ": " + std::string(line.value));
  }
  return texts;
}

/// Returns the values of one name, in order.
inline Texts values_of(http::FieldSection section, std::string_view name) {
  Texts values;
  for (const http::FieldLine& line : section) {
    if (line.name == name) values.emplace_back(line.value);
  }
  return values;
}

/// Joins the octets of slices.
inline std::string octets_of(std::span<const wire::Slice> slices) {
  std::string octets;
  for (const wire::Slice& slice : slices) octets += wire::as_text(slice.bytes());
  return octets;
}

inline wire::Slice slice_of(std::string_view octets) {
  return wire::Slice::copy_of(wire::as_bytes(octets));
}

/// Owns field lines; may be copied.
class Lines {
 public:
  void add(std::string_view name, std::string_view value) {
    texts_.push_back({std::string(name), std::string(value), http::Indexing::allowed});
  }
  void never_index_last() { texts_.back().indexing = http::Indexing::never; }
  /// Views the lines. Lifetime: that of this object, until the next `add` or `section`.
  [[nodiscard]] http::FieldSection section() const {
    lines_.clear();
    for (const Text& text : texts_) {
      lines_.push_back(http::field_line(text.name, text.value));
      lines_.back().indexing = text.indexing;
    }
    return lines_;
  }

 private:
  struct Text {
    std::string name;
    std::string value;
    http::Indexing indexing;
  };
  std::vector<Text> texts_;
  mutable std::vector<http::FieldLine> lines_;
};

/// Makes a section in place: section({{"a", "b"}}).
inline Lines section(std::initializer_list<std::pair<std::string_view, std::string_view>> pairs) {
  Lines lines;
  for (const auto& [name, value] : pairs) lines.add(name, value);
  return lines;
}

inline constexpr http::Rule kForgivenRule{"ctl-in-value", "RFC 9110 5.5", "It was kept."};
inline constexpr std::array<http::RuleNote, 1> kForgiven{{{&kForgivenRule, 0}}};

/// Builds a request head as a codec would.
class Request {
 public:
  explicit Request(std::string_view method, std::string_view path = "/") {
    head_.method = http::method_of(method);
    head_.authority = "a.test";
    head_.path = path;
  }
  Request& authority(std::string_view authority) { return head_.authority = authority, *this; }
  Request& scheme(std::string_view scheme) { return head_.scheme = scheme, *this; }
  Request& protocol(std::string_view protocol) { return head_.protocol = protocol, *this; }
  Request& version(http::Version version) { return head_.version = version, *this; }
  Request& content(http::Content content) { return head_.content = content, *this; }
  Request& field(std::string_view name, std::string_view value) {
    lines_.add(name, value);
    return *this;
  }
  /// Notes that a preset forgave something in this head.
  Request& forgiven() { return head_.notes = kForgiven, *this; }
  /// Marks the last field as never to be indexed (RFC 7541 §7.1.3).
  Request& never_indexed() { return lines_.never_index_last(), *this; }
  [[nodiscard]] http::RequestHead head() const {
    http::RequestHead head = head_;
    head.fields = lines_.section();
    return head;
  }

 private:
  http::RequestHead head_;
  Lines lines_;
};

/// Builds a response head as a codec would.
class Response {
 public:
  explicit Response(std::uint16_t status) { head_.status = http::Status{status}; }
  Response& content(http::Content content) { return head_.content = content, *this; }
  Response& field(std::string_view name, std::string_view value) {
    lines_.add(name, value);
    return *this;
  }
  /// Notes that a preset forgave something in this head.
  Response& forgiven() { return head_.notes = kForgiven, *this; }
  [[nodiscard]] http::ResponseHead head() const {
    http::ResponseHead head = head_;
    head.fields = lines_.section();
    return head;
  }

 private:
  http::ResponseHead head_;
  Lines lines_;
};

}  // namespace regauge::tests
