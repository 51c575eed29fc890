#include "proxy/server.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <utility>

#include <spdlog/spdlog.h>

#include "proxy/session.h"
#include "proxy/upstream_connection.h"

namespace regauge::proxy {
namespace {

hpack::HashKey make_hash_key() {
  std::random_device source;
  const auto word = [&source] {
    return static_cast<std::uint64_t>(source()) << 32U | static_cast<std::uint64_t>(source());
  };
  return {word(), word()};
}

const hpack::HashKey& process_hash_key() {
  static const hpack::HashKey key = make_hash_key();
  return key;
}

ListenerProtocol listener_protocol(std::string_view scheme) {
  if (scheme == "h1") return ListenerProtocol::h1;
  if (scheme == "h2c") return ListenerProtocol::h2c;
  return scheme == "https" ? ListenerProtocol::tls : ListenerProtocol::clear;
}

UpstreamProtocol upstream_protocol(std::string_view scheme) {
  if (scheme == "h2c") return UpstreamProtocol::h2c;
  if (scheme == "h1s") return UpstreamProtocol::h1s;
  if (scheme == "h2s") return UpstreamProtocol::h2s;
  return scheme == "https" ? UpstreamProtocol::alpn : UpstreamProtocol::h1;
}

// A stream without window waits as long as a socket that takes nothing.
std::uint32_t stall_report_ms(const ClientTimeouts& timeouts) {
  constexpr std::uint64_t kMsMax = std::uint64_t{1} << 31U;  // ticks of streams have 32 bits
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(timeouts.idle_ms, 1, kMsMax));
}

// Whether the names that one side receives are wanted as they are on the other.
template <typename Peer>
h1::Spelling spelling_for(const std::vector<Peer>& others) {
  const bool wanted = std::ranges::any_of(
      others, [](const Peer& peer) { return peer.policies.names == h1::NameCase::received; });
  return wanted ? h1::Spelling::keep : h1::Spelling::drop;
}

std::vector<Alpn> alpn_of(UpstreamProtocol protocol) {
  if (protocol == UpstreamProtocol::h1s) return {Alpn::http_1_1};
  if (protocol == UpstreamProtocol::h2s) return {Alpn::h2};
  return {Alpn::h2, Alpn::http_1_1};
}

}  // namespace

// Accepts for one listener, on the first worker, and hands each socket to the least loaded one.
class Acceptor final : private Watcher, private Timer {
 public:
  Acceptor(Server& server, const Site& site, Descriptor socket, Worker& worker)
      : server_(server), site_(site), socket_(std::move(socket)), worker_(worker) {}

  [[nodiscard]] std::string address() const { return bound_address(socket_).text(); }
  void start() { worker_.loop.watch_listener(socket_, *this); }
  void stop() {
    cancel();
    worker_.loop.forget(*this);
    socket_.close();
  }

 private:
  void ready(Ready) override {
    for (int i = 0; i < kAcceptsMax && socket_.open(); ++i) {
      Accepted accepted = accept_from(socket_);
      switch (accepted.status) {
        case AcceptStatus::accepted:
          server_.accept(site_, std::move(accepted.socket), accepted.peer);
          break;
        case AcceptStatus::none_waiting:
        case AcceptStatus::failed: return;
        case AcceptStatus::out_of_descriptors: pause(); return;
      }
    }
  }
  // The listener stays readable; looking again at once would keep the thread busy.
  void pause() {
    spdlog::warn("{}: out of file descriptors, clients wait", site_.name);
    worker_.loop.unwatch(socket_);
    worker_.loop.timers().arm(*this, http::Tick{worker_.loop.now().ms + kPauseMs});
  }
  void expired(http::Tick) override { start(); }

  static constexpr std::uint64_t kPauseMs = 100;
  // The rest is told again in the next round: those who are connected have their turn between.
  static constexpr int kAcceptsMax = 64;

  Server& server_;
  const Site& site_;
  Descriptor socket_;
  Worker& worker_;
};

Server::Server(const Config& config) : config_(config) {}

std::expected<std::unique_ptr<Server>, std::string> Server::make(const Config& config) {
  std::unique_ptr<Server> server(new Server(config));
  if (const Made made = server->make_upstreams(); !made) return std::unexpected(made.error());
  if (const Made made = server->make_sites(); !made) return std::unexpected(made.error());
  if (config.access_log != "off" && !config.access_log.empty()) {
    auto sink = open_log(config.access_log);
    if (!sink) return std::unexpected("access log " + sink.error());
    server->sink_ = *sink;
  }
  server->make_workers();
  if (const Made made = server->bind(); !made) return std::unexpected(made.error());
  return server;
}

Server::~Server() {
  if (running_) stop();
}

Server::Made Server::make_upstreams() {
  for (const UpstreamConfig& config : config_.upstreams) {
    if (const Made made = make_upstream(config); !made) return made;
  }
  return {};
}

