#include "proxy/inspect_print.h"

#include "proxy/json_text.h"

namespace regauge::proxy {
namespace {

namespace json = boost::json;

std::string_view version_name(http::Version version) {
  switch (version) {
    case http::Version::http_0_9: return "0.9";
    case http::Version::http_1_0: return "1.0";
    case http::Version::http_1_1: return "1.1";
    case http::Version::http_2: return "2";
  }
  return {};
}

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

}  // namespace

void EventPrinter::print(const json::object& event) {
  flush();
  if (style_ == PrintStyle::json) {
    out_ << json::serialize(event) << '\n';
  } else {
    print_lines(event);
  }
}

void EventPrinter::content(std::uint32_t stream, std::string_view octets) {
  if (!octets_.empty() && stream != stream_) flush();
  stream_ = stream;
  octets_ += octets;
}

void EventPrinter::flush() {
  if (octets_.empty()) return;
  const std::string octets = std::move(octets_);
  octets_.clear();
  print({{"event", "content"}, {"stream", stream_}, {"base64", to_base64(octets)}});
}

// What was done about a deviation, and which section of which RFC it is about.
void EventPrinter::print_rule(const json::object& rule) {
  out_ << "    " << text_of(rule.at("name")) << " at offset " << text_of(rule.at("offset")) << " ("
       << text_of(rule.at("section")) << "): " << text_of(rule.at("sentence")) << '\n';
}

// A field line or a plain value, on one line.
void EventPrinter::print_part(const json::value& part) {
  if (part.is_array()) {
    for (const json::value& each : part.as_array()) out_ << text_of(each) << ' ';
  } else {
    out_ << text_of(part);
  }
}

// One line for the event, then one for each field and each rule.
void EventPrinter::print_lines(const json::object& event) {
  out_ << text_of(event.at("event"));
  for (const auto& [key, value] : event) {
    if (key == "event" || value.is_array()) continue;
    out_ << "  " << key << '=' << text_of(value);
  }
  out_ << '\n';
  for (const auto& [key, value] : event) {
    if (!value.is_array()) continue;
    for (const json::value& each : value.as_array()) {
      if (key == "deviations") {
        print_rule(each.as_object());
        continue;
      }
      out_ << "    " << key << ' ';
      print_part(each);
      out_ << '\n';
    }
  }
}

json::array json_of(http::FieldSection section) {
  json::array array;
  for (const http::FieldLine& line : section) {
    array.push_back(json::array{to_latin1_text(line.name), to_latin1_text(line.value)});
  }
  return array;
}

json::array json_of(http::RuleNotes notes) {
  json::array array;
  for (const http::RuleNote& note : notes) {
    array.push_back(json::object{{"name", note.rule->name},
                                 {"offset", note.offset},
                                 {"section", note.rule->section},
                                 {"sentence", note.rule->sentence}});
  }
  return array;
}

std::string_view framing_name(http::Framing framing) {
  switch (framing) {
    case http::Framing::none: return "none";
    case http::Framing::length: return "length";
    case http::Framing::stream: return "chunked";
    case http::Framing::until_close: return "until_close";
    case http::Framing::tunnel: return "tunnel";
  }
  return {};
}

void add_head(json::object& event, http::Version version, http::FieldSection fields,
              const http::Content& content, http::RuleNotes notes) {
  event["version"] = version_name(version);
  event["fields"] = json_of(fields);
  event["framing"] = framing_name(content.framing);
  if (content.framing == http::Framing::length) event["length"] = content.length;
  event["deviations"] = json_of(notes);
}

}  // namespace regauge::proxy
