#include "proxy/loop.h"

#include <array>

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace regauge::proxy {
namespace {

// Ends the loop when its socket can be read.
class Other final : public Watcher {
 public:
  Other(Loop& loop, const int& turns) : loop_(loop), turns_(turns) {}
  void ready(Ready what) override {
    if (!what.readable) return;
    turns_before = turns_;
    loop_.stop();
  }
  int turns_before = 0;

 private:
  Loop& loop_;
  const int& turns_;
};

// Has work for ever and takes a turn a round; its first one makes another socket ready.
class Greedy final : public RoundWatcher {
 public:
  Greedy(Loop& loop, const Descriptor& socket) : loop_(loop), socket_(socket) {}
  void round_begins() override { loop_.at_end_of_round(*this); }
  void round_over() override {
    if (++turns == 1) (void)!::send(socket_.number(), "x", 1, 0);
    loop_.at_next_round(*this);
  }
  int turns = 0;

 private:
  Loop& loop_;
  const Descriptor& socket_;
};

TEST(Loop, whoever_asks_for_the_next_round_lets_others_go_first_who_are_ready_by_then) {
  Loop loop;
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
  const Descriptor near(pair[0]);
  const Descriptor far(pair[1]);
  Greedy greedy(loop, far);
  Other other(loop, greedy.turns);
  loop.watch(near, other);
  loop.at_end_of_round(greedy);
  loop.run();
  EXPECT_EQ(other.turns_before, 1);
}

TEST(Loop, a_round_that_was_asked_for_can_be_taken_back) {
  Loop loop;
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
  const Descriptor near(pair[0]);
  const Descriptor far(pair[1]);
  Greedy greedy(loop, far);
  loop.at_next_round(greedy);
  loop.forget_next_round(greedy);
  loop.post([&loop] { loop.stop(); });
  loop.run();
  EXPECT_EQ(greedy.turns, 0);
}

}  // namespace
}  // namespace regauge::proxy
