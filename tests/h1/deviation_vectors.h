// One message for each row of the catalogue and side that the cases of tests/cases/h1.jsonl do not
// show alone. The names are all deviations that the message has, the row in question first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "regauge/h1/decoder.h"

namespace regauge::h1 {

/// A message and what is wrong with it.
struct DeviationVector {
  Side side = Side::request;
  std::vector<std::string> names;
  std::string octets;
  ResponseContext context;
};

/// Makes a request of HTTP/1.1 with one Host and the given lines behind it.
inline std::string get_with(std::string_view lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
}
/// Makes a chunked request with the given chunks.
inline std::string post_chunks(std::string_view chunks) {
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks);
}
/// Makes a response with the given lines and content.
inline std::string ok_with(std::string_view lines, std::string_view content = "") {
  return "HTTP/1.1 200 OK\r\n" + std::string(lines) + "\r\n" + std::string(content);
}
/// Makes a chunked response with the given chunks.
inline std::string ok_chunks(std::string_view chunks) {
  return ok_with("Transfer-Encoding: chunked\r\n", chunks);
}
/// Repeats text.
inline std::string times(std::size_t count, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

/// Lists the requests.
inline std::vector<DeviationVector> request_vectors() {
  using std::string_literals::operator""s;
  const auto request = [](std::vector<std::string> names, std::string octets) {
    return DeviationVector{Side::request, std::move(names), std::move(octets), {}};
  };
  return {
      request({"leading-crlf"}, "\r\n\r\n" + get_with("")),
      request({"leading-lf"}, "\n" + get_with("")),
      request({"leading-crlf-flood", "leading-crlf"}, times(9, "\r\n") + get_with("")),
      request({"bare-lf-start-line", "bare-lf-field-line"}, "GET / HTTP/1.1\nHost: a\n\n"),
      request({"bare-lf-field-line", "mixed-eol"}, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
      request({"mixed-eol", "bare-lf-field-line"}, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
      request({"http1-higher-minor"}, "GET / HTTP/1.9\r\nHost: a\r\n\r\n"),
      request({"bad-version"}, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
      request({"h2-preface"}, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      request({"non-uri-char-in-target"}, "GET /<a> HTTP/1.1\r\nHost: a\r\n\r\n"),
      request({"obs-text-in-target"}, "GET /\xe4 HTTP/1.1\r\nHost: a\r\n\r\n"),
      request({"userinfo-in-target"}, "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
      request({"absolute-form-host-mismatch"}, "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
      request({"underscore-framing-alias"}, get_with("Content_Length: 5\r\n")),
      request({"target-too-long"}, "GET /" + std::string(70000, 'x') + " HTTP/1.1\r\n\r\n"),
      request({"too-many-fields"}, get_with(times(300, "X: 1\r\n"))),
      request({"cl-leading-zeros"}, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 03\r\n\r\nabc"),
      request({"te-empty-element"},
              "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"),
      request({"te-empty"}, get_with("Transfer-Encoding:\r\n")),
      request({"te-multiple-lines", "te-chunked-twice"},
              get_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")),
      request({"te-unsupported-coding"}, get_with("Transfer-Encoding: gzip, chunked\r\n")),
      request({"chunk-size-trailing-ws"}, post_chunks("1 \r\nx\r\n0\r\n\r\n")),
      request({"chunk-overhead"},
              post_chunks(times(120, "1;" + std::string(1000, 'e') + "\r\nx\r\n"))),
      request({"forbidden-trailer-field"}, post_chunks("0\r\nAuthorization: a\r\n\r\n")),
      request({"malformed-trailer"}, post_chunks("0\r\nno colon\r\n\r\n")),
      request({"close-and-keep-alive"}, get_with("Connection: close, keep-alive\r\n")),
  };
}

/// Lists the responses.
inline std::vector<DeviationVector> response_vectors() {
  using std::string_literals::operator""s;
  const auto response = [](std::vector<std::string> names, std::string octets) {
    return DeviationVector{Side::response, std::move(names), std::move(octets), {}};
  };
  const std::string kLast = "0\r\n\r\n";
  return {
      response({"leading-crlf"}, "\r\n" + ok_with("Content-Length: 0\r\n")),
      response({"bare-lf-start-line", "bare-lf-field-line"},
               "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
      response({"bare-cr-line"}, ok_with("X\rY: 1\r\n")),
      response({"bare-cr-framing"}, ok_with("Content-Length: 1\r2\r\n")),
      response({"nul-start-line"}, "HTTP/1.1 200 O\0K\r\n\r\n"s),
      response({"http1-higher-minor"}, "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n"),
      response({"ctl-in-reason"}, "HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n"),
      response({"missing-reason-sp"}, "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"),
      response({"status-code-out-of-range"}, "HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n"),
      response({"non-token-field-name"}, ok_with("X Y: 1\r\nContent-Length: 0\r\n")),
      response({"nul-in-field"}, ok_with("X: a\0b\r\n"s)),
      response({"ctl-framing"}, ok_with("Content-Length: 1\x01\r\n")),
      response({"obs-text-framing"}, ok_with("Content-Length: 1\xa0\r\n")),
      response({"underscore-framing-alias"}, ok_with("Content_Length: 5\r\nContent-Length: 0\r\n")),
      response({"line-too-long"}, ok_with("X: " + std::string(70000, 'x') + "\r\n")),
      response({"too-many-fields"}, ok_with(times(300, "X: 1\r\n"))),
      response({"cl-leading-zeros"}, ok_with("Content-Length: 01\r\n", "x")),
      response({"cl-invalid-response"}, ok_with("Content-Length: 1,\r\n", "x")),
      response({"cl-invalid"}, ok_with("Content-Length: 1, x\r\n", "x")),
      response({"cl-duplicate-same"}, ok_with("Content-Length: 1\r\nContent-Length: 1\r\n", "x")),
      response({"cl-conflict"}, ok_with("Content-Length: 1\r\nContent-Length: 2\r\n", "x")),
      response({"cl-invalid"}, ok_with("Content-Length: x\r\nContent-Length: 1\r\n", "x")),
      response({"cl-overflow"}, ok_with("Content-Length: 9223372036854775808\r\n")),
      response({"cl-and-te"},
               ok_with("Content-Length: 9\r\nTransfer-Encoding: chunked\r\n", kLast)),
      response({"cl-invalid-with-te"},
               ok_with("Content-Length: x\r\nTransfer-Encoding: chunked\r\n", kLast)),
      response({"te-unknown-response"}, ok_with("Transfer-Encoding: xchunked\r\n", "raw")),
      response({"te-empty-element"}, ok_with("Transfer-Encoding: ,chunked\r\n", kLast)),
      response({"te-empty"}, ok_with("Transfer-Encoding:\r\n")),
      response({"te-multiple-lines", "te-chunked-twice"},
               ok_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", kLast)),
      response({"te-unsupported-coding"}, ok_with("Transfer-Encoding: gzip, chunked\r\n", kLast)),
      response({"chunk-size-invalid"}, ok_chunks("0x1\r\n")),
      response({"chunk-size-overflow"}, ok_chunks("8000000000000000\r\n")),
      response({"bare-cr-chunk-line"}, ok_chunks("1\r;a\r\nx\r\n" + kLast)),
      response({"chunk-ext-unbalanced-quote"}, ok_chunks("1;a=\"x\r\nx\r\n" + kLast)),
      response({"chunk-ext-malformed"}, ok_chunks("1;;a\r\nx\r\n" + kLast)),
      response({"chunk-ext-ctl"}, ok_chunks("1;a=\x01\r\nx\r\n" + kLast)),
      response({"chunk-line-too-long"}, ok_chunks("1;" + std::string(5000, 'a') + "\r\n")),
      response({"chunk-overhead"},
               ok_chunks(times(120, "1;" + std::string(1000, 'e') + "\r\nx\r\n"))),
      response({"chunk-data-terminator"}, ok_chunks("1\r\nxy\r\n" + kLast)),
      response({"forbidden-trailer-field"}, ok_chunks("0\r\nSet-Cookie: a\r\n\r\n")),
      response({"forbidden-trailer-field"}, ok_chunks("0\r\nContent-Length: 5\r\n\r\n")),
      response({"malformed-trailer"}, ok_chunks("0\r\nno colon\r\n\r\n")),
      response({"bare-lf-trailer"}, ok_chunks("0\r\nX: 1\n\r\n")),
      response({"obs-fold-trailer"}, ok_chunks("0\r\nX: 1\r\n 2\r\n\r\n")),
      response({"close-and-keep-alive"},
               ok_with("Connection: close, keep-alive\r\nContent-Length: 0\r\n")),
      response({"incomplete"}, "HTTP/1.1 200 OK\r\nConte"),
  };
}

}  // namespace regauge::h1
