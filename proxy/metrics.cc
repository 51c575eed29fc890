#include "proxy/metrics.h"

#include <utility>

namespace regauge::proxy {
namespace {

struct Row {
  std::string_view name;
  std::string_view help;
};

constexpr std::array<Row, static_cast<std::size_t>(Metric::count_)> kRows{{
    {"regauge_connections_accepted_total", "Connections of clients that were accepted."},
    {"regauge_connections_refused_total", "Connections of clients above a limit."},
    {"regauge_handshakes_failed_total", "TLS handshakes of clients that failed."},
    {"regauge_requests_total", "Requests whose head was read."},
    {"regauge_responses_1xx_total", "Interim responses and switched protocols."},
    {"regauge_responses_2xx_total", "Responses with a status of 2xx."},
    {"regauge_responses_3xx_total", "Responses with a status of 3xx."},
    {"regauge_responses_4xx_total", "Responses with a status of 4xx."},
    {"regauge_responses_5xx_total", "Responses with a status of 5xx."},
    {"regauge_requests_ended_early_total", "Requests that did not come to their lawful end."},
    {"regauge_requests_cancelled_total", "Requests reset in the batch that opened them."},
    {"regauge_retries_total", "Requests that were sent once more."},
    {"regauge_upstream_connects_total", "Connections to upstreams that were opened."},
    {"regauge_upstream_connect_failures_total", "Connects to upstreams that failed."},
}};

}  // namespace

std::string_view name_of(Metric metric) { return kRows[std::to_underlying(metric)].name; }
std::string_view help_of(Metric metric) { return kRows[std::to_underlying(metric)].help; }

}  // namespace regauge::proxy
