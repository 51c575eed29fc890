// One end of ours that plays random exchanges with another program, turn by turn, so that a seed
// gives the same run again: exchange_program client|server SEED STREAMS FILE.
//
// Each turn it reads a number of four octets and so many octets of the connection, and answers with
// such a number, one octet that says whether its exchanges are over, and what it has to send. At
// the end of its input it compares with what the other end knows, which stands in FILE
// (`read_exchanges`), and says what differs.
#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/oracle/h2_our_end.h"
#include "tests/oracle/h2_player.h"

namespace regauge::oracle {
namespace {

constexpr int kDifferent = 1;

bool read_exactly(char* to, std::size_t size) { return std::fread(to, 1, size, stdin) == size; }

bool read_turn(std::string& octets) {
  std::array<char, 4> number{};
  if (!read_exactly(number.data(), number.size())) return false;
  std::size_t size = 0;
  for (const char octet : number) size = size << 8U | static_cast<unsigned char>(octet);
  octets.resize(size);
  return read_exactly(octets.data(), size);
}

void write_turn(std::string_view octets, bool over) {
  std::string turn;
  for (int shift = 24; shift >= 0; shift -= 8) {
    turn += static_cast<char>(octets.size() >> static_cast<unsigned>(shift));
  }
  turn += static_cast<char>(over);
  turn += octets;
  std::fwrite(turn.data(), 1, turn.size(), stdout);
  std::fflush(stdout);
}

int play(http::Role role, std::uint64_t seed, std::size_t streams, const char* file) {
  fuzz::Dice dice(seed);
  OurEnd end(role, dice);
  Player<OurEnd> player(end, role, streams, Draw(seed + 1, Tunnels::no), Leaves::no);
  http::Tick now{1'000};
  for (std::string octets; read_turn(octets);) {
    now.ms += 20 + dice.below(40);
    end.read(octets, now, dice);
    player.act();
    write_turn(dice.one_in(4) ? "" : end.written(), player.finished());
    if (end.fault().empty()) continue;
    std::fprintf(stderr, "%s\n", end.fault().c_str());
    return kDifferent;
  }
  std::ifstream input(file);
  const Exchanges theirs = read_exchanges(input);
  const bool client = role == http::Role::client;
  const std::string text =
      client ? difference(end.exchanges(), theirs) : difference(theirs, end.exchanges());
  std::fprintf(stderr, "%s", text.c_str());
  return text.empty() ? 0 : kDifferent;
}

}  // namespace
}  // namespace regauge::oracle

int main(int count, char** words) {
  if (count != 5) return 2;
  const bool client = std::string_view(words[1]) == "client";
  return regauge::oracle::play(client ? regauge::http::Role::client : regauge::http::Role::server,
                               std::stoull(words[2]), std::stoul(words[3]), words[4]);
}
