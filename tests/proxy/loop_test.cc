#include "proxy/loop.h"

#include <array>

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace regauge::proxy {
namespace {

std::array<int, 2> connected_pair() {
  std::array<int, 2> pair{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
  return pair;
}

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

// A pair of sockets, and somebody greedy who writes to one of them.
class Rounds : public testing::Test {
 protected:
  Loop loop_;
  std::array<int, 2> pair_ = connected_pair();
  Descriptor near_{pair_[0]};
  Descriptor far_{pair_[1]};
  Greedy greedy_{loop_, far_};
};

TEST_F(Rounds, whoever_asks_for_the_next_one_lets_others_go_first_who_are_ready_by_then) {
  Other other(loop_, greedy_.turns);
  loop_.watch(near_, other);
  loop_.at_end_of_round(greedy_);
  loop_.run();
  EXPECT_EQ(other.turns_before, 1);
}

TEST_F(Rounds, that_were_asked_for_can_be_taken_back) {
  loop_.at_next_round(greedy_);
  loop_.forget_next_round(greedy_);
  loop_.post([this] { loop_.stop(); });
  loop_.run();
  EXPECT_EQ(greedy_.turns, 0);
}

}  // namespace
}  // namespace regauge::proxy
