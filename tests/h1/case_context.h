// The context key of a case in tests/cases/h1.jsonl: what a response answers.
#pragma once

#include <string_view>

#include <boost/json.hpp>

#include "regauge/h1/framing.h"

namespace regauge::h1 {

/// Reads the context of a case; the defaults are those of ResponseContext.
inline ResponseContext context_of(const boost::json::object& one) {
  ResponseContext context;
  if (const auto* given = one.if_contains("context")) {
    const auto& object = given->as_object();
    if (const auto* method = object.if_contains("request_method")) {
      context.request_method = http::method_id(std::string_view(method->as_string()));
    }
    if (const auto* upgrade = object.if_contains("upgrade_requested")) {
      context.upgrade_requested = upgrade->as_bool();
    }
    if (const auto* first = object.if_contains("first_on_connection")) {
      context.first_on_connection = first->as_bool();
    }
  }
  return context;
}

}  // namespace regauge::h1
