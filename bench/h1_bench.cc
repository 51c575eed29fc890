// h1::Decoder beside Boost.Beast's parser and http-parser in one binary.
//
// Rows named beast run with handlers that do nothing: the bare parser, which hands out views of the
// input and stores nothing, while our decoder judges the message and keeps its head. Rows named
// beast_keeping are Beast's parser that keeps the fields, which is what a program uses. Our rows
// are named by preset: strict, common, maximal.
//
//   h1_bench [--benchmark_…]       Google Benchmark
//   h1_bench --times               ns of each row, one a line: what bench/h1_ratios compares
//   h1_bench --instructions DIR    under valgrind: counts each row and each file of corpus DIR, for
//                                  bench/h1_instructions
//   h1_bench --count ROW TIMES     runs one row so often
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <valgrind/callgrind.h>

#include "bench/h1_inputs.h"
#include "bench/h1_readers.h"
#include "fuzz/h1_perf.h"

namespace {

namespace bench = regauge::bench;
namespace h1 = regauge::h1;
namespace wire = regauge::wire;

struct Row {
  std::string name;
  std::size_t octets;
  std::function<std::size_t()> run;  // reads one message; returns its octets
};

std::vector<Row> rows() {
  static const std::vector<bench::H1Input> kInputs = bench::h1_inputs();
  std::vector<Row> rows;
  for (const bench::H1Input& input : kInputs) {
    const auto add = [&](std::string_view reader, std::function<std::size_t()> run) {
      rows.push_back({input.name + "/" + std::string(reader), input.octets.size(), std::move(run)});
    };
    // All presets read the same octets: where these lie makes no difference between them.
    const auto octets = wire::Slice::copy_of(wire::as_bytes(input.octets));
    for (const auto& [name, preset] :
         {std::pair("strict", h1::Preset::strict), std::pair("common", h1::Preset::common),
          std::pair("maximal", h1::Preset::maximal)}) {
      add(name,
          [own = std::make_shared<bench::OwnReader>(input, octets, preset)] { return own->run(); });
    }
    const bool request = input.side == h1::Side::request;
    add("beast", [&input, request] {
      return request ? bench::run_beast<true>(input) : bench::run_beast<false>(input);
    });
    add("http_parser", [&input] { return bench::run_http_parser(input); });
    if (input.piece != 0) continue;
    add("beast_keeping", [&input, request] {
      return request ? bench::run_beast_keeping<true>(input)
                     : bench::run_beast_keeping<false>(input);
    });
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
  row.run();  // what the row before left in the caches counts for none
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < runs; ++i) benchmark::DoNotOptimize(row.run());
  const auto spent = std::chrono::steady_clock::now() - begin;
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(spent).count());
}

// Prints the picoseconds of each row: the median of rounds in which the rows take turns, so that a
// busy machine hits all of them.
int times() {
  constexpr std::size_t kRounds = 9;
  const std::vector<Row> all = rows();
  std::vector<std::vector<std::uint64_t>> spent(all.size());
  for (std::size_t round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::size_t runs = 1 + 200'000 / all[i].octets;
      spent[i].push_back(nanoseconds_of(all[i], runs) * 1000 / runs);
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::ranges::nth_element(spent[i], spent[i].begin() + kRounds / 2);
    std::printf("%s %llu\n", all[i].name.c_str(),
                static_cast<unsigned long long>(spent[i][kRounds / 2]));
  }
  return 0;
}

// Counts the instructions of one reading of a file, by a decoder that has read a message before.
void count_file(const std::filesystem::path& file, h1::Side side, const std::string& name) {
  std::ifstream stream(file, std::ios::binary);
  const std::string octets((std::istreambuf_iterator<char>(stream)),
                           std::istreambuf_iterator<char>());
  const wire::Slice input = wire::Slice::copy_of(wire::as_bytes(octets));
  regauge::fuzz::WarmDecoder decoder(side);
  CALLGRIND_ZERO_STATS;
  decoder.read(input);
  CALLGRIND_DUMP_STATS_AT(name.c_str());
  std::printf("%s %zu\n", name.c_str(), octets.size());
}

// Prints name and octets of each row; valgrind writes a dump of that name beside it.
int instructions(const std::filesystem::path& corpus) {
  for (const Row& row : rows()) {
    row.run();
    CALLGRIND_ZERO_STATS;
    const std::size_t octets = row.run();
    CALLGRIND_DUMP_STATS_AT(row.name.c_str());
    std::printf("%s %zu\n", row.name.c_str(), octets);
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
    if (entry.path().extension() == ".bin") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const auto& file : files) {
    const bool request = file.filename().string().starts_with("request");
    count_file(file, request ? h1::Side::request : h1::Side::response,
               file.stem().string() + "/worst");
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (argc == 4 && mode == "--count") return count(argv[2], std::strtoul(argv[3], nullptr, 10));
  if (argc == 2 && mode == "--times") return times();
  if (argc == 3 && mode == "--instructions") return instructions(argv[2]);
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
