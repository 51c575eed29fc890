#include "proxy/attribution.h"

namespace regauge::proxy {

std::string_view name_of(Side side) {
  switch (side) {
    case Side::downstream: return "downstream";
    case Side::upstream: return "upstream";
    case Side::proxy: return "proxy";
  }
  return {};
}

std::string_view name_of(Cause cause) {
  switch (cause) {
    case Cause::none: return "none";
    case Cause::peer_close: return "peer_close";
    case Cause::peer_reset: return "peer_reset";
    case Cause::tls_error: return "tls_error";
    case Cause::protocol_error: return "protocol_error";
    case Cause::timeout: return "timeout";
    case Cause::limit: return "limit";
    case Cause::refused: return "refused";
    case Cause::goaway: return "goaway";
    case Cause::unreachable: return "unreachable";
    case Cause::dns: return "dns";
    case Cause::overload: return "overload";
    case Cause::drain: return "drain";
    case Cause::config_reload: return "config_reload";
    case Cause::cancelled_by_hook: return "cancelled_by_hook";
    case Cause::no_route: return "no_route";
    case Cause::internal: return "internal";
  }
  return {};
}

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::handshake: return "handshake";
    case Phase::request_head: return "request_head";
    case Phase::request_body: return "request_body";
    case Phase::queue: return "queue";
    case Phase::connect: return "connect";
    case Phase::upstream_handshake: return "upstream_handshake";
    case Phase::await_response: return "await_response";
    case Phase::response_head: return "response_head";
    case Phase::response_body: return "response_body";
    case Phase::trailers: return "trailers";
    case Phase::idle: return "idle";
  }
  return {};
}

std::string text_of(const Attribution& attribution) {
  if (attribution.cause == Cause::none) return "-";
  std::string text(name_of(attribution.side));
  text += ':';
  text += name_of(attribution.cause);
  text += ':';
  text += name_of(attribution.phase);
  return text;
}

Phase phase_of(const Progress& progress) {
  if (progress.response_sent) {
    return progress.request_complete ? Phase::trailers : Phase::request_body;
  }
  if (progress.response_begun) return Phase::response_body;
  if (!progress.stream_wanted) return Phase::request_head;
  if (!progress.stream_had) {
    switch (progress.waits) {
      case Waits::slot: return Phase::queue;
      case Waits::connect: return Phase::connect;
      case Waits::handshake: return Phase::upstream_handshake;
    }
  }
  if (progress.response_octets) return Phase::response_head;
  return progress.request_complete ? Phase::await_response : Phase::request_body;
}

Phase phase_of_request(http::Reached reached) {
  switch (reached) {
    case http::Reached::nothing:
    case http::Reached::head: return Phase::request_head;
    case http::Reached::content: return Phase::request_body;
    case http::Reached::trailers: return Phase::trailers;
  }
  return {};
}

Phase phase_of_response(http::Reached reached) {
  switch (reached) {
    case http::Reached::nothing: return Phase::await_response;
    case http::Reached::head: return Phase::response_head;
    case http::Reached::content: return Phase::response_body;
    case http::Reached::trailers: return Phase::trailers;
  }
  return {};
}

Cause cause_of(http::ErrorCode code) {
  return code == http::ErrorCode::enhance_your_calm ? Cause::limit : Cause::protocol_error;
}

}  // namespace regauge::proxy
