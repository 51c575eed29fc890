// climb_h1_perf: looks for the octets that cost h1::Decoder the most, by climbing.
//
// Usage: climb_h1_perf SECONDS SEED OUTPUT [CORPUS...]
//
// The codecs are built so that every edge of their control flow is counted (preset `climb`). The
// cost of an input is the edges of one reading for each of its octets: close to instructions,
// exact, and cheap. For each side and size class the dearest inputs stay and are mutated; at the
// end they are written to OUTPUT, named by side, octets and cost. All but where it stops follows
// from SEED.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/h1_perf.h"

namespace {

std::uint64_t edges = 0;

}  // namespace

// Called by the instrumented libraries at every edge.
extern "C" void __sanitizer_cov_trace_pc_guard(std::uint32_t* /*guard*/) { ++edges; }
extern "C" void __sanitizer_cov_trace_pc_guard_init(std::uint32_t* /*begin*/,
                                                    std::uint32_t* /*end*/) {}

namespace {

namespace h1 = regauge::h1;
namespace wire = regauge::wire;

constexpr std::size_t kOctetsMin = 64;
constexpr std::size_t kOctetsMax = 4096;
constexpr std::size_t kClasses = 6;  // 64 to 127 octets, to 255, … to 4096
constexpr std::size_t kKept = 12;    // a class

constexpr std::array<std::string_view, 52> kWords = {"\r\n",
                                                     "\n",
                                                     "\r",
                                                     ":",
                                                     " ",
                                                     "\t",
                                                     ",",
                                                     ";",
                                                     "=",
                                                     "\"",
                                                     "#",
                                                     "%41",
                                                     "\\",
                                                     "\x80",
                                                     "\x01",
                                                     "GET / HTTP/1.1\r\n",
                                                     "A * HTTP/1.1\r\n",
                                                     "GET /x HTTP/1.0\r\n",
                                                     "HTTP/1.1 200 OK\r\n",
                                                     "HTTP/1.1 204\r\n",
                                                     "HTTP/1.1 100\r\n\r\n",
                                                     "Host: a\r\n",
                                                     "Host:\r\n",
                                                     "\r\n\r\n",
                                                     "a:\r\n",
                                                     "a:b\r\n",
                                                     " a\r\n",
                                                     "a :b\r\n",
                                                     "Content-Length: 1\r\n",
                                                     "Content-Length:0,0,0\r\n",
                                                     "Transfer-Encoding: chunked\r\n",
                                                     "Transfer-Encoding: identity, chunked\r\n",
                                                     "Connection: close, keep-alive\r\n",
                                                     "Connection: a,a,a\r\n",
                                                     "Expect: 100-continue\r\n",
                                                     "0\r\n\r\n",
                                                     "1\r\nx\r\n",
                                                     "1;a=b\r\nx\r\n",
                                                     "1;a=\"b\"\r\nx\r\n",
                                                     "1 \r\nx\r\n",
                                                     "1;;\r\nx\r\n",
                                                     "CONNECT a:1 HTTP/1.1\r\n",
                                                     "OPTIONS * HTTP/1.1\r\n",
                                                     "http://a/",
                                                     "http://[::1]:80/",
                                                     "Content_Length: 5\r\n",
                                                     "X_Y:\r\n",
                                                     "content-type:",
                                                     "set-cookie:",
                                                     "HTTP/1.1",
                                                     "ICY 200\r\n",
                                                     "Upgrade: a\r\n"};

struct Candidate {
  std::string octets;
  std::uint64_t cost = 0;

  [[nodiscard]] bool dearer_than(const Candidate& other) const {
    return cost * other.octets.size() > other.cost * octets.size();
  }
};

class Climber {
 public:
  explicit Climber(std::uint64_t seed) : random_(seed) {}

  void offer(std::string octets) {
    if (octets.size() > kOctetsMax) octets.resize(kOctetsMax);
    if (octets.size() < kOctetsMin) return;
    for (const h1::Side side : {h1::Side::request, h1::Side::response}) {
      keep({octets, cost_of(octets, side)}, side);
    }
    ++tried_;
  }

  void step() {
    std::string octets = pick();
    const std::size_t changes = 1 + below(4);
    for (std::size_t i = 0; i < changes; ++i) mutate(octets);
    offer(std::move(octets));
  }