Server::Made Server::make_upstream(const UpstreamConfig& config) {
  auto options = std::make_unique<UpstreamOptions>();
  options->name = config.name;
  const EndpointUrl& first = config.urls.front();
  options->protocol = upstream_protocol(first.scheme);
  for (const EndpointUrl& url : config.urls) {
    auto addresses = resolve(url);
    if (!addresses) return std::unexpected("upstream " + addresses.error());
    options->addresses.insert(options->addresses.end(), addresses->begin(), addresses->end());
  }
  const bool secure =
      options->protocol != UpstreamProtocol::h1 && options->protocol != UpstreamProtocol::h2c;
  if (secure) {
    auto tls = TlsContext::client({config.verify, config.ca_file, alpn_of(options->protocol)});
    if (!tls) return std::unexpected("upstream " + config.name + ": " + tls.error());
    options->tls = *tls;
    options->server_name = config.server_name.empty() ? first.host : config.server_name;
  }
  options->h1 = h1::options_for(http::Role::client, h1::Preset::common);
  options->h1.policy = config.policies.h1;
  options->h1.limits = config_.limits;
  options->h1.encoder.name_case = config.policies.names;
  options->h1.spelling = spelling_for(config_.listeners);
  options->h2.role = http::Role::client;
  options->h2.policy = config.policies.h2;
  options->h2.limits = config_.limits;
  options->h2.key = process_hash_key();
  options->connections_max = config.connections_max;
  options->waiting_max = config.waiting_max;
  options->connect_ms = config_.connect_ms;
  options->idle_ms = config_.upstream_idle_ms;
  options->stall_ms = config_.timeouts.idle_ms;
  options->h2.stall_report_ms = stall_report_ms(config_.timeouts);
  origins_.push_back(std::make_unique<Origin>(*options));
  upstreams_.push_back(std::move(options));
  return {};
}

Server::Made Server::make_sites() {
  for (const ListenerConfig& config : config_.listeners) {
    if (const Made made = make_site(config); !made) return made;
  }
  return {};
}

Server::Made Server::make_site(const ListenerConfig& config) {
  auto site = std::make_unique<Site>();
  site->name = config.name.empty() ? config.url.address() : config.name;
  const auto addresses = resolve(config.url);
  if (!addresses) return std::unexpected("listener " + addresses.error());
  site->address = addresses->front();
  site->protocol = listener_protocol(config.url.scheme);
  if (site->protocol == ListenerProtocol::tls) {
    // A client of HTTP/1.0 may name that alone; the decoder reads it wherever it reads HTTP/1.1.
    constexpr std::array kProtocols{Alpn::h2, Alpn::http_1_1, Alpn::http_1_0};
    auto tls = TlsContext::server(config.certificate, config.key, kProtocols);
    if (!tls) return std::unexpected("listener " + site->name + ": " + tls.error());
    site->tls = *tls;
  }
  site->h1 = h1::options_for(http::Role::server, h1::Preset::common);
  site->h1.policy = config.policies.h1;
  site->h1.limits = config_.limits;
  site->h1.encoder.name_case = config.policies.names;
  site->h1.spelling = spelling_for(config_.upstreams);
  site->h2.role = http::Role::server;
  site->h2.policy = config.policies.h2;
  site->h2.limits = config_.limits;
  site->h2.key = process_hash_key();
  site->h2.scheme = site->protocol == ListenerProtocol::tls ? "https" : "http";
  site->timeouts = config_.timeouts;
  site->h2.stall_report_ms = stall_report_ms(config_.timeouts);
  site->connections_max = config_.connections_max;
  make_routes(*site);
  sites_.push_back(std::move(site));
  return {};
}

void Server::make_routes(Site& site) {
  RouteConfig every;
  every.upstream = config_.upstreams.front().name;
  std::vector<const RouteConfig*> order;
  order.reserve(config_.routes.size() + 1);
  for (const RouteConfig& config : config_.routes) order.push_back(&config);
  if (order.empty()) order.push_back(&every);
  // The most special route first: a host before every host, a long path before a short one, then as
  // the file has them. (clang calls the inside of libstdc++'s stable_sort deprecated.)
  std::sort(order.begin(), order.end(), [](const RouteConfig* a, const RouteConfig* b) {
    if (a->host.empty() != b->host.empty()) return b->host.empty();
    if (a->path.size() != b->path.size()) return a->path.size() > b->path.size();
    return a < b;
  });
  site.routes.reserve(order.size());
  for (const RouteConfig* each : order) {
    const RouteConfig& config = *each;
    const auto found = std::find_if(
        config_.upstreams.begin(), config_.upstreams.end(),
        [&config](const UpstreamConfig& upstream) { return upstream.name == config.upstream; });
    Route& route = site.routes.emplace_back();
    route.host = config.host;
    route.path_prefix = config.path;
    route.origin = origins_[static_cast<std::size_t>(found - config_.upstreams.begin())].get();
    route.cors = config.cors;
    route.translate.via = config_.via;
    route.translate.forwarded = config_.forwarded;
    route.translate.default_authority = config_.default_authority;
    route.translate.limits = config_.limits;
    route.translate.upstream_web = found->urls.front().web;
    if (route.translate.upstream_web != translate::UpstreamWeb::off) {
      route.translate.other_content = translate::OtherContent::refuse;
    }
  }
}

