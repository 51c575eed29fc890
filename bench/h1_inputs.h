// The messages that bench/h1_bench reads.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "regauge/h1/deviation.h"

namespace regauge::bench {

/// One message, and in what pieces it comes.
struct H1Input {
  std::string name;
  h1::Side side = h1::Side::request;
  std::string octets;
  std::size_t piece = 0;  ///< octets a read; 0: all at once
};

inline std::string repeated(std::size_t times, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

inline std::string browser_request(std::size_t cookie_octets) {
  return "GET /static/app/main.3f2a9c.js?v=20261124 HTTP/1.1\r\n"
         "Host: www.example.test\r\n"
         "Connection: keep-alive\r\n"
         "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/130.0.0.0 Safari/537.36\r\n"
         "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n"
         "Accept-Encoding: gzip, deflate, br, zstd\r\n"
         "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
         "Referer: https://www.example.test/products/list?page=2\r\n"
         "Sec-Fetch-Dest: script\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Site: same-origin\r\n"
         "Upgrade-Insecure-Requests: 1\r\nCache-Control: max-age=0\r\n"
         "If-None-Match: \"5f3a-1b2c3d4e5f\"\r\nDNT: 1\r\n"
         "Cookie: session=" +
         std::string(cookie_octets, 'c') + "\r\n\r\n";
}

inline std::string chunked_request(std::size_t chunks, std::string_view size, std::size_t octets) {
  const std::string chunk = std::string(size) + "\r\n" + std::string(octets, 'x') + "\r\n";
  return "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n" +
         repeated(chunks, chunk) + "0\r\n\r\n";
}

/// Returns the messages by name. The first four are those that the bars of README.md are about.
inline std::vector<H1Input> h1_inputs() {
  constexpr auto kRequest = h1::Side::request;
  return {
      {"short_get", kRequest,
       "GET / HTTP/1.1\r\nHost: 127.0.0.1:18080\r\nUser-Agent: h2load nghttp2/1.52.0\r\n\r\n"},
      {"browser", kRequest, browser_request(128)},
      {"big_cookie", kRequest,
       "GET / HTTP/1.1\r\nHost: www.example.test\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n"
       "Cookie: s=" +
           std::string(2160, 'c') + "\r\n\r\n"},
      {"small_fields", kRequest,
       "GET / HTTP/1.1\r\nHost: a.test\r\n" + repeated(89, "abc: d\r\n") + "\r\n"},
      {"curl", kRequest,
       "GET / HTTP/1.1\r\nHost: www.example.test\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n"
       "\r\n"},
      {"browser_2k_cookie", kRequest, browser_request(2048)},
      {"browser_16k_cookie", kRequest, browser_request(16384)},
      {"fields_90", kRequest,
       "GET / HTTP/1.1\r\nHost: a.test\r\n" + repeated(90, "X-Small: 12345\r\n") + "\r\n"},
      {"response_set_cookie", h1::Side::response,
       "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 10:00:00 GMT\r\nServer: origin\r\n"
       "Content-Type: text/html; charset=utf-8\r\nCache-Control: private, max-age=0\r\n" +
           repeated(
               8, "Set-Cookie: id=0123456789abcdef0123456789abcdef; Path=/; Secure; HttpOnly\r\n") +
           "Content-Length: 0\r\n\r\n"},
      {"chunked_16", kRequest, chunked_request(64, "10", 16)},
      {"chunked_1k", kRequest, chunked_request(16, "400", 1024)},
      {"chunked_64k", kRequest, chunked_request(4, "10000", 65536)},
      {"browser_64_octet_reads", kRequest, browser_request(2048), 64},
      {"browser_1_octet_reads", kRequest, browser_request(2048), 1},
      {"browser_16k_1_octet_reads", kRequest, browser_request(16384), 1},
      {"chunked_16_64_octet_reads", kRequest, chunked_request(64, "10", 16), 64},
      {"chunked_16_1_octet_reads", kRequest, chunked_request(64, "10", 16), 1},
  };
}

}  // namespace regauge::bench