  [[nodiscard]] std::uint64_t tried() const { return tried_; }

  void write(const std::filesystem::path& folder) const {
    std::filesystem::create_directories(folder);
    for (const h1::Side side : {h1::Side::request, h1::Side::response}) {
      for (const auto& kept : kept_.at(static_cast<std::size_t>(side))) {
        std::size_t rank = 0;
        for (const Candidate& one : kept) {
          const std::string name = std::string(side == h1::Side::request ? "request" : "response") +
                                   "-" + std::to_string(one.octets.size()) + "-octets-" +
                                   std::to_string(one.cost * 10 / one.octets.size()) + "-edges-" +
                                   std::to_string(rank++) + ".bin";
          std::ofstream(folder / name, std::ios::binary) << one.octets;
          if (rank == 1) std::printf("%s\n", name.c_str());
        }
      }
    }
  }

 private:
  static std::uint64_t cost_of(std::string_view octets, h1::Side side) {
    const wire::Slice input = wire::Slice::copy_of(wire::as_bytes(octets));
    regauge::fuzz::WarmDecoder decoder(side);
    const std::uint64_t before = edges;
    decoder.read(input);
    return edges - before;
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }
  std::vector<Candidate>& kept(h1::Side side, std::size_t octets) {
    std::size_t size_class = 0;
    while (size_class + 1 < kClasses && octets >= kOctetsMin << (size_class + 1)) ++size_class;
    return kept_.at(static_cast<std::size_t>(side)).at(size_class);
  }
  void keep(Candidate candidate, h1::Side side) {
    std::vector<Candidate>& best = kept(side, candidate.octets.size());
    if (best.size() == kKept && !candidate.dearer_than(best.back())) return;
    const auto same = [&](const Candidate& one) { return one.octets == candidate.octets; };
    if (std::ranges::any_of(best, same)) return;
    const auto place = std::ranges::find_if(
        best, [&](const Candidate& one) { return candidate.dearer_than(one); });
    best.insert(place, std::move(candidate));
    if (best.size() > kKept) best.pop_back();
  }
  std::string pick() {
    const auto& best = kept_.at(below(2)).at(below(kClasses));
    return best.empty() ? std::string(kOctetsMin, 'a') : best.at(below(best.size())).octets;
  }
  void mutate(std::string& octets) {
    const std::size_t at = below(octets.size() + 1);
    const std::size_t size = std::min(1 + below(1U << below(8)), octets.size() - at);
    switch (below(8)) {
      case 0: octets.replace(at, size, 1, static_cast<char>(below(256))); break;
      case 1: octets.insert(at, 1, static_cast<char>(below(256))); break;
      case 2:
      case 3: octets.insert(at, kWords.at(below(kWords.size()))); break;
      case 4: octets.erase(at, size); break;
      case 5: {
        const std::string part = octets.substr(at, size);
        const std::size_t times = 1 + below(1U << below(7));
        for (std::size_t i = 0; i < times && octets.size() < kOctetsMax; ++i) {
          octets.insert(at, part);
        }
        break;
      }
      case 6: {
        const std::string other = pick();
        octets.insert(at, other.substr(below(other.size()), size));
        break;
      }
      default: octets.resize(std::max(kOctetsMin, octets.size() / 2)); break;
    }
    while (octets.size() < kOctetsMin) octets += octets.empty() ? "a" : octets;
  }

  std::mt19937_64 random_;
  std::array<std::array<std::vector<Candidate>, kClasses>, 2> kept_;
  std::uint64_t tried_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: climb_h1_perf SECONDS SEED OUTPUT [CORPUS...]\n");
    return 2;
  }
  Climber climber(std::strtoull(argv[2], nullptr, 10));
  for (int i = 4; i < argc; ++i) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file() && entry.path().extension() == ".bin") files.push_back(entry);
    }
    std::ranges::sort(files);
    for (const auto& file : files) {
      std::ifstream stream(file, std::ios::binary);
      std::string octets((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
      while (!octets.empty() && octets.size() < kOctetsMin) octets += octets;
      climber.offer(octets);
    }
  }
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::seconds(std::strtol(argv[1], nullptr, 10));
  while (std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < 1000; ++i) climber.step();
  }
  std::printf("%llu inputs tried\n", static_cast<unsigned long long>(climber.tried()));
  climber.write(argv[3]);
  return 0;
}
