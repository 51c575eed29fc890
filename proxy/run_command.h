// `regauge run`: from options to a running server and its end on a signal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace regauge::proxy {

/// Holds the options of the command line; what is not given leaves the file's value.
struct RunOptions {
  std::string config_file;
  bool test = false;
  std::vector<std::string> listen;
  std::string upstream;
  std::string certificate;
  std::string key;
  std::optional<std::uint32_t> threads;
  std::optional<std::string> scheduling;
  std::optional<std::string> admin;
  std::optional<std::string> log_level;
  std::optional<std::string> access_log;
};

/// Runs the proxy until SIGTERM or SIGINT. Returns 0, or 2 if it cannot start.
int run_proxy(const RunOptions& options);

}  // namespace regauge::proxy
