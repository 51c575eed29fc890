// Boost.Beast as a neighbour that reads the same octets: where does it end the first message?
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "tests/oracle/reading.h"

namespace regauge::oracle {

/// Parses with Beast's own state machine and keeps nothing.
template <bool kRequest>
class BeastMessage : public boost::beast::http::basic_parser<kRequest> {
 public:
  BeastMessage() {
    this->eager(true);
    this->header_limit(std::numeric_limits<std::uint32_t>::max());
    this->body_limit(boost::none);
  }

 private:
  using Text = boost::beast::string_view;
  using Error = boost::beast::error_code;

  void on_request_impl(boost::beast::http::verb, Text, Text, int, Error& error) override {
    error = {};
  }
  void on_response_impl(int, Text, int, Error& error) override { error = {}; }
  void on_field_impl(boost::beast::http::field, Text, Text, Error& error) override { error = {}; }
  void on_header_impl(Error& error) override { error = {}; }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, Error& error) override {
    error = {};
  }
  std::size_t on_body_impl(Text text, Error& error) override {
    error = {};
    return text.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, Error& error) override { error = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, Text text, Error& error) override {
    error = {};
    return text.size();
  }
  void on_finish_impl(Error& error) override { error = {}; }
};

using BeastRequest = BeastMessage<true>;
using BeastResponse = BeastMessage<false>;

/// Reads one message off the front of `octets` with a parser of Beast; `why` says why it refused.
template <typename Parser>
Reading read_with(Parser& parser, std::span<const std::uint8_t> octets,
                  boost::beast::error_code& why) {
  Reading reading;
  while (!parser.is_done()) {
    boost::beast::error_code error;
    const auto rest = octets.subspan(reading.octets);
    const std::size_t taken = parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
    reading.octets += taken;
    // Asked again without more octets, Beast 1.81 asserts behind a last chunk that is not complete.
    if (error == boost::beast::http::error::need_more) break;
    why = error;
    if (error) return reading;
    if (taken == 0) break;
  }
  if (parser.is_done()) {
    reading.verdict = Verdict::complete;
  } else {
    reading.verdict =
        parser.is_header_done() ? Verdict::incomplete_content : Verdict::incomplete_head;
  }
  return reading;
}

/// Reads one request off the front of `octets` with Beast.
inline Reading read_with_beast(std::span<const std::uint8_t> octets) {
  BeastRequest parser;
  boost::beast::error_code why;
  return read_with(parser, octets, why);
}

}  // namespace regauge::oracle
