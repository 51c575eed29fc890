#include "proxy/loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace regauge::proxy {
namespace {

constexpr int kEventsMax = 256;
// Two fast peers can keep a round going for ever; the others wait for that many turns of them.
constexpr int kPassesMax = 16;

}  // namespace

Tick Loop::clock() {
  timespec now{};
  // Coarse: timers count in 16 ms, and this clock costs no system call and few instructions.
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return {static_cast<std::uint64_t>(now.tv_sec) * 1000 +
          static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000};
}

Loop::Loop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      now_(clock()),
      timers_(now_) {
  if (!epoll_.open() || !wake_.open()) {
    throw std::system_error(errno, std::generic_category(), "epoll");
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;  // the mailbox
  ::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, wake_.number(), &event);
}

Loop::~Loop() = default;

void Loop::watch(const Descriptor& socket, Watcher& watcher) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watcher;
  if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, socket.number(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Loop::watch_listener(const Descriptor& socket, Watcher& watcher) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLEXCLUSIVE;
  event.data.ptr = &watcher;
  if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, socket.number(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Loop::unwatch(const Descriptor& socket) {
  ::epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, socket.number(), nullptr);
}

void Loop::forget(const Watcher& watcher) {
  for (Fetched& one : fetched_) {
    if (one.watcher == &watcher) one.watcher = nullptr;
  }
}

void Loop::post(Task task) {
  bool first = false;
  {
    const std::scoped_lock lock(mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (!first) return;
  const std::uint64_t one = 1;
  // The counter cannot overflow, so the write cannot fail but by a signal: then it is repeated.
  while (::write(wake_.number(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void Loop::run_posted() {
  std::uint64_t count = 0;
  (void)!::read(wake_.number(), &count, sizeof count);
  {
    const std::scoped_lock lock(mutex_);
    running_.swap(posted_);
  }
  for (Task& task : running_) task();
  running_.clear();
}

void Loop::run_round(int timeout_ms) {
  std::array<epoll_event, kEventsMax> events;
  const int count = ::epoll_wait(epoll_.number(), events.data(), kEventsMax, timeout_ms);
  now_ = clock();
  for (RoundWatcher* watcher : std::exchange(next_, {})) watcher->round_begins();
  fetched_.clear();
  bool posted = false;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) {
      posted = true;
    } else {
      fetched_.push_back({static_cast<Watcher*>(event.data.ptr), event.events});
    }
  }
  if (posted) run_posted();
  for (std::size_t i = 0; i < fetched_.size(); ++i) {
    const Fetched one = fetched_[i];
    if (one.watcher == nullptr) continue;
    one.watcher->ready({(one.events & EPOLLIN) != 0, (one.events & EPOLLOUT) != 0,
                        (one.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0,
                        (one.events & (EPOLLHUP | EPOLLERR)) != 0});
  }
  fetched_.clear();
  timers_.advance(now_);
  end_round();
}

bool Loop::quiet() const { return tasks_.empty() && watchers_.empty() && buried_.empty(); }

// A round that somebody waits for does not sleep.
std::uint64_t Loop::sleep_ms() const {
  constexpr std::uint64_t kSleepMaxMs = 60'000;
  if (!quiet() || !next_.empty()) return 0;
  return std::min(timers_.sleep_ms(clock()).value_or(kSleepMaxMs), kSleepMaxMs);
}

// What is added while these run belongs to the same round: content moves on until all is quiet, or
// until it is time to look at the sockets again.
void Loop::end_round() {
  for (int pass = 0; pass < kPassesMax && !quiet(); ++pass) {
    // Watchers that are buried by now are told in this pass for the last time.
    const std::vector<std::shared_ptr<void>> gone = std::exchange(buried_, {});
    telling_.swap(watchers_);
    run_tasks();
    for (RoundWatcher* watcher : telling_) {
      watcher->round_over();
      run_tasks();
    }
    telling_.clear();
  }
}

// Tasks go before watchers: what they submit is written in one go with the rest.
void Loop::run_tasks() {
  for (std::size_t i = 0; i < tasks_.size(); ++i) std::exchange(tasks_[i], {})();
  tasks_.clear();
}

void Loop::run() {
  while (!stopping_.load(std::memory_order_relaxed)) run_round(static_cast<int>(sleep_ms()));
}

void Loop::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  post([] {});
}

}  // namespace regauge::proxy
