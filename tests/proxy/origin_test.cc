#include "proxy/origin.h"

#include <gtest/gtest.h>

#include "proxy/upstream_connection.h"

namespace regauge::proxy {
namespace {

// Notes what it is told.
class Waiter final : public StreamWaiter {
 public:
  void granted(UpstreamConnectionPtr) override { ++grants; }
  void connect() override { ++connects; }
  void refused(UpstreamFault) override { ++refusals; }

  int grants = 0;
  int connects = 0;
  int refusals = 0;
};

// An upstream with one connection of two slots, both of them taken.
class TwoSlots : public testing::Test {
 protected:
  TwoSlots() {
    // A first connect is under way whenever somebody asked for it.
    const auto first = std::make_shared<Waiter>();
    EXPECT_TRUE(origin_.wait(first));
    EXPECT_EQ(first->connects, 1);
    connection_ = std::make_shared<UpstreamConnection>(origin_, worker_);
    origin_.connected(connection_, worker_, 2, Limit::final);
    EXPECT_EQ(first->grants, 1);
    EXPECT_EQ(origin_.claim(worker_), connection_);
    EXPECT_EQ(origin_.counts().used, 2U);
  }
  ~TwoSlots() override { origin_.retire(*connection_); }

  std::shared_ptr<Waiter> wait() {
    auto waiter = std::make_shared<Waiter>();
    EXPECT_TRUE(origin_.wait(waiter));
    return waiter;
  }

  Worker worker_;
  UpstreamOptions options_;
  Origin origin_{options_};
  UpstreamConnectionPtr connection_;
};

TEST_F(TwoSlots, a_slot_that_leaves_on_another_thread_saves_a_connect) {
  origin_.slot_leaves(*connection_);
  const auto waiter = wait();
  EXPECT_EQ(waiter->connects, 0);
  origin_.slot_freed(*connection_);
  origin_.slot_arrived(*connection_);
  EXPECT_EQ(waiter->grants, 1);
  EXPECT_EQ(wait()->connects, 1) << "nothing leaves any more";
}

TEST_F(TwoSlots, a_slot_freed_here_is_none_of_those_that_leave_elsewhere) {
  origin_.slot_leaves(*connection_);
  origin_.slot_freed(*connection_);  // of the other stream, on the thread of the connection
  EXPECT_EQ(wait()->grants, 1);
  EXPECT_EQ(wait()->connects, 0) << "the slot that leaves is still to come";
}

TEST_F(TwoSlots, a_slot_that_arrives_and_is_held_back_makes_a_connect) {
  origin_.slot_leaves(*connection_);
  const auto waiter = wait();
  EXPECT_EQ(waiter->connects, 0);
  origin_.slot_arrived(*connection_);  // the peer reads nothing: it is not freed yet
  EXPECT_EQ(waiter->connects, 1);
  EXPECT_EQ(waiter->grants, 0);
}

TEST_F(TwoSlots, a_slot_that_was_free_before_it_left_is_waited_for_no_longer_than_it_takes) {
  // The stream failed on the thread of the connection while it was given back on the other one.
  origin_.slot_freed(*connection_);
  EXPECT_EQ(origin_.claim(worker_), connection_);
  origin_.slot_leaves(*connection_);
  origin_.slot_arrived(*connection_);
  EXPECT_EQ(wait()->connects, 1);
}

TEST_F(TwoSlots, slots_of_a_connection_that_retired_are_counted_no_more) {
  origin_.slot_leaves(*connection_);
  origin_.retire(*connection_);
  origin_.slot_freed(*connection_);
  origin_.slot_leaves(*connection_);
  origin_.slot_arrived(*connection_);
  EXPECT_EQ(origin_.counts().used, 0U);
  EXPECT_EQ(wait()->connects, 1);
}

}  // namespace
}  // namespace regauge::proxy
