#include "proxy/origin/endpoints.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include <fmt/format.h>
#include <openssl/sha.h>

#include "proxy/origin/grpc_echo.h"
#include "proxy/origin/json.h"
#include "proxy/origin/page.h"

namespace regauge::origin {
namespace {

using boost::asio::awaitable;
using Answer = awaitable<void> (*)(Exchange&, const Statistics&);

constexpr std::uint64_t kHoldMs = 600'000;
constexpr std::uint64_t kLineOctets = 16;
constexpr std::uint64_t kPieceOctets = 32 * 1024;
constexpr std::uint64_t kKeptOctets = 64 * 1024;

// The checksum of content that comes piece by piece.
class Checksum {
 public:
  Checksum() { SHA256_Init(&state_); }
  void add(std::string_view octets) {
    SHA256_Update(&state_, octets.data(), octets.size());
    octets_ += octets.size();
  }
  std::uint64_t octets() const { return octets_; }
  std::string text() {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256_Final(digest.data(), &state_);
    std::string hex;
    for (const std::uint8_t octet : digest) hex += fmt::format("{:02x}", octet);
    return hex;
  }

 private:
  SHA256_CTX state_{};
  std::uint64_t octets_ = 0;
};

// Sends one small answer.
awaitable<void> say(Exchange& exchange, unsigned status, std::string type, std::string content) {
  const ResponseHead head{status, {{"content-type", std::move(type)}}, content.size()};
  exchange.head(head);
  co_await exchange.write(std::move(content));
  Lines none;
  co_await exchange.end(std::move(none));
}

// GET /: the page that calls gRPC-Web.
awaitable<void> page(Exchange& exchange, const Statistics&) {
  return say(exchange, 200, "text/html; charset=utf-8", std::string(kPage));
}

// /stats: what the origin saw.
awaitable<void> stats(Exchange& exchange, const Statistics& statistics) {
  return say(exchange, 200, "application/json", statistics.json());
}

// /status/NNN: that status; content only where the status may have it.
awaitable<void> status(Exchange& exchange, const Statistics&) {
  const std::string path = exchange.request().path();
  const std::string_view digits =
      std::string_view(path).substr(std::string_view("/status/").size());
  unsigned code = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), code);
  if (parsed.ec != std::errc() || code < 200 || code > 999) {
    return say(exchange, 400, "text/plain", "a status is a number from 200 to 999\n");
  }
  return say(exchange, code, "text/plain",
             code == 204 || code == 304 ? "" : fmt::format("status {}\n", code));
}

// /echo: the content as it comes, then the trailers.
awaitable<void> echo(Exchange& exchange, const Statistics&) {
  ResponseHead head;
  const std::string* type = find(exchange.request().lines, "content-type");
  head.lines.push_back({"content-type", type != nullptr ? *type : "application/octet-stream"});
  head.length = exchange.request().length;
  std::string octets = co_await exchange.read();  // a client may wait for 100 before it sends
  exchange.head(head);
  while (!octets.empty()) {
    co_await exchange.write(std::move(octets));
    octets = co_await exchange.read();
  }
  Lines trailers = exchange.trailers();
  co_await exchange.end(std::move(trailers));
}

// /request: the request as JSON, content by its length and checksum.
awaitable<void> request(Exchange& exchange, const Statistics&) {
  Checksum checksum;
  for (;;) {
    const std::string octets = co_await exchange.read();
    if (octets.empty()) break;
    checksum.add(octets);
  }
  const RequestHead& head = exchange.request();
  const std::string text = fmt::format(
      R"({{"protocol":{},"method":{},"target":{},"authority":{},"fields":{},)"
      R"("content":{{"octets":{},"sha256":"{}"}},"trailers":{}}})"
      "\n",
      json_of(head.protocol), json_of(head.method), json_of(head.target), json_of(head.authority),
      json_of(head.lines), checksum.octets(), checksum.text(), json_of(exchange.trailers()));
  co_await say(exchange, 200, "application/json", text);
}

// /upload: reads the content and tells its length and checksum.
awaitable<void> upload(Exchange& exchange, const Statistics&) {
  Checksum checksum;
  for (;;) {
    const std::string octets = co_await exchange.read();
    if (octets.empty()) break;
    checksum.add(octets);
  }
  const std::uint64_t octets = checksum.octets();
  co_await say(exchange, 200, "application/json",
               fmt::format("{{\"octets\":{},\"sha256\":\"{}\"}}\n", octets, checksum.text()));
}

// Numbered lines of 16 octets: each octet says where it belongs.
std::string numbered_lines(std::uint64_t from, std::uint64_t count) {
  std::string line = fmt::format("{:015}\n", from / kLineOctets);
  std::string octets;
  octets.reserve(count + 2 * kLineOctets);
  while (octets.size() < count + kLineOctets) {
    octets += line;
    std::size_t digit = kLineOctets - 2;
    for (; digit > 0 && line[digit] == '9'; --digit) line[digit] = '0';
    ++line[digit];
  }
  return octets.substr(from % kLineOctets, count);
}

// The first lines are made once: a benchmark asks for them again and again.
std::string known_octets(std::uint64_t from, std::uint64_t count) {
  static const std::string first = numbered_lines(0, kKeptOctets);
  const bool kept = from <= first.size() && count <= first.size() - from;
  return kept ? first.substr(from, count) : numbered_lines(from, count);
}

