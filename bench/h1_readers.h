// The parsers that bench/h1_bench compares: each reads one message of an input and returns how many
// octets it took.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include <benchmark/benchmark.h>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <http_parser.h>

#include "bench/h1_inputs.h"
#include "regauge/h1/decoder.h"
#include "tests/oracle/beast_message.h"

namespace regauge::bench {

/// Our decoder. It stays, as on a connection that is kept.
class OwnReader {
 public:
  OwnReader(const H1Input& input, wire::Slice octets, h1::Preset preset)
      : input_(input),
        octets_(std::move(octets)),
        decoder_(h1::Policy(input.side, preset), http::Limits()) {}

  std::size_t run() {
    std::size_t taken = 0;
    while (taken < octets_.size()) {
      const std::size_t left = octets_.size() - taken;
      const std::size_t size = input_.piece == 0 ? left : std::min(input_.piece, left);
      // Without a count of references, which is not the decoder's.
      wire::Slice piece = wire::Slice::of_static(octets_.bytes().subspan(taken, size));
      while (true) {
        const h1::Part part = decoder_.next(piece);
        if (part.kind == h1::PartKind::violation) std::abort();
        if (part.kind == h1::PartKind::need_more) break;
        if (part.kind == h1::PartKind::end) break;
      }
      taken += size;
    }
    decoder_.next_message();
    return taken;
  }

 private:
  const H1Input& input_;
  wire::Slice octets_;
  h1::Decoder decoder_;
};

/// Beast's bare parser with handlers that do nothing.
template <bool kRequest>
std::size_t run_beast(const H1Input& input) {
  oracle::BeastMessage<kRequest> parser;
  std::size_t taken = 0;
  std::size_t offered = 0;
  while (!parser.is_done() && offered < input.octets.size()) {
    offered = input.piece == 0 ? input.octets.size()
                               : std::min(offered + input.piece, input.octets.size());
    boost::beast::error_code error;
    // What Beast does not take it wants to see again, with more behind it.
    while (!parser.is_done()) {
      const std::size_t now =
          parser.put(boost::asio::buffer(input.octets.data() + taken, offered - taken), error);
      taken += now;
      if (now == 0) break;
    }
    if (error && error != boost::beast::http::error::need_more) std::abort();
  }
  if (!parser.is_done()) std::abort();
  return taken;
}

/// Beast's own way to keep a message: fields in a list, content thrown away here.
template <bool kRequest>
std::size_t run_beast_keeping(const H1Input& input) {
  boost::beast::http::parser<kRequest, boost::beast::http::string_body> parser;
  parser.eager(true);
  parser.header_limit(1U << 20U);
  parser.body_limit(boost::none);
  std::size_t taken = 0;
  boost::beast::error_code error;
  while (!parser.is_done()) {
    const std::size_t now = parser.put(
        boost::asio::buffer(input.octets.data() + taken, input.octets.size() - taken), error);
    taken += now;
    if (now == 0) std::abort();
  }
  benchmark::DoNotOptimize(parser.get());
  return taken;
}

/// http-parser with callbacks that do nothing, which are called for every piece of the message.
inline std::size_t run_http_parser(const H1Input& input) {
  static const http_parser_settings kSettings = [] {
    http_parser_settings settings;
    http_parser_settings_init(&settings);
    const http_cb nothing = [](http_parser*) { return 0; };
    const http_data_cb no_data = [](http_parser*, const char*, std::size_t) { return 0; };
    settings.on_message_begin = nothing;
    settings.on_url = no_data;
    settings.on_status = no_data;
    settings.on_header_field = no_data;
    settings.on_header_value = no_data;
    settings.on_headers_complete = nothing;
    settings.on_body = no_data;
    settings.on_message_complete = nothing;
    return settings;
  }();
  http_parser parser;
  http_parser_init(&parser, input.side == h1::Side::request ? HTTP_REQUEST : HTTP_RESPONSE);
  const std::size_t piece = input.piece == 0 ? input.octets.size() : input.piece;
  for (std::size_t at = 0; at < input.octets.size(); at += piece) {
    const std::string_view offered = std::string_view(input.octets).substr(at, piece);
    const std::size_t taken =
        http_parser_execute(&parser, &kSettings, offered.data(), offered.size());
    if (taken != offered.size()) std::abort();
  }
  return input.octets.size();
}

}  // namespace regauge::bench
