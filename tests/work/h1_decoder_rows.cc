// Rows of the HTTP/1 decoder: usual messages, and lines that are short, odd or cut small.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "regauge/h1/decoder.h"
#include "tests/work/probe.h"

namespace regauge::tests {
namespace {

constexpr std::size_t kInputOctets = 30'000;

struct Row {
  std::string name;
  std::string message;  // repeated until there are kInputOctets
  std::size_t piece = SIZE_MAX;
  h1::Side side = h1::Side::request;
};

std::string repeated(std::string_view text, std::size_t times) {
  std::string whole;
  for (std::size_t i = 0; i < times; ++i) whole += text;
  return whole;
}

// Reads every part of the input, offered in pieces; returns how many there were.
std::uint64_t read_all(h1::Decoder& decoder, const wire::Slice& input, std::size_t piece) {
  wire::Slice rest = input;
  std::uint64_t pieces = 0;
  while (!rest.empty()) {
    wire::Slice offered = rest.sub(0, std::min(piece, rest.size()));
    rest.drop_front(offered.size());
    ++pieces;
    for (;;) {
      const h1::Part part = decoder.next(offered);
      if (part.kind == h1::PartKind::need_more) break;
      if (part.kind == h1::PartKind::end) decoder.next_message();
      if (part.kind == h1::PartKind::violation) {
        const auto& rule = h1::catalogue_row(decoder.violation().deviation).rule;
        std::fprintf(stderr, "refused at %llu: %s\n",
                     static_cast<unsigned long long>(decoder.violation().offset),
                     std::string(rule.name).c_str());
        std::abort();
      }
    }
  }
  return pieces;
}

void run(const Row& row) {
  const std::size_t times = kInputOctets / row.message.size() + 1;
  const wire::Slice input = wire::Slice::copy_of(wire::as_bytes(repeated(row.message, times)));
  h1::Decoder decoder(h1::Policy(row.side, h1::Preset::maximal), http::Limits());
  read_all(decoder, input, row.piece);
  probe(
      "h1-decode/" + row.name, [&] { return decoder.work(); },
      [&] { return read_all(decoder, input, row.piece); });
}

std::string request(std::string_view field_lines, std::string_view content = "") {
  return "GET / HTTP/1.1\r\nHost: a.test\r\n" + std::string(field_lines) + "\r\n" +
         std::string(content);
}

}  // namespace

void probe_h1_decoder() {
  const std::string browser = request(
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/130.0\r\n"
      "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
      "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
      "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n");
  run({"browser", browser});
  run({"browser-octet-by-octet", browser, 1});
  run({"get-of-76-octets",
       "GET / HTTP/1.1\r\nHost: 127.0.0.1:18080\r\nUser-Agent: h2load nghttp2/1.52.0\r\n\r\n"});
  run({"cookie-of-2k", request("Cookie: s=" + std::string(2'160, 'c') + "\r\n")});
  run({"many-small-fields", request(repeated("abc: d\r\n", 89))});
  // Each of them is clean by its octets, and has to be looked at closely.
  run({"many-aliases", request(repeated("content_length:x\r\n", 240))});
  run({"shortest-request", request("")});
  run({"shortest-field-lines", request(repeated("a:\r\n", 250))});
  run({"long-value", request("x: " + std::string(30'000, 'v') + "\r\n")});
  run({"long-value-octet-by-octet", request("x: " + std::string(30'000, 'v') + "\r\n"), 1});
  run({"long-value-of-spaces", request("x: v" + std::string(30'000, ' ') + "v\r\n")});
  run({"folded-lines", request("x: v\r\n" + repeated(" v\r\n", 1'000))});
  run({"many-connection-options", request("Connection: " + repeated("a,", 10'000) + "b\r\n")});
  run({"many-connection-lines", request(repeated("Connection: a\r\n", 250))});
  run({"many-content-lengths", request(repeated("Content-Length: 0\r\n", 250))});
  run({"long-target", "GET /" + std::string(30'000, 'a') + " HTTP/1.1\r\nHost: a.test\r\n\r\n"});
  run({"leading-empty-lines", repeated("\r\n", 4) + request("")});
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  run({"chunks-of-one-octet", request(chunked, repeated("1\r\nx\r\n", 1'000) + "0\r\n\r\n")});
  run({"chunks-octet-by-octet", request(chunked, repeated("1\r\nx\r\n", 1'000) + "0\r\n\r\n"), 1});
  run({"chunk-extensions",
       request(chunked,
               repeated("40;a=b;c=\"d\"\r\n" + std::string(64, 'x') + "\r\n", 100) + "0\r\n\r\n")});
  run({"trailer-lines", request(chunked, "0\r\n" + repeated("a: b\r\n", 250) + "\r\n")});
  run({"content-octet-by-octet", request("Content-Length: 30000\r\n", std::string(30'000, 'x')),
       1});
}

}  // namespace regauge::tests
