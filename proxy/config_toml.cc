// Reads the configuration file; the one place that knows TOML.
#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "proxy/config.h"

namespace regauge::proxy {
namespace {

// Thrown inside this file: a place and what is wrong with it.
class Wrong : public std::runtime_error {
 public:
  Wrong(const toml::source_region& where, const std::string& what)
      : std::runtime_error(what), line(where.begin.line), column(where.begin.column) {}
  toml::source_index line;
  toml::source_index column;
};

std::string text_of(const toml::node& node, std::string_view key) {
  if (const auto* value = node.as_string()) return value->get();
  throw Wrong(node.source(), fmt::format("{} has to be a string", key));
}

bool flag_of(const toml::node& node, std::string_view key) {
  if (const auto* value = node.as_boolean()) return value->get();
  throw Wrong(node.source(), fmt::format("{} has to be true or false", key));
}

template <typename Number>
Number number_of(const toml::node& node, std::string_view key) {
  const auto* value = node.as_integer();
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::uint32_t>::max());
  if (value == nullptr || value->get() < 0 || static_cast<std::uint64_t>(value->get()) > most) {
    throw Wrong(node.source(), fmt::format("{} has to be a number from 0 to {}", key, most));
  }
  return static_cast<Number>(value->get());
}

std::vector<std::string> texts_of(const toml::node& node, std::string_view key) {
  const toml::array* array = node.as_array();
  if (array == nullptr) throw Wrong(node.source(), fmt::format("{} has to be an array", key));
  std::vector<std::string> texts;
  for (const toml::node& each : *array) texts.push_back(text_of(each, key));
  return texts;
}

const toml::table& table_of(const toml::node& node, std::string_view key) {
  const toml::table* table = node.as_table();
  if (table == nullptr) throw Wrong(node.source(), fmt::format("{} has to be a table", key));
  return *table;
}

EndpointUrl url_of(const toml::node& node, std::string_view key) {
  const auto url = parse_url(text_of(node, key));
  if (!url) throw Wrong(node.source(), url.error());
  return *url;
}

[[noreturn]] void unknown_key(const toml::node& node, std::string_view key,
                              std::string_view where) {
  throw Wrong(node.source(), fmt::format("unknown key {} in {}", key, where));
}

std::optional<h1::Preset> h1_preset_of(std::string_view name) {
  if (name == "strict") return h1::Preset::strict;
  if (name == "common") return h1::Preset::common;
  if (name == "maximal") return h1::Preset::maximal;
  return std::nullopt;
}

std::optional<h2::Policy> h2_preset_of(std::string_view name) {
  if (name == "strict") return h2::Policy::strict();
  if (name == "common") return h2::Policy::common();
  if (name == "maximal") return h2::Policy::maximal();
  return std::nullopt;
}

std::optional<h1::Action> h1_action_of(std::string_view name) {
  if (name == "reject") return h1::Action::reject;
  if (name == "accept_and_close") return h1::Action::accept_and_close;
  if (name == "accept") return h1::Action::accept;
  return std::nullopt;
}

std::optional<h2::Action> h2_action_of(std::string_view name) {
  if (name == "connection") return h2::Action::connection;
  if (name == "stream") return h2::Action::stream;
  if (name == "drop_field") return h2::Action::drop_field;
  if (name == "fix") return h2::Action::fix;
  if (name == "ignore") return h2::Action::ignore;
  return std::nullopt;
}

constexpr std::string_view kPresets = "strict, common or maximal";

void read_h1_rule(std::string_view name, const toml::node& node, h1::Policy& policy) {
  const auto deviation = h1::find_deviation(name, policy.side());
  if (!deviation) {
    throw Wrong(node.source(), fmt::format("no deviation of HTTP/1 is called {}", name));
  }
  const auto action = h1_action_of(text_of(node, name));
  if (!action) {
    throw Wrong(node.source(),
                fmt::format("{} has to be reject, accept_and_close or accept", name));
  }
  policy.set(name, *action);
  // What is accepted may close the connection all the same; what stays refused would surprise.
  if (*action != h1::Action::reject && policy.action(*deviation) == h1::Action::reject) {
    throw Wrong(node.source(), fmt::format("{} cannot be accepted safely", name));
  }
}

void read_h2_rule(std::string_view name, const toml::node& node, h2::Policy& policy) {
  const auto violation = h2::find_violation(name);
  if (!violation) {
    throw Wrong(node.source(), fmt::format("no rule of HTTP/2 is called {}", name));
  }
  const auto action = h2_action_of(text_of(node, name));
  if (!action) {
    throw Wrong(node.source(),
                fmt::format("{} has to be connection, stream, drop_field, fix or ignore", name));
  }
  if (!policy.set(*violation, *action)) {
    throw Wrong(node.source(), fmt::format("{} cannot be softened that far safely", name));
  }
}

std::optional<h1::NameCase> name_case_of(std::string_view name) {
  if (name == "received") return h1::NameCase::received;
  if (name == "lower") return h1::NameCase::lower;
  if (name == "title") return h1::NameCase::title;
  return std::nullopt;
}

void read_h1(const toml::table& table, Policies& policies) {
  h1::Policy& policy = policies.h1;
  if (const toml::node* preset = table.get("preset")) {
    const auto known = h1_preset_of(text_of(*preset, "preset"));
    if (!known) throw Wrong(preset->source(), fmt::format("preset has to be {}", kPresets));
    policy = h1::Policy(policy.side(), *known);
  }
  for (const auto& [key, node] : table) {
    if (key == "preset") continue;
    if (key == "names") {
      const auto names = name_case_of(text_of(node, "names"));
      if (!names) throw Wrong(node.source(), "names has to be received, lower or title");
      policies.names = *names;
      continue;
    }
    if (key != "rules") unknown_key(node, key.str(), "h1");
    for (const auto& [name, rule] : table_of(node, "rules")) read_h1_rule(name.str(), rule, policy);
  }
}

void read_h2(const toml::table& table, h2::Policy& policy) {
  if (const toml::node* preset = table.get("preset")) {
    const auto known = h2_preset_of(text_of(*preset, "preset"));
    if (!known) throw Wrong(preset->source(), fmt::format("preset has to be {}", kPresets));
    policy = *known;
  }
  for (const auto& [key, node] : table) {
    if (key == "preset") continue;
    if (key == "malformed_request") {
      const std::string value = text_of(node, "malformed_request");
      if (value != "answer" && value != "reset") {
        throw Wrong(node.source(), "malformed_request has to be answer or reset");
      }
      policy.malformed_request =
          value == "answer" ? h2::MalformedRequest::answer : h2::MalformedRequest::reset;
      continue;
    }
    if (key != "rules") unknown_key(node, key.str(), "h2");
    for (const auto& [name, rule] : table_of(node, "rules")) read_h2_rule(name.str(), rule, policy);
  }
}

void read_listener(const toml::table& table, ListenerConfig& listener) {
  for (const auto& [key, node] : table) {
    if (key == "name") {
      listener.name = text_of(node, "name");
    } else if (key == "url") {
      listener.url = url_of(node, "url");
    } else if (key == "cert") {
      listener.certificate = text_of(node, "cert");
    } else if (key == "key") {
      listener.key = text_of(node, "key");
    } else if (key == "h1") {
      read_h1(table_of(node, "h1"), listener.policies);
    } else if (key == "h2") {
      read_h2(table_of(node, "h2"), listener.policies.h2);
    } else {
      unknown_key(node, key.str(), "[[listener]]");
    }
  }
  if (table.get("url") == nullptr) throw Wrong(table.source(), "[[listener]] needs a url");
}

void read_upstream(const toml::table& table, UpstreamConfig& upstream) {
  for (const auto& [key, node] : table) {
    if (key == "name") {
      upstream.name = text_of(node, "name");
    } else if (key == "url") {
      upstream.urls.push_back(url_of(node, "url"));
    } else if (key == "urls") {
      for (const std::string& text : texts_of(node, "urls")) {
        const auto url = parse_url(text);
        if (!url) throw Wrong(node.source(), url.error());
        upstream.urls.push_back(*url);
      }
    } else if (key == "verify") {
      upstream.verify = flag_of(node, "verify");
    } else if (key == "ca") {
      upstream.ca_file = text_of(node, "ca");
    } else if (key == "server_name") {
      upstream.server_name = text_of(node, "server_name");
    } else if (key == "connections_max") {
      upstream.connections_max = number_of<std::uint32_t>(node, "connections_max");
    } else if (key == "waiting_max") {
      upstream.waiting_max = number_of<std::uint32_t>(node, "waiting_max");
    } else if (key == "h1") {
      read_h1(table_of(node, "h1"), upstream.policies);
    } else if (key == "h2") {
      read_h2(table_of(node, "h2"), upstream.policies.h2);
    } else {
      unknown_key(node, key.str(), "[[upstream]]");
    }
  }
  if (upstream.urls.empty()) throw Wrong(table.source(), "[[upstream]] needs a url");
  if (upstream.name.empty()) upstream.name = upstream.urls.front().address();
}

CorsPolicy cors_of(const toml::table& table) {
  CorsPolicy cors;
  for (const auto& [key, node] : table) {
    if (key == "origins") {
      cors.origins = texts_of(node, "origins");
    } else if (key == "methods") {
      cors.methods = texts_of(node, "methods");
    } else if (key == "headers") {
      cors.headers = texts_of(node, "headers");
    } else if (key == "exposed") {
      cors.exposed = texts_of(node, "exposed");
    } else if (key == "credentials") {
      cors.credentials = flag_of(node, "credentials");
    } else if (key == "max_age_s") {
      cors.max_age_s = number_of<std::uint32_t>(node, "max_age_s");
    } else {
      unknown_key(node, key.str(), "cors");
    }
  }
  return cors;
}

void read_route(const toml::table& table, RouteConfig& route) {
  for (const auto& [key, node] : table) {
    if (key == "host") {
      route.host = text_of(node, "host");
    } else if (key == "path") {
      route.path = text_of(node, "path");
    } else if (key == "upstream") {
      route.upstream = text_of(node, "upstream");
    } else if (key == "cors") {
      route.cors = cors_of(table_of(node, "cors"));
    } else {
      unknown_key(node, key.str(), "[[route]]");
    }
  }
  if (route.upstream.empty()) throw Wrong(table.source(), "[[route]] needs an upstream");
}

void read_timeouts(const toml::table& table, Config& config) {
  for (const auto& [key, node] : table) {
    const auto value = number_of<std::uint64_t>(node, key.str());
    if (key == "handshake_ms") {
      config.timeouts.handshake_ms = value;
    } else if (key == "head_ms") {
      config.timeouts.head_ms = value;
    } else if (key == "idle_ms") {
      config.timeouts.idle_ms = value;
    } else if (key == "queue_ms") {
      config.timeouts.queue_ms = value;
    } else if (key == "response_ms") {
      config.timeouts.response_ms = value;
    } else if (key == "content_ms") {
      config.timeouts.content_ms = value;
    } else if (key == "connect_ms") {
      config.connect_ms = value;
    } else if (key == "upstream_idle_ms") {
      config.upstream_idle_ms = value;
    } else if (key == "drain_ms") {
      config.drain_ms = value;
    } else {
      unknown_key(node, key.str(), "[timeouts]");
    }
  }
}

struct LimitKey {
  std::string_view name;
  std::uint32_t http::Limits::* value;
};
constexpr std::array kLimitKeys{
    LimitKey{"field_lines_max", &http::Limits::field_lines_max},
    LimitKey{"cookie_crumbs_max", &http::Limits::cookie_crumbs_max},
    LimitKey{"line_bytes_max", &http::Limits::line_bytes_max},
    LimitKey{"field_section_bytes_max", &http::Limits::field_section_bytes_max},
    LimitKey{"cookie_bytes_max", &http::Limits::cookie_bytes_max},
    LimitKey{"trailer_section_bytes_max", &http::Limits::trailer_section_bytes_max},
    LimitKey{"chunk_line_bytes_max", &http::Limits::chunk_line_bytes_max},
    LimitKey{"streams_max", &http::Limits::streams_max},
    LimitKey{"live_handlers_max", &http::Limits::live_handlers_max},
    LimitKey{"stream_window_bytes", &http::Limits::stream_window_bytes},
    LimitKey{"connection_window_bytes", &http::Limits::connection_window_bytes},
    LimitKey{"stream_queue_bytes_max", &http::Limits::stream_queue_bytes_max},
};

void read_limits(const toml::table& table, Config& config) {
  for (const auto& [key, node] : table) {
    const auto value = number_of<std::uint32_t>(node, key.str());
    if (key == "connections_max") {
      config.connections_max = value;
      continue;
    }
    bool known = false;
    for (const LimitKey& limit : kLimitKeys) {
      if (limit.name != key.str()) continue;
      config.limits.*limit.value = value;
      known = true;
    }
    if (!known) unknown_key(node, key.str(), "[limits]");
  }
}

// Reads an array of tables: [[name]].
template <typename Element, typename Read>
void read_tables(const toml::node& node, std::string_view name, std::vector<Element>& to,
                 Read read) {
  const toml::array* array = node.as_array();
  if (array == nullptr) throw Wrong(node.source(), fmt::format("write [[{}]]", name));
  for (const toml::node& each : *array) {
    Element element;
    read(table_of(each, name), element);
    to.push_back(std::move(element));
  }
}

translate::Forwarded forwarded_of(const toml::node& node) {
  const std::string value = text_of(node, "forwarded");
  if (value == "keep") return translate::Forwarded::keep;
  if (value == "append") return translate::Forwarded::append;
  if (value == "replace") return translate::Forwarded::replace;
  throw Wrong(node.source(), "forwarded has to be keep, append or replace");
}

std::string log_level_of(const toml::node& node) {
  constexpr std::array<std::string_view, 6> kLevels{"trace", "debug", "info",
                                                    "warn",  "error", "off"};
  std::string value = text_of(node, "log_level");
  if (std::find(kLevels.begin(), kLevels.end(), value) != kLevels.end()) return value;
  throw Wrong(node.source(), "log_level has to be trace, debug, info, warn, error or off");
}

void read_top(const toml::table& root, Config& config) {
  for (const auto& [key, node] : root) {
    if (key == "threads") {
      config.threads = number_of<std::uint32_t>(node, "threads");
    } else if (key == "scheduling") {
      if (text_of(node, "scheduling") != "pinned") {
        throw Wrong(node.source(), "scheduling has to be pinned");
      }
    } else if (key == "admin") {
      config.admin = text_of(node, "admin");
    } else if (key == "access_log") {
      config.access_log = text_of(node, "access_log");
    } else if (key == "log_level") {
      config.log_level = log_level_of(node);
    } else if (key == "via") {
      config.via = text_of(node, "via");
    } else if (key == "forwarded") {
      config.forwarded = forwarded_of(node);
    } else if (key == "default_authority") {
      config.default_authority = text_of(node, "default_authority");
    } else if (key == "timeouts") {
      read_timeouts(table_of(node, "timeouts"), config);
    } else if (key == "limits") {
      read_limits(table_of(node, "limits"), config);
    } else if (key == "listener") {
      read_tables(node, "listener", config.listeners, read_listener);
    } else if (key == "upstream") {
      read_tables(node, "upstream", config.upstreams, read_upstream);
    } else if (key == "route") {
      read_tables(node, "route", config.routes, read_route);
    } else {
      unknown_key(node, key.str(), "the file");
    }
  }
}

}  // namespace

std::expected<void, std::string> read_config(const std::string& file, Config& config) {
  try {
    if (!std::ifstream(file)) return std::unexpected(file + ": cannot be read");
    read_top(toml::parse_file(file), config);
    return {};
  } catch (const toml::parse_error& error) {
    const toml::source_position& at = error.source().begin;
    return std::unexpected(
        fmt::format("{}:{}:{}: {}", file, at.line, at.column, error.description()));
  } catch (const Wrong& wrong) {
    return std::unexpected(
        fmt::format("{}:{}:{}: {}", file, wrong.line, wrong.column, wrong.what()));
  }
}

}  // namespace regauge::proxy
