// h1::Decoder beside Boost.Beast's parser in one binary: ns a message.
//
// Rows named beast run with handlers that do nothing: the bare parser, which hands out views of the
// input and stores nothing, while our decoder judges the message and keeps its head. Rows named
// beast_keeping are Beast's parser that keeps the fields, which is what a program uses.
// `h1_bench --benchmark_enable_random_interleaving=true --benchmark_repetitions=9` compares the
// two; absolute times mean nothing, the ratio of neighbouring rows does. `h1_bench --count ROW
// TIMES` runs one row so often: the difference between two counts of instructions is that of the
// work alone.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "regauge/h1/decoder.h"
#include "tests/oracle/beast_message.h"

namespace {

namespace h1 = regauge::h1;
namespace http = regauge::http;
namespace wire = regauge::wire;

struct Input {
  std::string name;
  h1::Side side = h1::Side::request;
  std::string octets;
  std::size_t piece = 0;  // octets a read; 0: all at once
};

struct Row {
  std::string name;
  std::size_t octets;
  std::function<std::size_t()> run;  // reads one message; returns its octets
};

std::string times(std::size_t count, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::string browser_request(std::size_t cookie_bytes) {
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
         "Cookie: session=" +
         std::string(cookie_bytes, 'c') + "\r\n\r\n";
}

std::vector<Input> inputs() {
  const std::string chunk = "400\r\n" + std::string(1024, 'x') + "\r\n";
  return {
      {"short_get", h1::Side::request, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"},
      {"browser_2k_cookie", h1::Side::request, browser_request(2048)},
      {"cookie_16k", h1::Side::request, browser_request(16384)},
      {"fields_90", h1::Side::request,
       "GET / HTTP/1.1\r\nHost: a.test\r\n" + times(90, "X-Small: 12345\r\n") + "\r\n"},
      {"response_set_cookie", h1::Side::response,
       "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 10:00:00 GMT\r\nServer: origin\r\n"
       "Content-Type: text/html; charset=utf-8\r\nCache-Control: private, max-age=0\r\n" +
           times(8,
                 "Set-Cookie: id=0123456789abcdef0123456789abcdef; Path=/; Secure; HttpOnly\r\n") +
           "Content-Length: 0\r\n\r\n"},
      {"chunked_1k", h1::Side::request,
       "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n" + times(16, chunk) +
           "0\r\n\r\n"},
      {"browser_64_octet_reads", h1::Side::request, browser_request(2048), 64},
  };
}

// A decoder that stays, as on a connection that is kept.
class Own {
 public:
  explicit Own(const Input& input)
      : input_(input),
        octets_(wire::Slice::copy_of(wire::as_bytes(input.octets))),
        decoder_(h1::Policy(input.side, h1::Preset::common), http::Limits()) {}

  std::size_t run() {
    std::size_t taken = 0;
    while (taken < octets_.size()) {
      const std::size_t left = octets_.size() - taken;
      const std::size_t size = input_.piece == 0 ? left : std::min(input_.piece, left);
      wire::Slice piece = octets_.sub(taken, size);
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
  const Input& input_;
  wire::Slice octets_;
  h1::Decoder decoder_;
};

template <bool kRequest>
std::size_t run_beast(const Input& input) {
  regauge::oracle::BeastMessage<kRequest> parser;
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

// Beast's own way to keep a message: fields in a list, content thrown away here.
template <bool kRequest>
std::size_t run_beast_keeping(const Input& input) {
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

std::vector<Row> rows() {
  static const std::vector<Input> kInputs = inputs();
  std::vector<Row> rows;
  for (const Input& input : kInputs) {
    const auto own = std::make_shared<Own>(input);
    rows.push_back({input.name + "/regauge", input.octets.size(), [own] { return own->run(); }});
    rows.push_back({input.name + "/beast", input.octets.size(), [&input] {
                      return input.side == h1::Side::request ? run_beast<true>(input)
                                                             : run_beast<false>(input);
                    }});
    if (input.piece != 0) continue;
    rows.push_back({input.name + "/beast_keeping", input.octets.size(), [&input] {
                      return input.side == h1::Side::request ? run_beast_keeping<true>(input)
                                                             : run_beast_keeping<false>(input);
                    }});
  }
  return rows;
}

int count(std::string_view name, std::size_t runs) {
  for (const Row& row : rows()) {
    if (row.name != name) continue;
    std::size_t octets = 0;
    for (std::size_t i = 0; i < runs; ++i) octets += row.run();
    std::printf("%zu messages, %zu octets\n", runs, octets);
    return 0;
  }
  std::fprintf(stderr, "no such row\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--count") {
    return count(argv[2], std::strtoul(argv[3], nullptr, 10));
  }
  for (const Row& row : rows()) {
    benchmark::RegisterBenchmark(row.name.c_str(), [row](benchmark::State& state) {
      for (auto _ : state) benchmark::DoNotOptimize(row.run());
      state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(row.octets));
    });
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
