// http_parser as a neighbour that reads the same octets: the parser that node.js and many others
// had for years. It takes a bare LF for a line end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <http_parser.h>

#include "regauge/wire/bytes.h"
#include "tests/oracle/reading.h"

namespace regauge::oracle {

/// Says how much http_parser forgives: all of its own switches, or none.
enum class HttpParserMode : std::uint8_t { strict, lenient };

/// Reads one request off the front of `octets` with http_parser.
inline Reading read_with_http_parser(std::span<const std::uint8_t> octets, HttpParserMode mode) {
  struct Seen {
    bool head = false;
    bool until_eof = false;
    bool end = false;
  } seen;
  http_parser_settings settings;
  http_parser_settings_init(&settings);
  settings.on_headers_complete = [](http_parser* parser) {
    auto& told = *static_cast<Seen*>(parser->data);
    told.head = true;
    told.until_eof = parser->uses_transfer_encoding != 0 && (parser->flags & F_CHUNKED) == 0;
    return 0;
  };
  settings.on_message_complete = [](http_parser* parser) {
    static_cast<Seen*>(parser->data)->end = true;
    http_parser_pause(parser, 1);
    return 0;
  };
  http_parser parser;
  http_parser_init(&parser, HTTP_REQUEST);
  parser.data = &seen;
  parser.lenient_http_headers = mode == HttpParserMode::lenient ? 1 : 0;
  parser.allow_chunked_length = mode == HttpParserMode::lenient ? 1 : 0;
  const std::string_view text = wire::as_text(octets);
  const std::size_t taken = http_parser_execute(&parser, &settings, text.data(), text.size());
  if (seen.end) return {Verdict::complete, taken};
  if (HTTP_PARSER_ERRNO(&parser) != HPE_OK) return {};
  // Quirk http_parser-until-eof: with its leniency on, a request with a Transfer-Encoding that it
  // does not know, or with a longer name of that beginning, has content up to the end of the
  // connection. RFC 9112 §6.3: no request has.
  if (seen.until_eof) return {};
  return {seen.head ? Verdict::incomplete_content : Verdict::incomplete_head, taken};
}

}  // namespace regauge::oracle
