// Runs one case of tests/cases/h2.jsonl against h2::Connection, at any cut.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "regauge/h2/connection.h"
#include "tests/case_file.h"

namespace regauge::tests {

/// Says what a receiver made of the octets of a case.
struct Outcome {
  std::string kind = "ok";   ///< ok, stream_error or connection_error
  std::string code;          ///< RFC 9113 §7, without a fault empty
  std::uint32_t stream = 0;  ///< of a stream error
  std::string rule;          ///< the first violation
  std::uint32_t heads = 0;   ///< messages that were surfaced

  bool operator==(const Outcome&) const = default;
};

/// Says how the octets are offered: pieces of `size`, or random pieces from `seed`.
struct Cut {
  std::size_t size = ~std::size_t{0};
  std::optional<std::uint32_t> seed;
};

/// Makes the options of a case: one SETTINGS frame, the values of the RFC except `setup.settings`.
inline h2::Options case_options(const boost::json::object& one, const h2::Policy& policy) {
  h2::Options options;
  options.role = one.at("role").as_string() == "server" ? http::Role::server : http::Role::client;
  options.policy = policy;
  options.limits.stream_window_bytes = 65535;
  options.limits.connection_window_bytes = 65535;
  options.settings_ack_ms = 0;
  options.extended_connect = h2::Offer::no;
  const boost::json::value* setup = one.if_contains("setup");
  if (setup == nullptr || !setup->as_object().contains("settings")) return options;
  for (const auto& [key, value] : setup->as_object().at("settings").as_object()) {
    const auto number = value.to_number<std::uint32_t>();
    if (key == "max_concurrent_streams") options.limits.streams_max = number;
    if (key == "initial_window_size") options.limits.stream_window_bytes = number;
    if (key == "header_table_size") options.limits.decoder_table_bytes_max = number;
    if (key == "max_header_list_size") options.limits.field_section_bytes_max = number;
    if (key == "enable_push" && number == 1) options.push = h2::Offer::yes;
    if (key == "enable_connect_protocol" && number == 1) options.extended_connect = h2::Offer::yes;
  }
  return options;
}

/// Drives a connection with the octets of a case.
class CaseRun {
 public:
  CaseRun(const boost::json::object& one, const h2::Policy& policy)
      : options_(case_options(one, policy)), connection_(options_) {
    const boost::json::value* setup = one.if_contains("setup");
    if (setup == nullptr) return;
    const boost::json::object& context = setup->as_object();
    if (context.contains("requests")) {
      for (const auto& method : context.at("requests").as_array()) open(method.as_string());
    }
    if (context.contains("rst_first")) {
      connection_.reset(http::StreamId{1}, http::ErrorCode::cancel);
    }
    consumes_ = !context.contains("no_auto_wu");
  }

  Outcome run(std::string_view octets, const Cut& cut) {
    std::mt19937 random(cut.seed.value_or(0));
    std::size_t at = 0;
    while (at < octets.size()) {
      std::size_t size = cut.size;
      if (cut.seed) size = 1 + random() % 40;
      size = std::min(size, octets.size() - at);
      offer(wire::as_bytes(octets.substr(at, size)));
      at += size;
    }
    return outcome_;
  }

 private:
  void open(std::string_view method) {
    http::RequestHead head;
    head.method = http::method_of(method);
    head.scheme = "https";
    head.authority = method == "CONNECT" ? "a.test:443" : "a.test";
    head.path = method == "CONNECT" ? "" : "/";
    const bool open = method == "POST" || method == "CONNECT";
    head.content.framing = open ? http::Framing::stream : http::Framing::none;
    const auto opened = connection_.open(head, open ? http::EndStream::no : http::EndStream::yes);
    if (!opened) std::abort();
  }

  void offer(wire::Bytes part) {
    const wire::Slice slice = wire::Slice::copy_of(part);
    wire::Slice rest = slice;
    while (!rest.empty()) {
      const http::Batch batch = connection_.receive({&rest, 1}, http::Tick{1}, {});
      for (const http::Event& event : batch.events) take(event);
      rest.drop_front(batch.consumed);
      flush();
    }
  }

  void take(const http::Event& event) {
    if (event.kind == http::EventKind::head) ++outcome_.heads;
    if (event.kind == http::EventKind::content && consumes_) {
      connection_.consume(event.stream, event.content.size());
    }
    if (event.kind != http::EventKind::violation) return;
    // The end of the connection says more than the end of a stream before it.
    const bool stream = event.scope == http::Scope::stream;
    if (outcome_.kind != "ok" && (stream || outcome_.kind == "connection_error")) return;
    outcome_.kind = stream ? "stream_error" : "connection_error";
    outcome_.code = http::error_code_name(event.code);
    outcome_.stream = stream ? event.stream.value : 0;
    outcome_.rule = event.rule->name;
  }

  void flush() {
    std::array<http::Piece, 16> pieces;
    while (true) {
      const std::size_t filled = connection_.gather(pieces, 65536);
      std::size_t octets = 0;
      for (std::size_t i = 0; i < filled; ++i) octets += pieces[i].size;
      if (octets == 0) return;
      connection_.wrote(octets);
    }
  }

  h2::Options options_;
  h2::Connection connection_;
  Outcome outcome_;
  bool consumes_ = true;
};

}  // namespace regauge::tests
