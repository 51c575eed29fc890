// Admin: /metrics, /healthz and /readyz for those who watch the proxy, on an address of its own.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "proxy/server.h"

namespace regauge::proxy {

/// Serves the admin endpoint on a thread of its own. The data path never waits for it.
class Admin {
 public:
  virtual ~Admin() = default;
  /// Returns host:port.
  [[nodiscard]] virtual std::string address() const = 0;

  /// Binds `endpoint`, host:port. Errors: one line.
  [[nodiscard]] static std::expected<std::unique_ptr<Admin>, std::string> make(
      const std::string& endpoint, const Server& server);
};

/// Renders the counters in the text format of Prometheus.
[[nodiscard]] std::string metrics_text(const Server& server);

}  // namespace regauge::proxy
