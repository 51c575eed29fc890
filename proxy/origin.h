// Origin: the connections to one upstream, of all workers, and the exchanges that wait for one.
//
// There is one pool for the process: how many connections an upstream sees depends on the load, not
// on the number of threads. The mutex guards counters and lists only; no I/O happens under it.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "proxy/attribution.h"
#include "proxy/failure_report.h"
#include "proxy/upstream_options.h"
#include "proxy/upstream_stream.h"
#include "proxy/worker.h"

namespace regauge::proxy {

class UpstreamConnection;
using UpstreamConnectionPtr = std::shared_ptr<UpstreamConnection>;

/// Says whether the number of slots of a new connection may still change.
enum class Limit : std::uint8_t { final, to_be_told };

/// Waits for a stream on some connection. The calls may come on any thread.
class StreamWaiter {
 public:
  StreamWaiter(const StreamWaiter&) = delete;
  StreamWaiter& operator=(const StreamWaiter&) = delete;

  virtual ~StreamWaiter() = default;
  /// A slot of `connection` is reserved for this waiter.
  virtual void granted(UpstreamConnectionPtr connection) = 0;
  /// One more connection is wanted: the waiter's worker opens it and goes on waiting.
  virtual void connect() = 0;
  /// No connection can be had.
  virtual void refused(UpstreamFault fault) = 0;

 protected:
  StreamWaiter() = default;
};
using StreamWaiterPtr = std::shared_ptr<StreamWaiter>;

/// What the pool notes of a connection; guarded by the mutex of the origin.
struct PoolEntry {
  UpstreamConnectionPtr connection;
  const Worker* owner = nullptr;
  std::uint32_t limit = 0;
  std::uint32_t used = 0;
  std::uint32_t leaving = 0;  ///< given back on another thread, and not arrived here yet
  Limit told = Limit::final;
  std::uint32_t place = 0;                  ///< in the list of all
  std::optional<std::uint32_t> free_place;  ///< in the list of those with a free slot
};

/// Decides which connection carries an exchange. All members may be called on any thread.
class Origin {
 public:
  explicit Origin(const UpstreamOptions& options [[clang::lifetimebound]]) : options_(options) {}
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  [[nodiscard]] const UpstreamOptions& options() const { return options_; }

  /// Reserves a slot of a connection of `worker`, or else of any. Returns nullptr if none is free
  /// or others wait already. Cost: one step a worker.
  [[nodiscard]] UpstreamConnectionPtr claim(const Worker& worker);
  /// Queues a waiter; it is told to connect unless a connect under way will do (single flight).
  /// Returns false when too many wait.
  [[nodiscard]] bool wait(const StreamWaiterPtr& waiter);
  /// Takes out a waiter that lost interest.
  void forget(const StreamWaiter& waiter);

  /// Returns the address for the next connect: each in turn.
  [[nodiscard]] const SocketAddress& next_address();
  /// A connection is being secured, or is no more.
  void handshake_begins() { handshaking_.fetch_add(1, std::memory_order_relaxed); }
  void handshake_ends() { handshaking_.fetch_sub(1, std::memory_order_relaxed); }
  /// Says what those wait for that have no connection.
  [[nodiscard]] Waits waits() const;
  /// A stream was given back on another thread than the connection's: its slot comes free as soon
  /// as that knows, and no connect is needed for it. `slot_arrived` follows.
  void slot_leaves(const UpstreamConnection& connection);
  /// The thread of the connection knows of what `slot_leaves` told. If the slot did not come free,
  /// because the peer reads nothing or the stream had failed before, whoever counted on it needs
  /// another one.
  void slot_arrived(const UpstreamConnection& connection);
  /// A connect succeeded: `slots` streams may be opened at once.
  void connected(UpstreamConnectionPtr connection, const Worker& owner, std::uint32_t slots,
                 Limit limit);
  /// The peer has stated how many streams a connection takes.
  void limit_known(const UpstreamConnection& connection, std::uint32_t slots);
  /// A connect failed. As many waiters as it was to serve are refused if every address has failed
  /// since they came; else the next address is tried.
  void connect_failed(UpstreamFault fault);
  /// Says when a failure is worth a line to the operator.
  [[nodiscard]] FailureReport& failures() { return failures_; }
  /// A reserved slot is free again.
  void slot_freed(const UpstreamConnection& connection);
  /// The connection takes no more streams; slots in use are given back by `slot_freed` no more.
  void retire(const UpstreamConnection& connection);
  /// Counts connections that are open or being opened, and exchanges that wait.
  struct Counts {
    std::uint32_t connections = 0;
    std::uint32_t connecting = 0;
    std::uint32_t waiting = 0;
    std::uint32_t used = 0;
  };
  [[nodiscard]] Counts counts() const;
  /// Returns all connections, for a drain.
  [[nodiscard]] std::vector<UpstreamConnectionPtr> all() const;

 private:
  struct Grant {
    StreamWaiterPtr waiter;
    UpstreamConnectionPtr connection;
  };
  struct Waiting {
    StreamWaiterPtr waiter;
    std::uint64_t failures_before = 0;  // connects that had failed when it came
  };
  // What is to be told once the mutex is free.
  struct News {
    std::vector<Grant> grants;
    std::vector<StreamWaiterPtr> connectors;
    std::vector<StreamWaiterPtr> refused;
    UpstreamFault fault = UpstreamFault::connect_refused;  // of all that are refused
  };

  [[nodiscard]] std::size_t slots_of_connect() const;
  using FreeList = std::vector<PoolEntry*>;

  [[nodiscard]] FreeList& free_list(const Worker& owner);
  [[nodiscard]] PoolEntry* free_entry();
  void use(PoolEntry& entry);
  void update_free(PoolEntry& entry);
  void serve(News& news);
  static void tell(News& news);

  const UpstreamOptions& options_;
  FailureReport failures_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<PoolEntry>> entries_;
  std::vector<FreeList> free_;  // by worker; the one used last is taken first
  std::deque<Waiting> waiters_;
  std::uint64_t connect_failures_ = 0;
  std::uint32_t connecting_ = 0;
  std::uint32_t slots_expected_ = 0;  // of a new connection; 0: not known, one connect at a time
  std::uint32_t next_address_ = 0;
  std::atomic<std::uint32_t> handshaking_ = 0;  // of those connecting
};

}  // namespace regauge::proxy