void Server::make_workers() {
  const std::uint32_t cpus = std::max(1U, std::thread::hardware_concurrency());
  const std::uint32_t count = config_.threads == 0 ? cpus : config_.threads;
  for (std::uint32_t i = 0; i < count; ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.index = i;
    worker.metrics = metrics_.emplace_back(std::make_unique<MetricsShard>()).get();
    if (sink_ == nullptr) continue;
    worker.access_log = logs_.emplace_back(std::make_unique<AccessLog>(worker.loop, sink_)).get();
  }
}

Server::Made Server::bind() {
  for (const std::unique_ptr<Site>& site : sites_) {
    auto socket = listen_on(site->address);
    if (!socket) return std::unexpected("listener " + socket.error());
    acceptors_.push_back(
        std::make_unique<Acceptor>(*this, *site, std::move(*socket), *workers_.front()));
  }
  return {};
}

std::vector<std::string> Server::addresses() const {
  std::vector<std::string> addresses;
  addresses.reserve(acceptors_.size());
  for (const auto& acceptor : acceptors_) addresses.push_back(acceptor->address());
  return addresses;
}

void Server::start() {
  running_ = true;
  for (const auto& acceptor : acceptors_) acceptor->start();
  for (const auto& worker : workers_) {
    threads_.emplace_back([&worker = *worker] {
      Worker::current() = &worker;
      worker.loop.run();
    });
  }
}

Worker& Server::least_loaded() {
  Worker* least = workers_.front().get();
  for (const auto& worker : workers_) {
    if (worker->connections.load(std::memory_order_relaxed) <
        least->connections.load(std::memory_order_relaxed)) {
      least = worker.get();
    }
  }
  return *least;
}

void Server::accept(const Site& site, Descriptor socket, const SocketAddress& client) {
  MetricsShard& metrics = *workers_.front()->metrics;
  if (sessions() >= site.connections_max) {
    metrics.add(Metric::connections_refused);
    metrics.add(Ended::connection, {Side::proxy, Cause::limit, Phase::handshake, {}});
    return;  // closed with the descriptor
  }
  metrics.add(Metric::connections_accepted);
  Worker& worker = least_loaded();
  worker.sessions.fetch_add(1, std::memory_order_relaxed);
  const auto begin = [&worker, &site, client](Descriptor&& taken) {
    const auto session = std::make_shared<Session>(worker, site, client);
    session->begin(std::move(taken));
    // It was on its way while the worker was told to drain.
    if (worker.draining) session->drain();
  };
  if (&worker == workers_.front().get()) {
    begin(std::move(socket));
    return;
  }
  worker.loop.post([begin, socket = std::move(socket)]() mutable { begin(std::move(socket)); });
}

void Server::drain_worker(Worker& worker) {
  worker.draining = true;
  // A session that is idle ends within the call and leaves the list.
  const std::vector<Channel*> channels(worker.channels.begin(), worker.channels.end());
  for (Channel* channel : channels) {
    if (worker.channels.contains(channel)) channel->drain();
  }
}

void Server::stop() {
  if (!running_) return;
  draining_ = true;
  workers_.front()->loop.post([this] {
    for (const auto& acceptor : acceptors_) acceptor->stop();
  });
  for (const auto& worker : workers_) {
    worker->loop.post([this, &worker = *worker] { drain_worker(worker); });
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(config_.drain_ms);
  while (connections() > 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  for (const auto& worker : workers_) {
    worker->loop.post([&worker = *worker] {
      const std::vector<Channel*> channels(worker.channels.begin(), worker.channels.end());
      for (Channel* channel : channels) {
        if (worker.channels.contains(channel)) channel->cut();
      }
      worker.loop.stop();
    });
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  for (const auto& log : logs_) log->flush();
  running_ = false;
}

std::uint64_t Server::value(Metric metric) const {
  std::uint64_t sum = 0;
  for (const auto& shard : metrics_) sum += shard->value(metric);
  return sum;
}

std::uint64_t Server::value(Ended what, const Attribution& ended) const {
  std::uint64_t sum = 0;
  for (const auto& shard : metrics_) sum += shard->value(what, ended);
  return sum;
}

RuleCounts::Table Server::rule_counts() const {
  RuleCounts::Table sum;
  for (const auto& shard : metrics_) shard->rules().add_to(sum);
  return sum;
}

std::uint32_t Server::connections() const {
  std::uint32_t sum = 0;
  for (const auto& worker : workers_) sum += worker->connections.load(std::memory_order_relaxed);
  return sum;
}

std::uint32_t Server::sessions() const {
  std::uint32_t sum = 0;
  for (const auto& worker : workers_) sum += worker->sessions.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace regauge::proxy
