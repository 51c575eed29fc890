#include "tests/oracle/h2_draw.h"

#include <algorithm>
#include <utility>

namespace regauge::oracle {
namespace {

// Names of the static table, and some that are not there.
constexpr std::array<std::string_view, 24> kNames{"accept",
                                                  "accept-encoding",
                                                  "user-agent",
                                                  "cache-control",
                                                  "if-none-match",
                                                  "referer",
                                                  "range",
                                                  "etag",
                                                  "vary",
                                                  "last-modified",
                                                  "content-type",
                                                  "set-cookie",
                                                  "link",
                                                  "authorization",
                                                  "x-request-id",
                                                  "x-forwarded-for",
                                                  "traceparent",
                                                  "grpc-timeout",
                                                  "x-a",
                                                  "x-b",
                                                  "x-c",
                                                  "priority-hint",
                                                  "sec-fetch-mode",
                                                  "strict-transport-security"};
constexpr std::array<std::string_view, 8> kMethods{"GET",    "GET",     "POST",  "PUT",
                                                   "DELETE", "OPTIONS", "PATCH", "HEAD"};
constexpr std::array<std::string_view, 10> kStatuses{"200", "200", "200", "404", "500",
                                                     "206", "301", "999", "204", "304"};
constexpr std::array<std::string_view, 3> kInterims{"100", "103", "199"};
constexpr std::array<std::uint32_t, 6> kCodes{0x8, 0x2, 0x7, 0xb, 0xd, 0x4321};

std::string_view value_of(const Lines& lines, std::string_view name) {
  const auto found =
      std::find_if(lines.begin(), lines.end(), [&](const Line& each) { return each.name == name; });
  return found == lines.end() ? std::string_view() : std::string_view(found->value);
}

}  // namespace

std::string Draw::text(std::size_t octets) {
  constexpr std::string_view kText = "abcdefghijklmnopqrstuvwxyz0123456789-_./~";
  std::string text(octets, 'x');
  for (char& octet : text) octet = kText[dice_.below(kText.size())];
  return text;
}

// What a field value may have, but for white space at its edges (RFC 9110 §5.5).
std::string Draw::octets(std::size_t size) {
  std::string octets(size, 'x');
  for (char& octet : octets) {
    const std::size_t drawn = dice_.below(0x100 - 0x20);
    octet = drawn == 0x7f - 0x20 ? '\t' : static_cast<char>(0x20 + drawn);
  }
  if (!octets.empty()) octets.front() = octets.back() = 'x';
  return octets;
}

std::string Draw::name() {
  if (!dice_.one_in(8)) return std::string(dice_.one_of(kNames));
  const std::size_t longest = dice_.one_in(10) ? 300 : 20;
  return "x-" + text(1 + dice_.below(longest)) + "z";
}

std::string Draw::value() {
  switch (dice_.below(8)) {
    case 0: return "";
    case 1: return octets(dice_.below(60));
    case 2: return text(dice_.below(40));
    case 3: return dice_.one_in(20) ? octets(dice_.below(8'000)) : text(dice_.below(300));
    default: return "value-" + std::to_string(dice_.below(20));
  }
}

Line Draw::line() {
  std::string drawn = name();
  // Slashes and the like are no part of a name.
  std::erase_if(drawn, [](char octet) { return octet == '/'; });
  return {std::move(drawn), value(), dice_.one_in(10)};
}

void Draw::add_lines(Lines& lines) {
  const std::size_t count = dice_.one_in(30) ? dice_.below(150) : dice_.below(16);
  for (std::size_t i = 0; i < count; ++i) lines.push_back(line());
  // More than a frame holds.
  if (dice_.one_in(60)) lines.push_back({"x-long", octets(17'000 + dice_.below(10'000)), false});
}

void Draw::add_content(Wanted& wanted) {
  std::size_t size = dice_.below(4'000);
  if (dice_.one_in(4)) size = 0;
  if (dice_.one_in(12)) size = dice_.below(150'000);
  Message& message = wanted.message;
  message.content.resize(size);
  const std::size_t step = 1 + dice_.below(250);
  const std::size_t first = dice_.below(256);
  for (std::size_t i = 0; i < size; ++i) {
    message.content[i] = static_cast<char>(first + i * step + i / 251);
  }
  if (wanted.tunnel) return;
  if (dice_.one_in(2)) wanted.length = size;
  if (!dice_.one_in(4)) return;
  message.trailers.push_back({"x-sum", std::to_string(size), dice_.one_in(4)});
  for (std::size_t i = dice_.below(5); i > 0; --i) {
    message.trailers.push_back({"x-trailer-" + std::to_string(i), value(), dice_.one_in(10)});
  }
}

void Draw::add_reset(Wanted& wanted, bool of_server) {
  if (!dice_.one_in(25)) return;
  wanted.reset_at = dice_.below(wanted.message.content.size() + 1);
  wanted.reset_code = of_server && dice_.one_in(3) ? 0x7 : dice_.one_of(kCodes);
}

Wanted Draw::request() {
  Wanted wanted;
  wanted.tunnel = tunnels_ == Tunnels::yes && dice_.one_in(20);
  Lines& head = wanted.message.head;
  const std::string method(wanted.tunnel ? "CONNECT" : dice_.one_of(kMethods));
  head.push_back({":method", method, false});
  if (wanted.tunnel) {
    head.push_back({":authority", "a.test:" + std::to_string(1 + dice_.below(60'000)), false});
  } else {
    head.push_back({":scheme", dice_.one_in(3) ? "http" : "https", false});
    head.push_back({":authority", dice_.one_in(3) ? "b.test:8080" : "a.test", false});
    const std::size_t size = dice_.one_in(10) ? dice_.below(2'000) : dice_.below(30);
    std::string path = "/" + text(size);
    if (dice_.one_in(3)) path += "?q=1";
    head.push_back({":path", std::move(path), false});
  }
  add_lines(head);
  if (dice_.one_in(3)) {
    for (std::size_t i = dice_.below(dice_.one_in(10) ? 90 : 6); i > 0; --i) {
      head.push_back({"cookie", "c" + std::to_string(i) + "=" + text(dice_.below(60)), false});
    }
  }
  if (dice_.one_in(6)) head.push_back({"te", "trailers", false});
  if (dice_.one_in(6)) head.push_back({"priority", dice_.one_in(2) ? "u=1, i" : "u=6", false});
  const bool has_content = wanted.tunnel || (method != "GET" && method != "HEAD");
  if (has_content) add_content(wanted);
  add_reset(wanted, false);
  return wanted;
}

Wanted Draw::response(const Lines& request) {
  Wanted wanted;
  const std::string_view method = value_of(request, ":method");
  std::string status(dice_.one_of(kStatuses));
  wanted.tunnel = method == "CONNECT" && !dice_.one_in(4);
  if (wanted.tunnel) status = "200";
  if (method == "CONNECT" && !wanted.tunnel) status = "407";
  for (std::size_t i = dice_.one_in(4) ? dice_.below(3) : 0; i > 0; --i) {
    Lines& interim = wanted.message.interims.emplace_back(
        Lines{{":status", std::string(dice_.one_of(kInterims)), false}});
    if (dice_.one_in(2)) add_lines(interim);
  }
  wanted.message.head.push_back({":status", status, false});
  add_lines(wanted.message.head);
  const bool none = method == "HEAD" || status == "204" || status == "304";
  if (!none) add_content(wanted);
  if (method == "HEAD" && status != "204" && status != "304" && dice_.one_in(2)) {
    wanted.length = dice_.below(100'000);
  }
  wanted.waits = dice_.one_in(3);
  add_reset(wanted, true);
  return wanted;
}

}  // namespace regauge::oracle
