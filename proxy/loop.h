// Loop: one epoll instance, one thread (design §6). Edge-triggered, each descriptor registered
// once.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "proxy/socket.h"
#include "proxy/timer_wheel.h"

namespace regauge::proxy {

/// Is told what happened to its descriptor.
class Watcher {
 public:
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// Says what may be tried now; edges come once, so the watcher remembers them.
  struct Ready {
    bool readable = false;
    bool writable = false;
    bool hung_up = false;  ///< the peer sent FIN or the connection broke
    bool over = false;     ///< both directions have ended, or the connection broke
  };
  virtual void ready(Ready what) = 0;

 protected:
  Watcher() = default;
  ~Watcher() = default;
};

/// Is told when all events of a round are told. It lives until then: see `Loop::bury`.
class RoundWatcher {
 public:
  RoundWatcher(const RoundWatcher&) = delete;
  RoundWatcher& operator=(const RoundWatcher&) = delete;

  virtual void round_over() = 0;
  /// A round begins for which it asked.
  virtual void round_begins() = 0;

 protected:
  RoundWatcher() = default;
  ~RoundWatcher() = default;
};

/// Runs the connections of one thread. All members but `post` belong to that thread.
class Loop {
 public:
  using Task = std::move_only_function<void()>;

  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  /// Watches `socket` for `watcher` until `forget` or the close of the descriptor.
  void watch(const Descriptor& socket, Watcher& watcher);
  /// Watches for readability alone, level-triggered: for listeners.
  void watch_listener(const Descriptor& socket, Watcher& watcher);
  /// Stops to watch a socket that stays open.
  void unwatch(const Descriptor& socket);
  /// Drops events of this round that were fetched for `watcher` and not told yet.
  void forget(const Watcher& watcher);

  /// Runs `task` on the loop's thread, in order. May be called on any thread; wakes the loop once a
  /// batch.
  void post(Task task);
  /// Runs `task` on this thread when the round's events are all told.
  void at_end_of_round(Task task) { tasks_.push_back(std::move(task)); }
  /// Tells `watcher` when the round's events are all told and its tasks have run.
  void at_end_of_round(RoundWatcher& watcher) { watchers_.push_back(&watcher); }
  /// Tells `watcher` when the next round begins: the sockets were looked at in between.
  void at_next_round(RoundWatcher& watcher) { next_.push_back(&watcher); }
  /// Takes back `at_next_round`. Cost: one step each that asked.
  void forget_next_round(const RoundWatcher& watcher) { std::erase(next_, &watcher); }
  /// Keeps an object that is out of use until the round is over: somebody on the stack may use it.
  void bury(std::shared_ptr<void> object) { buried_.push_back(std::move(object)); }

  /// Runs until `stop`.
  void run();
  /// Ends `run` behind the current round. May be called on any thread.
  void stop();

  [[nodiscard]] Tick now() const { return now_; }
  [[nodiscard]] TimerWheel& timers() { return timers_; }
  /// Reads the steady clock: the one place of the data path that does.
  [[nodiscard]] static Tick clock();

 private:
  void run_round(int timeout_ms);
  void run_posted();
  void end_round();
  void run_tasks();
  [[nodiscard]] bool quiet() const;
  [[nodiscard]] std::uint64_t sleep_ms() const;

  Descriptor epoll_;
  Descriptor wake_;
  Tick now_;
  TimerWheel timers_;
  struct Fetched {
    Watcher* watcher = nullptr;
    std::uint32_t events = 0;
  };
  std::vector<Fetched> fetched_;
  std::vector<Task> tasks_;  // of the end of this round
  std::vector<RoundWatcher*> watchers_;
  std::vector<RoundWatcher*> telling_;
  std::vector<RoundWatcher*> next_;
  std::vector<std::shared_ptr<void>> buried_;
  std::mutex mutex_;          // guards posted_
  std::vector<Task> posted_;  // from any thread
  std::vector<Task> running_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace regauge::proxy
