// Short ways to write the breaches of violation_vectors.h.
#pragma once

#include <utility>

#include "tests/h2/violation_vectors.h"

namespace regauge::h2 {

/// A connection error that a server sees behind the client preface.
inline ViolationVector to_server(Violation rule, ErrorCode code, const Frames& frames) {
  ViolationVector vector;
  vector.rule = rule;
  vector.code = code;
  vector.octets = client_start().append(frames);
  return vector;
}
/// A stream error that a server sees.
inline ViolationVector to_server(Violation rule, ErrorCode code, std::uint32_t stream,
                                 const Frames& frames) {
  ViolationVector vector = to_server(rule, code, frames);
  vector.scope = http::Scope::stream;
  vector.stream = stream;
  return vector;
}
/// A connection error that a client sees which has sent a request of `method` on stream 1.
inline ViolationVector to_client(Violation rule, ErrorCode code, const Frames& frames,
                                 std::string method = "GET") {
  ViolationVector vector;
  vector.rule = rule;
  vector.code = code;
  vector.options = Host::client_options();
  vector.octets = server_start().append(frames);
  vector.before = [method = std::move(method)](Host& host) {
    const bool open = method == "POST" || method == "CONNECT";
    host.open(method, open ? EndStream::no : EndStream::yes);
  };
  return vector;
}
/// A stream error that such a client sees.
inline ViolationVector to_client(Violation rule, ErrorCode code, std::uint32_t stream,
                                 const Frames& frames, std::string method = "GET") {
  ViolationVector vector = to_client(rule, code, frames, std::move(method));
  vector.scope = http::Scope::stream;
  vector.stream = stream;
  return vector;
}
/// Changes the options of the receiver.
inline ViolationVector with(ViolationVector vector, const std::function<void(Options&)>& change) {
  change(vector.options);
  return vector;
}
/// Adds what happens behind the octets.
inline ViolationVector then(ViolationVector vector, std::function<void(Host&)> after) {
  vector.after = std::move(after);
  return vector;
}

}  // namespace regauge::h2
