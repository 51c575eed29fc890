#include <optional>
#include <vector>

#include "proxy/inspect_input.h"
#include "proxy/inspect_run.h"
#include "regauge/hpack/decoder.h"

namespace regauge::proxy {
namespace {

namespace json = boost::json;

std::optional<std::uint8_t> hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<std::uint8_t>(digit - 'A' + 10);
  return std::nullopt;
}

// Holds one line: its octets, and whether the last one has half of its digits.
struct Block {
  std::vector<std::uint8_t> octets;
  bool half = false;
};

Block block_of(std::string_view line) {
  Block block;
  std::uint8_t high = 0;
  for (const char character : line) {
    if (character == ' ' || character == '\t' || character == '\r') continue;
    const std::optional<std::uint8_t> digit = hex_digit(character);
    if (!digit) throw UsageError("a line has a character that is no hexadecimal digit");
    if (block.half) block.octets.push_back(static_cast<std::uint8_t>(high << 4U | *digit));
    high = *digit;
    block.half = !block.half;
  }
  return block;
}

json::object json_of(const wire::Work& work) {
  return {{"bytes_in", work.bytes_in}, {"bytes_emitted", work.bytes_emitted},
          {"messages", work.messages}, {"steps", work.steps},
          {"probes", work.probes},     {"compares", work.compares},
          {"copies", work.copies},     {"evictions", work.evictions}};
}

class Reading {
 public:
  Reading(const InspectOptions& options, EventPrinter& printer) : printer_(printer) {
    const json::object context = parse_context(options.context);
    check_keys(context, {"table_size", "list_bytes"});
    decoder_.set_table_limit(number_of(context, "table_size", 4096));
    limits_.section_bytes = number_of(context, "list_bytes", limits_.section_bytes);
  }

  // Prints the block; returns false behind a violation.
  bool read(const Block& block) {
    arena_.reset();
    const auto decoded = decoder_.decode(block.octets, arena_, limits_);
    if (!decoded) {
      const http::Rule& rule = hpack::rule_of(decoded.error().violation);
      printer_.print({{"event", "violation"},
                      {"scope", "connection"},
                      {"name", rule.name},
                      {"code", "COMPRESSION_ERROR"},
                      {"section", rule.section},
                      {"offset", decoded.error().offset},
                      {"sentence", rule.sentence}});
      return false;
    }
    json::array never;
    for (std::size_t i = 0; i < decoded->lines.size(); ++i) {
      if (decoded->lines[i].indexing == http::Indexing::never) never.push_back(i);
    }
    json::object event{{"event", "block"},
                       {"fields", proxy::json_of(http::FieldSection(decoded->lines))},
                       {"never_indexed", never},
                       {"table_octets", decoder_.table().table_bytes()},
                       {"table_entries", decoder_.table().entry_count()},
                       {"work", json_of(decoder_.work())}};
    if (decoded->passed != hpack::ListLimit::none) event["list_limit_passed"] = true;
    printer_.print(event);
    return true;
  }

 private:
  hpack::Decoder decoder_;
  hpack::FieldArena arena_;
  hpack::ListLimits limits_;
  EventPrinter& printer_;
};

}  // namespace

int inspect_hpack(const InspectOptions& options, std::string_view text, EventPrinter& printer) {
  [[maybe_unused]] const Cutter cutter(
      options.cut);  // a block is decoded whole: its cut changes nothing
  Reading reading(options, printer);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    const Block block = block_of(line);
    if (block.half) {
      printer.print({{"event", "need_more"}});
      return kNeedsMore;
    }
    if (!reading.read(block)) return kViolated;
  }
  return kClean;
}

}  // namespace regauge::proxy
