// The counters as Prometheus reads them.
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "proxy/admin.h"

namespace regauge::proxy {

namespace {

// Every triple that has happened; most cannot.
void add_ends(const Server& server, prometheus::Registry& registry) {
  auto& family = prometheus::BuildCounter()
                     .Name("regauge_ended_total")
                     .Help("Requests and connections that ended early, by who, why and how far.")
                     .Register(registry);
  for (const Ended what : {Ended::request, Ended::connection}) {
    for (std::size_t i = 0; i < kSides * kCauses * kPhases; ++i) {
      const Attribution ended{static_cast<Side>(i / (kCauses * kPhases)),
                              static_cast<Cause>(i / kPhases % kCauses),
                              static_cast<Phase>(i % kPhases),
                              {}};
      const std::uint64_t count = server.value(what, ended);
      if (ended.cause == Cause::none || count == 0) continue;
      family
          .Add({{"what", what == Ended::request ? "request" : "connection"},
                {"side", std::string(name_of(ended.side))},
                {"cause", std::string(name_of(ended.cause))},
                {"phase", std::string(name_of(ended.phase))}})
          .Increment(static_cast<double>(count));
    }
  }
}

struct RuleFamily {
  Verdict verdict;
  const char* name;
  const char* help;
};

void add_rules(const RuleCounts::Table& counts, const RuleFamily& rules,
               prometheus::Registry& registry) {
  auto& family = prometheus::BuildCounter().Name(rules.name).Help(rules.help).Register(registry);
  for (const auto& [row, count] : counts) {
    if (row.verdict != rules.verdict) continue;
    family
        .Add({{"side", std::string(name_of(row.source.side))},
              {"name", std::string(row.rule)},
              {"upstream", std::string(row.source.upstream)}})
        .Increment(static_cast<double>(count));
  }
}

}  // namespace

std::string metrics_text(const Server& server) {
  prometheus::Registry registry;
  add_ends(server, registry);
  const RuleCounts::Table rules = server.rule_counts();
  add_rules(rules,
            {Verdict::forgiven, "regauge_deviations_total",
             "Rules that a message broke and that were forgiven, by side, name and upstream."},
            registry);
  add_rules(rules,
            {Verdict::refused, "regauge_violations_total",
             "Rules that a message broke and was refused for, by side, name and upstream."},
            registry);
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
