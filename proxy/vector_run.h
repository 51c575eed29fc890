// VectorRun: one translation between two in-memory connections, through the Exchange that serves
// the proxy. It has no rules of its own: it carries octets, events and what the Exchange makes of
// them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/any_connection.h"
#include "proxy/h2_frames.h"
#include "regauge/translate/error_map.h"
#include "regauge/translate/exchange.h"

namespace regauge::proxy {

/// Lists the forms in which a vector writes messages.
enum class VectorSide : std::uint8_t { h1, h2, grpc, grpc_web, grpc_web_text };

/// Holds a message as a vector has it: raw octets (H1), or fields and content (all others).
struct VectorMessage {
  std::string raw;
  FieldList fields;
  std::vector<std::string> content;  ///< one DATA frame each
  FieldList trailers;
  bool has_trailers = false;
  bool end_on_headers = false;
  std::optional<http::ErrorCode> reset;
};

/// Holds one vector.
struct Vector {
  VectorSide from = VectorSide::h1;
  VectorSide to = VectorSide::h1;
  bool response = false;
  VectorMessage input;
  // Context and policy.
  std::string scheme = "http";
  std::string default_authority;
  std::string request_method;
  std::string client_version = "1.1";
  std::string via;
  std::string peer_ip;
  bool crumble = false;
  bool trim_edges = false;
  bool te_wins = false;
  bool connect_protocol = true;
  bool peer_connect_protocol = true;
  bool websocket_pending = false;
  std::string websocket_nonce;  ///< 16 octets
  std::string client_key;
  bool absolute_form = false;
  bool text = false;
  std::uint32_t list_bytes_max = 64 * 1024;
  std::uint32_t message_bytes_max = 0;
};

/// Holds what came of a vector: a message, nothing (swallowed), or a refusal.
struct VectorResult {
  bool refused = false;
  std::uint16_t status = 0;
  std::string rule;
  std::string section;
  bool swallowed = false;
  std::string start;  ///< H1: the start line
  std::string raw;    ///< H1: all octets
  FieldList fields;
  std::string content;
  FieldList trailers;
  bool end_on_headers = false;
};

/// Runs a vector.
[[nodiscard]] VectorResult run_vector(const Vector& vector);

}  // namespace regauge::proxy
