// Field lists for the HPACK benchmark: what a browser, an API client and a gRPC client exchange
// over one long connection. Deterministic; the values are made up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace regauge::bench {

/// Holds a field line by value.
struct Line {
  std::string name;
  std::string value;
};
/// Holds the sections of one direction of a connection, in order.
using Sections = std::vector<std::vector<Line>>;

/// Draws numbers that look random and are the same in every run.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t limit) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>((state_ >> 33U) % limit);
  }
  std::string hex(std::size_t digits) {
    std::string text;
    for (std::size_t i = 0; i < digits; ++i) text.push_back("0123456789abcdef"[below(16)]);
    return text;
  }

 private:
  std::uint64_t state_;
};

/// Requests of a browser that loads pages with their images and scripts: 17 lines each.
inline Sections browser_requests(std::size_t count) {
  Draw draw(1);
  Sections sections;
  const std::string cookie = "session=" + draw.hex(32) + "; theme=dark; consent=granted";
  std::string page = "/";
  for (std::size_t i = 0; i < count; ++i) {
    const bool document = i % 20 == 0;
    if (document) page = "/articles/" + draw.hex(6) + "/index.html";
    const std::string path =
        document ? page : "/static/img/" + draw.hex(10) + (i % 3 == 0 ? ".js" : ".webp");
    sections.push_back(
        {{":method", "GET"},
         {":scheme", "https"},
         {":authority", "www.news.example"},
         {":path", path},
         {"sec-ch-ua", "\"Chromium\";v=\"126\", \"Not/A)Brand\";v=\"8\""},
         {"sec-ch-ua-mobile", "?0"},
         {"sec-ch-ua-platform", "\"Linux\""},
         {"user-agent",
          "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
          "Chrome/126.0.0.0 Safari/537.36"},
         {"accept", document ? "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
                             : (i % 3 == 0 ? "*/*" : "image/avif,image/webp,image/*,*/*;q=0.8")},
         {"sec-fetch-site", document ? "none" : "same-origin"},
         {"sec-fetch-mode", document ? "navigate" : "no-cors"},
         {"sec-fetch-dest", document ? "document" : (i % 3 == 0 ? "script" : "image")},
         {"referer", "https://www.news.example" + page},
         {"accept-encoding", "gzip, deflate, br, zstd"},
         {"accept-language", "en-GB,en;q=0.9,de;q=0.8"},
         {"cookie", cookie},
         {"priority", document ? "u=0, i" : "u=2"}});
  }
  return sections;
}

/// Responses to such requests: 10 lines each.
inline Sections browser_responses(std::size_t count) {
  Draw draw(2);
  Sections sections;
  for (std::size_t i = 0; i < count; ++i) {
    sections.push_back(
        {{":status", i % 7 == 3 ? "304" : "200"},
         {"date", "Tue, 04 Jun 2024 11:" + std::to_string(10 + i / 50) + ":21 GMT"},
         {"content-type", i % 20 == 0 ? "text/html; charset=utf-8"
                                      : (i % 3 == 0 ? "text/javascript" : "image/webp")},
         {"content-length", std::to_string(200 + draw.below(90000))},
         {"cache-control", "public, max-age=31536000"},
         {"etag", "\"" + draw.hex(16) + "\""},
         {"last-modified", "Mon, 03 Jun 2024 0" + std::to_string(draw.below(10)) + ":00:00 GMT"},
         {"vary", "accept-encoding"},
         {"server", "origin"},
         {"strict-transport-security", "max-age=63072000; includeSubDomains"}});
  }
  return sections;
}

/// Requests of a JSON API client with a token, a trace and an id of its own each: 12 lines.
inline Sections api_requests(std::size_t count) {
  Draw draw(3);
  Sections sections;
  const std::string token = "Bearer " + draw.hex(180);
  for (std::size_t i = 0; i < count; ++i) {
    sections.push_back(
        {{":method", i % 4 == 0 ? "POST" : "GET"},
         {":scheme", "https"},
         {":authority", "api.shop.example"},
         {":path", "/v2/orders/" + std::to_string(draw.below(1000000)) + "?expand=items"},
         {"accept", "application/json"},
         {"content-type", "application/json"},
         {"content-length", std::to_string(draw.below(4000))},
         {"authorization", token},
         {"user-agent", "shop-client/4.12.0 (linux; amd64)"},
         {"x-request-id", draw.hex(32)},
         {"traceparent", "00-" + draw.hex(32) + "-" + draw.hex(16) + "-01"},
         {"accept-encoding", "gzip"}});
  }
  return sections;
}

/// Requests of a gRPC client that makes short unary calls: 9 lines each.
inline Sections grpc_requests(std::size_t count) {
  Draw draw(4);
  static constexpr std::string_view kMethods[] = {"GetCart", "AddItem", "ListProducts", "Quote"};
  Sections sections;
  for (std::size_t i = 0; i < count; ++i) {
    sections.push_back({{":method", "POST"},
                        {":scheme", "http"},
                        {":path", "/shop.v1.CartService/" + std::string(kMethods[draw.below(4)])},
                        {":authority", "cart.internal:8080"},
                        {"te", "trailers"},
                        {"content-type", "application/grpc"},
                        {"user-agent", "grpc-go/1.64.0"},
                        {"grpc-timeout", std::to_string(900 + draw.below(100)) + "m"},
                        {"x-tenant", "tenant-" + std::to_string(draw.below(20))}});
  }
  return sections;
}

/// Lists the connections of the benchmark by name.
inline std::vector<std::pair<std::string_view, Sections>> connections() {
  return {{"browser", browser_requests(300)},
          {"browser-responses", browser_responses(300)},
          {"api", api_requests(300)},
          {"grpc", grpc_requests(300)}};
}

}  // namespace regauge::bench