// /bytes/N: N known octets; with ?chunked=1 the length is not told before.
awaitable<void> bytes(Exchange& exchange, const Statistics&) {
  const std::string path = exchange.request().path();
  const std::string_view digits = std::string_view(path).substr(std::string_view("/bytes/").size());
  std::uint64_t length = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), length);
  ResponseHead head{200, {{"content-type", "application/octet-stream"}}, length};
  if (exchange.request().number("chunked", 0) != 0) head.length.reset();
  exchange.head(head);
  for (std::uint64_t at = 0; at < length; at += kPieceOctets) {
    std::string piece = known_octets(at, std::min(kPieceOctets, length - at));
    co_await exchange.write(std::move(piece));
  }
  Lines none;
  co_await exchange.end(std::move(none));
}

// /drip?n=&ms=: n lines with pauses between them.
awaitable<void> drip(Exchange& exchange, const Statistics&) {
  const std::uint64_t count = exchange.request().number("n", 5);
  const std::uint64_t ms = exchange.request().number("every", 100);
  const ResponseHead head{200, {{"content-type", "text/plain"}}, std::nullopt};
  exchange.head(head);
  for (std::uint64_t piece = 1; piece <= count; ++piece) {
    if (piece > 1) co_await exchange.pause(ms);
    std::string line = fmt::format("piece {} of {}\n", piece, count);
    co_await exchange.write(std::move(line));
    co_await exchange.flush();
  }
  Lines none;
  co_await exchange.end(std::move(none));
}

// /trailers: content and a trailer section behind it.
awaitable<void> trailers(Exchange& exchange, const Statistics&) {
  const ResponseHead head{
      200, {{"content-type", "text/plain"}, {"trailer", "x-sum, x-colons"}}, std::nullopt};
  exchange.head(head);
  co_await exchange.write("content before trailers\n");
  Lines lines{{"x-sum", "24"}, {"x-colons", "a:b: c::d"}};
  co_await exchange.end(std::move(lines));
}

// /early?status=: answers before the content is read, and ends the stream or connection behind it;
// with ?keep=1 it reads the content after the answer instead.
awaitable<void> early(Exchange& exchange, const Statistics&) {
  const std::uint64_t code = exchange.request().number("status", 413);
  if (exchange.request().number("keep", 0) == 0) exchange.unread_content(Unread::refuse);
  co_await say(exchange, static_cast<unsigned>(std::clamp<std::uint64_t>(code, 200, 599)),
               "text/plain", "answered before the content was read\n");
}

// /interim?status=&n=: interim responses, then the final one.
awaitable<void> interim(Exchange& exchange, const Statistics&) {
  const std::uint64_t code = exchange.request().number("status", 103);
  const std::uint64_t count = exchange.request().number("n", 1);
  for (std::uint64_t each = 0; each < count; ++each) {
    const ResponseHead head{static_cast<unsigned>(std::clamp<std::uint64_t>(code, 102, 199)),
                            {{"link", "</style.css>; rel=preload"}},
                            std::nullopt};
    exchange.interim(head);
    co_await exchange.flush();
  }
  co_await exchange.pause(exchange.request().number("then", 20));
  co_await say(exchange, 200, "text/plain", "after an interim response\n");
}

// /cut?octets=: promises 1000 octets more than it sends.
awaitable<void> cut(Exchange& exchange, const Statistics&) {
  const std::uint64_t octets = exchange.request().number("octets", 100);
  ResponseHead head{200, {{"content-type", "application/octet-stream"}}, octets + 1000};
  if (exchange.request().number("chunked", 0) != 0) head.length.reset();
  exchange.head(head);
  std::string known = known_octets(0, octets);
  co_await exchange.write(std::move(known));
  co_await exchange.cut();
}

// /hold: answers never; ends when the client gives up.
awaitable<void> hold(Exchange& exchange, const Statistics&) { return exchange.pause(kHoldMs); }

struct Endpoint {
  std::string_view path;
  Answer answer;
};
constexpr std::array kEndpoints{
    Endpoint{"/", page},        Endpoint{"/stats", stats},     Endpoint{"/status/", status},
    Endpoint{"/echo", echo},    Endpoint{"/request", request}, Endpoint{"/upload", upload},
    Endpoint{"/bytes/", bytes}, Endpoint{"/drip", drip},       Endpoint{"/trailers", trailers},
    Endpoint{"/early", early},  Endpoint{"/interim", interim}, Endpoint{"/cut", cut},
    Endpoint{"/hold", hold},
};

Answer endpoint_of(std::string_view path) {
  for (const Endpoint& each : kEndpoints) {
    const bool takes_more = each.path.size() > 1 && each.path.ends_with('/');
    if (takes_more ? path.starts_with(each.path) : path == each.path) return each.answer;
  }
  return nullptr;
}

}  // namespace

awaitable<void> answer(Exchange& exchange, const Statistics& statistics) {
  if (is_grpc(exchange.request())) {
    co_await answer_grpc(exchange);
    co_return;
  }
  const std::uint64_t ms = exchange.request().number("ms", 0);
  if (ms > 0) co_await exchange.pause(ms);
  const std::string path = exchange.request().path();
  if (const Answer found = endpoint_of(path)) {
    co_await found(exchange, statistics);
  } else {
    co_await say(exchange, 404, "text/plain", "the README of proxy/origin names the paths\n");
  }
}

}  // namespace regauge::origin
