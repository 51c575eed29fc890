// Config: what the operator asked for, from a file and the command line, before anything is opened.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "proxy/cors.h"
#include "proxy/endpoint_url.h"
#include "proxy/site.h"
#include "regauge/h1/encoder.h"
#include "regauge/h1/policy.h"
#include "regauge/h2/policy.h"
#include "regauge/http/limits.h"

namespace regauge::proxy {

/// Names how connections are spread over threads.
enum class Scheduling : std::uint8_t { pinned };

/// Holds the policies of one listener or upstream.
struct Policies {
  explicit Policies(h1::Side side) : h1(side, h1::Preset::common) {}
  h1::Policy h1;
  h1::NameCase names = h1::NameCase::received;  ///< letters of field names that are written
  h2::Policy h2 = h2::Policy::common();
};

/// Describes one listener.
struct ListenerConfig {
  std::string name;  ///< empty: its URL
  EndpointUrl url;
  std::string certificate;  ///< PEM file; https only
  std::string key;          ///< PEM file; https only
  Policies policies{h1::Side::request};
};

/// Describes one upstream.
struct UpstreamConfig {
  std::string name;  ///< empty: its first URL
  std::vector<EndpointUrl> urls;
  bool verify = true;       ///< check the certificate
  std::string ca_file;      ///< certificates of trust; empty: the system's
  std::string server_name;  ///< SNI and the name that is checked; empty: the host of the URL
  std::uint32_t connections_max = 1024;
  std::uint32_t waiting_max = 4096;  ///< requests that wait for a connection; 503 above it
  Policies policies{h1::Side::response};
};

/// Describes one route.
struct RouteConfig {
  std::string host;  ///< empty: every host
  std::string path = "/";
  std::string upstream;  ///< name
  std::optional<CorsPolicy> cors;
};

/// Holds everything.
struct Config {
  std::uint32_t threads = 0;  ///< 0: one for each CPU
  Scheduling scheduling = Scheduling::pinned;
  std::string admin;               ///< host:port; empty: off
  std::string access_log = "off";  ///< file, "-" or "off"
  std::string log_level = "info";
  std::string via;  ///< pseudonym for Via; empty: none
  translate::Forwarded forwarded = translate::Forwarded::append;
  std::string default_authority;
  ClientTimeouts timeouts;
  std::uint64_t connect_ms = 5'000;
  std::uint64_t upstream_idle_ms = 60'000;
  std::uint64_t drain_ms = 30'000;
  std::uint32_t connections_max = 100'000;  ///< of clients, a listener
  http::Limits limits;
  std::vector<ListenerConfig> listeners;
  std::vector<UpstreamConfig> upstreams;
  std::vector<RouteConfig> routes;  ///< empty: everything goes to the first upstream
};

/// Reads a TOML file into `config`. Errors: file:line:column, what, and why.
[[nodiscard]] std::expected<void, std::string> read_config(const std::string& file, Config& config);
/// Checks what no single key shows: names, missing parts. Errors: one line.
[[nodiscard]] std::expected<void, std::string> check_config(const Config& config);

}  // namespace regauge::proxy
