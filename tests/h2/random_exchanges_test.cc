// Random exchanges with libnghttp2 in both roles: what one end sends, the other one hears.
// H2_EXCHANGES chooses how many each role has, H2_EXCHANGES_SEED the first seed.
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "tests/oracle/h2_nghttp2_end.h"
#include "tests/oracle/h2_our_end.h"
#include "tests/oracle/h2_player.h"

namespace regauge::oracle {
namespace {

constexpr std::size_t kUsual = 2'000;
constexpr std::size_t kStreamsEach = 100;   // of a connection
constexpr std::size_t kStepsMax = 100'000;  // far more than a connection needs to come to rest

std::uint64_t number(const char* variable, std::uint64_t usual) {
  const char* text = std::getenv(variable);
  return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

// One connection between two ends whose octets are cut at random on their way.
template <typename Client, typename Server>
class Run {
 public:
  Run(std::uint64_t seed, std::size_t wanted)
      : dice_(seed),
        client_(http::Role::client, dice_),
        server_(http::Role::server, dice_),
        requests_(client_, http::Role::client, wanted, Draw(seed * 2, Tunnels::yes), Leaves::yes),
        responses_(server_, http::Role::server, wanted, Draw(seed * 2 + 1, Tunnels::yes),
                   Leaves::yes) {}

  // Returns what differs, or "".
  std::string play() {
    for (std::size_t step = 0; step < kStepsMax; ++step) {
      now_.ms += 20 + dice_.below(40);
      requests_.act();
      responses_.act();
      std::size_t moved = move(client_, server_, up_);
      moved += move(server_, client_, down_);
      const std::string fault = client_.fault() + server_.fault();
      if (!fault.empty()) return fault + " in step " + std::to_string(step);
      if (moved == 0 && requests_.finished() && responses_.finished()) {
        return difference(client_.exchanges(), server_.exchanges());
      }
    }
    return "two ends do not come to rest" + open_ones("client", client_) +
           open_ones("server", server_);
  }
  [[nodiscard]] std::size_t opened() const { return requests_.opened(); }
  [[nodiscard]] const Exchanges& told() { return client_.exchanges(); }

 private:
  template <typename End>
  static std::string open_ones(std::string_view who, End& end) {
    std::string text;
    for (const auto& [id, exchange] : end.exchanges()) {
      if (exchange.over()) continue;
      text.append("\n").append(who) += ' ' + std::to_string(id) + state_of(exchange);
    }
    return text;
  }
  template <typename From, typename To>
  std::size_t move(From& from, To& to, std::string& pipe) {
    if (!dice_.one_in(4)) pipe += from.written();
    if (pipe.empty() || dice_.one_in(4)) return pipe.size();
    std::size_t size = pipe.size();
    if (dice_.one_in(3)) size = 1 + dice_.below(dice_.one_in(2) ? 40 : pipe.size());
    size = std::min(size, pipe.size());
    to.read(std::string_view(pipe).substr(0, size), now_, dice_);
    pipe.erase(0, size);
    return size;
  }

  fuzz::Dice dice_;
  Client client_;
  Server server_;
  Player<Client> requests_;
  Player<Server> responses_;
  std::string up_;  // what is on its way
  std::string down_;
  http::Tick now_{1'000};
};

// Plays as many exchanges as are wanted. Returns what differs, or is not among them, or "".
template <typename Client, typename Server>
std::string exchange() {
  const std::size_t wanted = number("H2_EXCHANGES", kUsual);
  std::uint64_t seed = number("H2_EXCHANGES_SEED", 1);
  Tally tally;
  for (std::size_t done = 0; done < wanted; ++seed) {
    Run<Client, Server> run(seed, kStreamsEach);
    const std::string text = run.play();
    if (!text.empty()) return "H2_EXCHANGES_SEED=" + std::to_string(seed) + ": " + text;
    done += run.opened();
    tally.add(run.told());
  }
  const bool all = tally.has_all() && tally.tunnels > 0 && tally.complete > wanted * 3 / 4;
  return all || wanted < kUsual ? "" : "some kind of exchange is missing:" + text_of(tally);
}

TEST(Exchanges, with_a_server_of_libnghttp2_arrive_as_they_were_sent) {  // RFC 9113 §8
  EXPECT_EQ((exchange<OurEnd, Nghttp2End>()), "");
}

TEST(Exchanges, with_a_client_of_libnghttp2_arrive_as_they_were_sent) {  // RFC 9113 §8
  EXPECT_EQ((exchange<Nghttp2End, OurEnd>()), "");
}

}  // namespace
}  // namespace regauge::oracle
