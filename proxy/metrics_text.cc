// The counters as Prometheus reads them.
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "proxy/admin.h"

namespace regauge::proxy {

std::string metrics_text(const Server& server) {
  prometheus::Registry registry;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Metric::count_); ++i) {
    const auto metric = static_cast<Metric>(i);
    prometheus::BuildCounter()
        .Name(std::string(name_of(metric)))
        .Help(std::string(help_of(metric)))
        .Register(registry)
        .Add({})
        .Increment(static_cast<double>(server.value(metric)));
  }
  prometheus::BuildGauge()
      .Name("regauge_connections")
      .Help("Open connections of clients and to upstreams.")
      .Register(registry)
      .Add({})
      .Set(server.connections());
  auto& connections = prometheus::BuildGauge()
                          .Name("regauge_upstream_connections")
                          .Help("Open connections of an upstream.")
                          .Register(registry);
  auto& waiting = prometheus::BuildGauge()
                      .Name("regauge_upstream_waiting")
                      .Help("Requests that wait for a connection of an upstream.")
                      .Register(registry);
  for (const auto& origin : server.origins()) {
    const Origin::Counts counts = origin->counts();
    connections.Add({{"upstream", origin->options().name}}).Set(counts.connections);
    waiting.Add({{"upstream", origin->options().name}}).Set(counts.waiting);
  }
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

}  // namespace regauge::proxy
