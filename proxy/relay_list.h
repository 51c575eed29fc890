// RelayList: the exchanges of one connection.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "proxy/spare_list.h"
#include "regauge/http/ids.h"

namespace regauge::proxy {

class Relay;
class Session;

/// Holds the relays that run, and those that are over until nobody on the stack can use them.
/// Memory: nothing until the first relay; `shrink` gives it back.
class RelayList {
 public:
  using Relays = std::vector<std::unique_ptr<Relay>>;

  RelayList();
  RelayList(const RelayList&) = delete;
  RelayList& operator=(const RelayList&) = delete;
  ~RelayList();

  /// Tells whether none runs.
  [[nodiscard]] bool empty() const { return running().empty(); }
  /// Returns those that run. Lifetime: until one is added or ends; an end moves the last one.
  [[nodiscard]] std::span<const std::unique_ptr<Relay>> running() const;
  /// Finds the relay of a stream, or nullptr. Cost: constant, expected.
  [[nodiscard]] Relay* find(http::StreamId stream) const;
  /// Starts a relay for `stream`.
  Relay& add(std::unique_ptr<Relay> relay, Session& session, http::StreamId stream);
  /// Takes a relay out of those that run. Returns whether it was among them.
  bool finish(Relay& relay);
  /// Takes out all that run: their connection is gone.
  [[nodiscard]] Relays take_running();
  /// Keeps relays that are over for `bury`.
  void keep_finished(Relays relays);
  /// Ends those that are over and puts them into `spare`.
  void bury(SpareList<Relay>& spare);
  /// Gives the memory back if there is no relay.
  void shrink();

 private:
  struct Lists;

  std::unique_ptr<Lists> lists_;
};

}  // namespace regauge::proxy
