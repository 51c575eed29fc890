#include "proxy/origin/counters.h"

#include <fmt/format.h>

namespace regauge::origin {
namespace {

std::string json_of(const Counters& counters) {
  return fmt::format(R"({{"connections":{},"connections_open":{},"connections_open_max":{},)"
                     R"("requests":{},"requests_open":{},"requests_open_max":{},"abandoned":{}}})",
                     counters.connections, counters.connections_open, counters.connections_open_max,
                     counters.requests, counters.requests_open, counters.requests_open_max,
                     counters.abandoned);
}

}  // namespace

std::string Statistics::json() const {
  return fmt::format("{{\"h1\":{},\"h2\":{}}}\n", json_of(h1), json_of(h2));
}

}  // namespace regauge::origin
