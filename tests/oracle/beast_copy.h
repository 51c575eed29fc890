// Boost.Beast as a reader whose reading of one message is compared with ours part by part.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/beast/http/error.hpp>

#include "tests/oracle/beast_message.h"

namespace regauge::oracle {

/// What Beast read of a message. The texts are copies.
struct BeastReading {
  Reading reading;
  boost::beast::error_code error;  ///< why it was refused
  std::string method;
  std::string target;
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::pair<std::string, std::string>> trailers;
  std::string content;
};

/// Parses with Beast and keeps what it says.
template <bool kRequest>
class BeastCopy : public BeastMessage<kRequest> {
 public:
  explicit BeastCopy(BeastReading& into) : into_(into) {}

 private:
  using Text = boost::beast::string_view;
  using Error = boost::beast::error_code;

  static std::string copy(Text text) { return {text.data(), text.size()}; }

  void on_request_impl(boost::beast::http::verb, Text method, Text target, int,
                       Error& error) override {
    error = {};
    into_.method = copy(method);
    into_.target = copy(target);
  }
  void on_response_impl(int status, Text, int, Error& error) override {
    error = {};
    into_.status = status;
  }
  void on_field_impl(boost::beast::http::field, Text name, Text value, Error& error) override {
    error = {};
    (this->is_header_done() ? into_.trailers : into_.fields).emplace_back(copy(name), copy(value));
  }
  std::size_t on_body_impl(Text text, Error& error) override {
    error = {};
    into_.content += copy(text);
    return text.size();
  }
  std::size_t on_chunk_body_impl(std::uint64_t, Text text, Error& error) override {
    error = {};
    into_.content += copy(text);
    return text.size();
  }

  BeastReading& into_;
};

/// Reads one message off the front of `octets`, which end there.
template <bool kRequest>
BeastReading copy_with_beast(std::span<const std::uint8_t> octets) {
  BeastReading reading;
  BeastCopy<kRequest> parser(reading);
  reading.reading = read_with(parser, octets, reading.error);
  if (!kRequest && parser.is_header_done() && !parser.is_done() && !reading.error) {
    boost::beast::error_code error;
    parser.put_eof(error);  // content may end with the connection
    if (!error && parser.is_done()) reading.reading.verdict = Verdict::complete;
  }
  return reading;
}

}  // namespace regauge::oracle
