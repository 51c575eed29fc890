#include "proxy/run_command.h"

#include <csignal>
#include <expected>
#include <iostream>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "proxy/admin.h"
#include "proxy/config.h"
#include "proxy/server.h"

namespace regauge::proxy {
namespace {

constexpr int kCannotStart = 2;

std::expected<void, std::string> apply(const RunOptions& options, Config& config) {
  for (const std::string& text : options.listen) {
    const auto url = parse_url(text);
    if (!url) return std::unexpected("--listen: " + url.error());
    ListenerConfig& listener = config.listeners.emplace_back();
    listener.url = *url;
    if (url->scheme != "https") continue;
    listener.certificate = options.certificate;
    listener.key = options.key;
  }
  if (!options.upstream.empty()) {
    const auto url = parse_url(options.upstream);
    if (!url) return std::unexpected("--upstream: " + url.error());
    UpstreamConfig upstream;
    upstream.name = url->address();
    upstream.urls.push_back(*url);
    config.upstreams.insert(config.upstreams.begin(), upstream);
  }
  if (options.threads) config.threads = *options.threads;
  if (options.admin) config.admin = *options.admin;
  if (options.log_level) config.log_level = *options.log_level;
  if (options.access_log) config.access_log = *options.access_log;
  return check_config(config);
}

int cannot_start(const std::string& why) {
  std::cerr << "regauge: " << why << '\n';
  return kCannotStart;
}

// Every connection needs a descriptor, and one more upstream.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int run_proxy(const RunOptions& options) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("regauge"));
  Config config;
  if (!options.config_file.empty()) {
    if (const auto read = read_config(options.config_file, config); !read) {
      return cannot_start(read.error());
    }
  }
  if (const auto applied = apply(options, config); !applied) return cannot_start(applied.error());
  spdlog::set_level(spdlog::level::from_str(config.log_level));
  raise_descriptor_limit();
  // Signals are waited for by this thread alone; the workers inherit the mask.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  auto server = Server::make(config);
  if (!server) return cannot_start(server.error());
  std::unique_ptr<Admin> admin;
  if (!config.admin.empty()) {
    auto made = Admin::make(config.admin, **server);
    if (!made) return cannot_start(made.error());
    admin = std::move(*made);
  }
  if (options.test) {
    std::cout << "the configuration is good\n";
    return 0;
  }
  (*server)->start();
  for (const std::string& address : (*server)->addresses())
    spdlog::info("listening on {}", address);
  if (admin != nullptr) spdlog::info("admin on {}", admin->address());
  int signal = 0;
  ::sigwait(&signals, &signal);
  spdlog::info("signal {}: draining", signal);
  (*server)->stop();
  spdlog::info("stopped");
  return 0;
}

}  // namespace regauge::proxy
