// h1::Decoder beside Boost.Beast's parser and http-parser in one binary: ns a message.
//
// Rows named beast run with handlers that do nothing: the bare parser, which hands out views of the
// input and stores nothing, while our decoder judges the message and keeps its head. Rows named
// beast_keeping are Beast's parser that keeps the fields, which is what a program uses.
// `h1_bench --benchmark_enable_random_interleaving=true --benchmark_repetitions=9` compares the
// two; absolute times mean nothing, the ratio of neighbouring rows does: `h1_bench --ratios` prints
// just these, of runs in turn. `h1_bench --count ROW TIMES` runs one row so often: the difference
// between two counts of instructions is that of the work alone.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <http_parser.h>

#include "bench/h1_inputs.h"
#include "regauge/h1/decoder.h"
#include "tests/oracle/beast_message.h"

namespace {

namespace h1 = regauge::h1;
namespace http = regauge::http;
namespace wire = regauge::wire;

using Input = regauge::bench::H1Input;

struct Row {
  std::string name;
  std::size_t octets;
  std::function<std::size_t()> run;  // reads one message; returns its octets
};

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

// http-parser with callbacks that do nothing, which are called for every piece of the message.
std::size_t run_http_parser(const Input& input) {
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

std::vector<Row> rows() {
  static const std::vector<Input> kInputs = regauge::bench::h1_inputs();
  std::vector<Row> rows;
  for (const Input& input : kInputs) {
    const auto own = std::make_shared<Own>(input);
    rows.push_back({input.name + "/regauge", input.octets.size(), [own] { return own->run(); }});
    rows.push_back({input.name + "/beast", input.octets.size(), [&input] {
                      return input.side == h1::Side::request ? run_beast<true>(input)
                                                             : run_beast<false>(input);
                    }});
    rows.push_back({input.name + "/http_parser", input.octets.size(),
                    [&input] { return run_http_parser(input); }});
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

std::uint64_t nanoseconds_of(const Row& row, std::size_t runs) {
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < runs; ++i) benchmark::DoNotOptimize(row.run());
  const auto spent = std::chrono::steady_clock::now() - begin;
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(spent).count());
}

// Prints the time of each message relative to Beast's bare parser: the median of rounds in which
// the parsers take turns, so that a busy machine hits all of them.
int ratios() {
  constexpr std::size_t kRounds = 31;
  const std::vector<Row> all = rows();
  std::map<std::string, std::map<std::string, std::vector<std::uint64_t>>> spent;
  for (std::size_t round = 0; round < kRounds; ++round) {
    for (const Row& row : all) {
      const std::size_t slash = row.name.find('/');
      const std::size_t runs = 1 + 400'000 / row.octets;
      spent[row.name.substr(0, slash)][row.name.substr(slash + 1)].push_back(
          nanoseconds_of(row, runs) * 1000 / runs);
    }
  }
  std::printf("| message | regauge, ns | of beast | of http_parser | of beast_keeping |\n");
  std::printf("|---|---|---|---|---|\n");
  for (auto& [message, parsers] : spent) {
    std::map<std::string, double> median;
    for (auto& [parser, times] : parsers) {
      std::nth_element(times.begin(), times.begin() + kRounds / 2, times.end());
      median[parser] = static_cast<double>(times[kRounds / 2]) / 1000;
    }
    const double own = median["regauge"];
    std::printf("| %s | %.0f |", message.c_str(), own);
    for (const char* parser : {"beast", "http_parser", "beast_keeping"}) {
      if (median.contains(parser)) {
        std::printf(" %.2f |", own / median[parser]);
      } else {
        std::printf(" |");
      }
    }
    std::printf("\n");
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--count") {
    return count(argv[2], std::strtoul(argv[3], nullptr, 10));
  }
  if (argc == 2 && std::string_view(argv[1]) == "--ratios") return ratios();
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
