#include "proxy/options.h"

#include <iostream>

#include <CLI/CLI.hpp>

#include "proxy/inspect.h"
#include "proxy/run_command.h"
#include "proxy/translate_command.h"

namespace regauge::proxy {
namespace {

constexpr int kUsage = 2;

void add_run(CLI::App& app, RunOptions& options) {
  CLI::App& run = *app.add_subcommand("run", "Run the translating proxy.");
  run.add_option("-c,--config", options.config_file, "TOML file")->type_name("FILE");
  run.add_flag("-t,--test", options.test, "check the configuration, bind, and end");
  run.add_option("--listen", options.listen,
                 "h1://host:port, h2c://…, http://… (h1 or h2c), https://… (ALPN), unix:/path")
      ->type_name("URL");
  run.add_option("--upstream", options.upstream,
                 "h1://, h2c://, https:// (ALPN), h1s://, h2s://host:port, unix:/path, "
                 "h2c+unix:/path; +grpc-web or +grpc-web-text after the scheme")
      ->type_name("URL");
  run.add_option("--cert", options.certificate, "certificate of https listeners, PEM")
      ->type_name("FILE");
  run.add_option("--key", options.key, "its key, PEM")->type_name("FILE");
  run.add_option("--threads", options.threads, "workers; 0: one for each CPU");
  run.add_option("--scheduling", options.scheduling, "how connections are spread over threads")
      ->check(CLI::IsMember({"pinned"}));
  run.add_option("--admin", options.admin, "/metrics, /healthz, /readyz")->type_name("HOST:PORT");
  run.add_option("--log-level", options.log_level, "diagnostics on standard error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
  run.add_option("--access-log", options.access_log, "JSON lines; - is standard output")
      ->type_name("F|-|off");
}

void add_inspect(CLI::App& app, InspectOptions& options) {
  CLI::App& inspect =
      *app.add_subcommand("inspect", "Explain octets on standard input as a protocol reads them.");
  inspect.add_option("kind", options.kind, "what the octets are")
      ->required()
      ->check(CLI::IsMember(
          {"h1-request", "h1-response", "h2-server", "h2-client", "hpack", "grpc-web"}));
  inspect.add_option("--policy", options.policy, "preset")
      ->check(CLI::IsMember({"strict", "common", "maximal"}));
  inspect.add_option("--context", options.context, "what the receiver knows, JSON");
  inspect.add_option("--cut", options.cut, "pieces: N octets, bytes, or random:SEED");
  inspect.add_flag("--json", options.json, "one JSON object a line");
}

int print_version(bool json) {
  if (json) {
    std::cout << R"({"name":"regauge","version":")" << REGAUGE_VERSION << R"(","allocator":")"
              << REGAUGE_ALLOCATOR << "\"}\n";
  } else {
    std::cout << "regauge " << REGAUGE_VERSION << '\n';
  }
  return 0;
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  CLI::App app("Translates between HTTP/1.1 and HTTP/2, gRPC and gRPC-Web.", "regauge");
  app.require_subcommand(1);
  RunOptions run;
  InspectOptions inspect;
  bool version_json = false;
  add_run(app, run);
  add_inspect(app, inspect);
  app.add_subcommand("translate", "Translate vectors, one JSON object a line.");
  app.add_subcommand("version", "Print the version.")
      ->add_flag("--json", version_json, "one JSON object");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (app.got_subcommand("run")) return run_proxy(run);
  if (app.got_subcommand("inspect")) return run_inspect(inspect, std::cin, std::cout, std::cerr);
  if (app.got_subcommand("translate")) return run_translate(std::cin, std::cout);
  return print_version(version_json);
}

}  // namespace regauge::proxy
