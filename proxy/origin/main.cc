// regauge-origin: what stands behind the proxy in the demo, in tests and in benchmarks. Its
// protocols are those of Beast and nghttp2, so that the proxy meets code that is not its own.
#include <deque>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <sys/resource.h>

#include "proxy/origin/h1_connection.h"
#include "proxy/origin/h2_connection.h"
#include "proxy/origin/listener.h"

namespace regauge::origin {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Options {
  std::vector<std::string> h1;
  std::vector<std::string> h2c;
  std::string stats;
  H2Settings settings;
};

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Runs until SIGTERM or SIGINT.
void run(const Options& options) {
  Statistics statistics;
  Counters uncounted;  // of the connections that only ask for statistics
  asio::io_context context(1);
  asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&context](boost::system::error_code, int) { context.stop(); });
  const auto serve_by_h1 = [&statistics](Counters& counters) {
    return [&statistics, &counters](tcp::socket socket) {
      const auto executor = socket.get_executor();
      asio::co_spawn(executor, serve_h1(std::move(socket), counters, statistics), asio::detached);
    };
  };
  std::deque<Listener> listeners;
  const auto listen = [&](const char* name, const std::string& endpoint, Listener::Serve serve) {
    listeners.emplace_back(context, endpoint, std::move(serve));
    std::cout << name << ' ' << listeners.back().address() << std::endl;
  };
  for (const std::string& each : options.h1) listen("h1", each, serve_by_h1(statistics.h1));
  for (const std::string& each : options.h2c) {
    listen("h2c", each, [&statistics, &options](tcp::socket socket) {
      serve_h2(std::move(socket), statistics, options.settings);
    });
  }
  if (!options.stats.empty()) listen("stats", options.stats, serve_by_h1(uncounted));
  context.run();
}

int main_of(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Answers HTTP/1.1, HTTP/2 and gRPC behind a proxy. Port 0: a free one; each bound "
      "address is printed as \"h1 127.0.0.1:41234\".",
      "regauge-origin");
  app.add_option("--h1", options.h1, "listener for HTTP/1")->type_name("HOST:PORT");
  app.add_option("--h2c", options.h2c, "listener for HTTP/2 and gRPC")->type_name("HOST:PORT");
  app.add_option("--stats", options.stats, "HTTP/1 listener whose connections are not counted")
      ->type_name("HOST:PORT");
  app.add_option("--streams-max", options.settings.streams_max, "concurrent streams a connection");
  app.add_option("--window-bytes", options.settings.window_bytes, "HTTP/2 receive window")
      ->check(CLI::Range(65535, 0x7fffffff));
  CLI11_PARSE(app, argc, argv);
  if (options.h1.empty() && options.h2c.empty()) {
    std::cerr << "regauge-origin: nothing to listen on: --h1 HOST:PORT or --h2c HOST:PORT\n";
    return 2;
  }
  raise_descriptor_limit();
  try {
    run(options);
  } catch (const std::exception& error) {
    std::cerr << "regauge-origin: " << error.what() << '\n';
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace regauge::origin

int main(int argc, char** argv) { return regauge::origin::main_of(argc, argv); }
