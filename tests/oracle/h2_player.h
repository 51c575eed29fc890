// Plays one end of random exchanges: opens or answers streams, many at once, a little of each at a
// time, and does between them what a lawful end may do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "regauge/http/ids.h"
#include "tests/oracle/h2_draw.h"

namespace regauge::oracle {

/// Says whether an end leaves (GOAWAY) while exchanges go on.
enum class Leaves : bool { no, yes };

/// Plays `End`, which keeps the exchanges that it hears; what was sent is noted here.
template <typename End>
class Player {
 public:
  /// A client opens `wanted` streams. `end` outlives the player.
  Player(End& end, http::Role role, std::size_t wanted, Draw draw, Leaves leaves)
      : end_(end),
        role_(role),
        wanted_(wanted),
        draw_(draw),
        leaves_behind_(leaves == Leaves::yes && dice().one_in(3) ? dice().below(wanted) : wanted) {}

  /// Does what comes next, at random.
  void act() {
    take_requests();
    if (role_ == http::Role::client && dice().one_in(3)) open_some();
    for (auto& [id, task] : tasks_) {
      if (!task.done && dice().one_in(2)) go_on(id, task);
    }
    end_.consume(dice());
    if (dice().one_in(20)) end_.ping();
    if (dice().one_in(20)) end_.disturb(dice());
    if (!left_ && tasks_.size() > leaves_behind_ && dice().one_in(4)) leave();
  }
  /// Tells whether everything that was begun is over, and nothing will be begun.
  [[nodiscard]] bool finished() {
    const bool begins = role_ == http::Role::client && !opens_no_more_ && opened_ < wanted_;
    if (begins) return false;
    const Exchanges& exchanges = end_.exchanges();
    return std::all_of(exchanges.begin(), exchanges.end(),
                       [](const auto& each) { return each.second.over(); });
  }
  /// Counts the streams that were opened (client).
  [[nodiscard]] std::size_t opened() const { return opened_; }

 private:
  // How far a message has come.
  struct Task {
    Wanted wanted;
    std::size_t interims = 0;
    std::size_t octets = 0;
    bool head = false;
    bool done = false;
  };

  fuzz::Dice& dice() { return draw_.dice(); }
  void leave() {
    left_ = true;
    end_.leave();
  }
  void take_requests() {
    if (role_ == http::Role::client) return;
    for (const auto& [id, exchange] : end_.exchanges()) {
      if (tasks_.contains(id) || exchange.heard.head.empty()) continue;
      tasks_[id].wanted = draw_.response(exchange.heard.head);
    }
  }
  void open_some() {
    for (std::size_t i = 1 + dice().below(4); i > 0 && opened_ < wanted_ && !opens_no_more_; --i) {
      if (!end_.has_slot()) return;
      Task task{.wanted = draw_.request()};
      announce(task.wanted);
      const bool ends = ends_with_head(task.wanted);
      const auto id = end_.open(task.wanted, ends);
      if (!id) {
        opens_no_more_ = true;  // GOAWAY came
        return;
      }
      ++opened_;
      Message& sent = end_.exchanges()[*id].sent;
      sent.head = task.wanted.message.head;
      sent.ended = ends;
      task.head = true;
      task.done = ends && task.wanted.reset_at > 0;
      tasks_[*id] = std::move(task);
    }
  }
  static void announce(Wanted& wanted) {
    if (!wanted.length) return;
    wanted.message.head.push_back({"content-length", std::to_string(*wanted.length), false});
  }
  bool ends_with_head(const Wanted& wanted) {
    const Message& message = wanted.message;
    if (!message.content.empty() || !message.trailers.empty()) return false;
    const bool could_go_on =
        wanted.tunnel || (role_ == http::Role::client && message.head[0].value == "POST");
    return !could_go_on || dice().one_in(2);
  }
  void go_on(std::uint32_t id, Task& task) {
    const auto found = end_.exchanges().find(id);
    // A request that waited for a slot may never have been sent.
    task.done = found == end_.exchanges().end() || found->second.over();
    if (task.done) return;
    Exchange& exchange = found->second;
    const Wanted& wanted = task.wanted;
    if (task.octets >= wanted.reset_at && (task.head || dice().one_in(2))) {
      exchange.reset = wanted.reset_code;
      end_.reset(id, wanted.reset_code);
      task.done = true;
      return;
    }
    if (!task.head) {
      answer(id, task, exchange);
    } else if (!exchange.sent.ended) {
      send(id, task, exchange.sent);
    }
    task.done = exchange.sent.ended && wanted.reset_at > task.octets;
  }
  void answer(std::uint32_t id, Task& task, Exchange& exchange) {
    Message& wanted = task.wanted.message;
    if (task.interims < wanted.interims.size()) {
      const Lines& lines = wanted.interims[task.interims++];
      if (end_.interim(id, lines)) exchange.sent.interims.push_back(lines);
      return;
    }
    if (task.wanted.waits && !exchange.heard.ended && !task.wanted.tunnel) return;
    announce(task.wanted);
    const bool ends = ends_with_head(task.wanted);
    task.head = true;
    if (!end_.head(id, task.wanted, ends)) return;
    exchange.sent.head = wanted.head;
    exchange.sent.ended = ends;
  }
  void send(std::uint32_t id, Task& task, Message& sent) {
    const Message& wanted = task.wanted.message;
    const std::size_t left = wanted.content.size() - task.octets;
    if (left == 0 && !wanted.trailers.empty()) {
      if (!end_.trailers(id, wanted.trailers)) return;
      sent.trailers = wanted.trailers;
      sent.ended = true;
      return;
    }
    const std::size_t drawn = dice().one_in(10) ? dice().below(20) : 300 + dice().below(40'000);
    const std::size_t size = std::min({left, drawn, end_.writable(id)});
    const bool last = size == left && wanted.trailers.empty() && !dice().one_in(4);
    if (size == 0 && !last) return;
    const std::string_view piece = std::string_view(wanted.content).substr(task.octets, size);
    if (!end_.content(id, piece, last)) return;
    sent.content += piece;
    sent.ended = last;
    task.octets += size;
  }

  End& end_;
  http::Role role_;
  std::size_t wanted_;
  Draw draw_;
  std::size_t leaves_behind_;
  std::map<std::uint32_t, Task> tasks_;
  std::size_t opened_ = 0;
  bool opens_no_more_ = false;
  bool left_ = false;
};

}  // namespace regauge::oracle
