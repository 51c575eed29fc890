// Server: the whole running proxy: listeners, workers, upstreams, and its ordered end.
#pragma once

#include <atomic>
#include <expected>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "proxy/access_log.h"
#include "proxy/config.h"
#include "proxy/metrics.h"
#include "proxy/origin.h"
#include "proxy/site.h"
#include "proxy/worker.h"

namespace regauge::proxy {

class Acceptor;

/// Owns everything that runs. Made of a configuration in one go: what can fail, fails in `make`.
class Server {
 public:
  /// Loads keys, resolves names, opens logs and binds listeners. Errors: one line.
  [[nodiscard]] static std::expected<std::unique_ptr<Server>, std::string> make(
      const Config& config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Starts the workers. Returns at once.
  void start();
  /// Stops to accept; exchanges that run may end within the drain time. Then all workers end.
  /// Returns when they have.
  void stop();

  /// Tells whether new requests are welcome.
  [[nodiscard]] bool ready() const { return running_ && !draining_; }
  /// Returns the addresses that listeners are bound to, in the order of the configuration.
  [[nodiscard]] std::vector<std::string> addresses() const;
  [[nodiscard]] const std::vector<std::unique_ptr<Origin>>& origins() const { return origins_; }
  /// Adds up a counter over the workers.
  [[nodiscard]] std::uint64_t value(Metric metric) const;
  /// Adds up the ends with a triple over the workers.
  [[nodiscard]] std::uint64_t value(Ended what, const Attribution& ended) const;
  /// Adds up the rules that peers broke over the workers.
  [[nodiscard]] RuleCounts::Table rule_counts() const;
  /// Counts open connections of clients and to upstreams.
  [[nodiscard]] std::uint32_t connections() const;
  /// … of clients, those that no worker has taken yet among them.
  [[nodiscard]] std::uint32_t sessions() const;

 private:
  friend class Acceptor;

  explicit Server(const Config& config);
  using Made = std::expected<void, std::string>;
  Made make_upstreams();
  Made make_upstream(const UpstreamConfig& config);
  Made make_sites();
  Made make_site(const ListenerConfig& config);
  void make_routes(Site& site);
  void make_workers();
  Made bind();
  [[nodiscard]] Worker& least_loaded();
  void accept(const Site& site, Descriptor socket, const SocketAddress& client);
  void drain_worker(Worker& worker);

  Config config_;
  std::vector<std::unique_ptr<UpstreamOptions>> upstreams_;
  std::vector<std::unique_ptr<Origin>> origins_;
  std::vector<std::unique_ptr<Site>> sites_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<MetricsShard>> metrics_;
  std::vector<std::unique_ptr<AccessLog>> logs_;
  std::shared_ptr<LogSink> sink_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::vector<std::thread> threads_;
  std::atomic<bool> running_ = false;
  std::atomic<bool> draining_ = false;
};

/// Resolves host and port, or makes the address of a unix socket. Errors: one line.
[[nodiscard]] std::expected<std::vector<SocketAddress>, std::string> resolve(
    const EndpointUrl& url);

}  // namespace regauge::proxy
