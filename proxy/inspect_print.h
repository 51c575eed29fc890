// Prints what `regauge inspect` found: one JSON object a line, or lines for a person.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "regauge/http/field.h"
#include "regauge/http/head.h"
#include "regauge/http/rule.h"

namespace regauge::proxy {

/// Says how events are written.
enum class PrintStyle : std::uint8_t { lines, json };

/// Writes events in order; adjacent content of a stream is joined into one event.
class EventPrinter {
 public:
  EventPrinter(std::ostream& out, PrintStyle style) : out_(out), style_(style) {}
  ~EventPrinter() { flush(); }
  EventPrinter(const EventPrinter&) = delete;
  EventPrinter& operator=(const EventPrinter&) = delete;

  /// Writes an event.
  void print(const boost::json::object& event);
  /// Appends content of a stream.
  void content(std::uint32_t stream, std::string_view octets);
  /// Writes content that waits to be joined with more.
  void flush();

 private:
  void print_lines(const boost::json::object& event);
  void print_part(const boost::json::value& part);
  void print_rule(const boost::json::object& rule);

  std::ostream& out_;
  PrintStyle style_;
  std::uint32_t stream_ = 0;
  std::string octets_;
};

/// Renders field lines as pairs.
[[nodiscard]] boost::json::array json_of(http::FieldSection section);
/// Renders notes with name, offset and section.
[[nodiscard]] boost::json::array json_of(http::RuleNotes notes);
/// Names a framing: none, length, chunked, until_close or tunnel.
[[nodiscard]] std::string_view framing_name(http::Framing framing);
/// Adds what every head tells: version, fields, framing, length and deviations.
void add_head(boost::json::object& event, http::Version version, http::FieldSection fields,
              const http::Content& content, http::RuleNotes notes);

}  // namespace regauge::proxy
