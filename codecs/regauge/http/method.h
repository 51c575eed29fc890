// Request methods (RFC 9110 §9): any token passes, the registered ones have a number.
#pragma once

#include <cstdint>
#include <string_view>

namespace regauge::http {

/// Numbers the methods whose semantics the code base needs.
enum class MethodId : std::uint8_t {
  other,
  get,
  head,
  post,
  put,
  delete_,
  connect,
  options,
  trace,
  patch,
};

/// Returns the number of a method token; methods are case-sensitive (RFC 9110 §9.1).
[[nodiscard]] constexpr MethodId method_id(std::string_view token) {
  if (token == "GET") return MethodId::get;
  if (token == "HEAD") return MethodId::head;
  if (token == "POST") return MethodId::post;
  if (token == "PUT") return MethodId::put;
  if (token == "DELETE") return MethodId::delete_;
  if (token == "CONNECT") return MethodId::connect;
  if (token == "OPTIONS") return MethodId::options;
  if (token == "TRACE") return MethodId::trace;
  if (token == "PATCH") return MethodId::patch;
  return MethodId::other;
}

/// Views a method as sent, with its number. Lifetime: that of the head it stands in.
struct Method {
  std::string_view token;
  MethodId id = MethodId::other;
};

/// Makes a method of its token.
[[nodiscard]] constexpr Method method_of(std::string_view token) {
  return {token, method_id(token)};
}

/// Tells whether repeating the request has the effect of sending it once (RFC 9110 §9.2.2).
[[nodiscard]] constexpr bool is_idempotent(MethodId id) {
  switch (id) {
    case MethodId::get:
    case MethodId::head:
    case MethodId::put:
    case MethodId::delete_:
    case MethodId::options:
    case MethodId::trace: return true;
    case MethodId::other:
    case MethodId::post:
    case MethodId::connect:
    case MethodId::patch: return false;
  }
  return false;
}

/// Tells whether the method only reads (RFC 9110 §9.2.1).
[[nodiscard]] constexpr bool is_safe(MethodId id) {
  return id == MethodId::get || id == MethodId::head || id == MethodId::options ||
         id == MethodId::trace;
}

}  // namespace regauge::http
