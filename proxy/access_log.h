// AccessLog: one JSON object a line for each exchange and each connection that ended. A worker
// buffers its lines and writes them in one call, at the latest half a second later.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "proxy/attribution.h"
#include "proxy/loop.h"
#include "proxy/rule_names.h"
#include "proxy/socket.h"

namespace regauge::proxy {

/// Holds what a line tells. Views live for the call of `write`.
struct AccessRecord {
  std::uint64_t time_ms = 0;  ///< of the request head, Unix time
  std::uint64_t duration_ms = 0;
  std::string_view listener;
  std::string_view client;
  std::string_view protocol;  ///< "h1" or "h2"
  std::string_view method;
  std::string_view authority;
  std::string_view path;
  std::uint16_t status = 0;
  std::uint64_t request_bytes = 0;   ///< content
  std::uint64_t response_bytes = 0;  ///< content
  std::string_view upstream;
  std::string_view upstream_protocol;
  bool reused = false;
  std::uint32_t attempts = 0;
  std::uint32_t deviations = 0;  ///< forgiven in request and response
  RuleNames request_deviations;
  RuleNames response_deviations;
  Attribution ended;
};

/// Holds what a line tells about the end of a connection.
struct ConnectionRecord {
  std::uint64_t duration_ms = 0;
  std::string_view listener;  ///< of a client's connection
  std::string_view client;
  std::string_view upstream;  ///< of a connection to an upstream
  std::string_view protocol;  ///< empty: it never came to one
  std::uint64_t requests = 0;
  Attribution ended;
};

/// Reads the wall clock: Unix time for lines of the log.
[[nodiscard]] std::uint64_t unix_ms();

/// Shares one descriptor between the workers' logs.
class LogSink {
 public:
  explicit LogSink(Descriptor file) : file_(std::move(file)) {}
  /// Writes whole lines. May be called on any thread.
  void write(std::string_view lines);

 private:
  std::mutex mutex_;
  Descriptor file_;
};

/// Opens a log: a path, or "-" for standard output. Errors: one line.
[[nodiscard]] std::expected<std::shared_ptr<LogSink>, std::string> open_log(
    const std::string& name);

/// Buffers the lines of one worker.
class AccessLog final : private Timer {
 public:
  AccessLog(Loop& loop, std::shared_ptr<LogSink> sink) : loop_(loop), sink_(std::move(sink)) {}
  ~AccessLog() override { flush(); }

  /// Appends a line.
  void write(const AccessRecord& record);
  void write(const ConnectionRecord& record);
  /// Writes what is buffered.
  void flush();

 private:
  void expired(http::Tick) override { flush(); }
  void line_ended();

  Loop& loop_;
  std::shared_ptr<LogSink> sink_;
  std::string lines_;
};

}  // namespace regauge::proxy
