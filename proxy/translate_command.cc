#include "proxy/translate_command.h"

#include <istream>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>

#include <boost/json.hpp>

#include "proxy/json_text.h"
#include "proxy/vector_run.h"
#include "regauge/translate/error_map.h"

namespace regauge::proxy {
namespace {

namespace json = boost::json;
using translate::EndAction;
using translate::EndEvent;
using translate::EndStage;

// House exception: tool-commands, because a line that is no vector meets no rule of a protocol.
constexpr int kUsageStatus = 400;

// Thrown for a line that is no vector; never leaves this file.
class NoVector : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string text_of(const json::value& value, std::string_view what) {
  if (!value.is_string()) throw NoVector(std::string(what) + " is no string");
  const std::optional<std::string> octets = from_latin1_text(value.as_string());
  if (!octets) throw NoVector(std::string(what) + " has a character above U+00FF");
  return *octets;
}

std::string octets_of(const json::value& value, std::string_view what) {
  if (!value.is_string()) throw NoVector(std::string(what) + " is no string");
  std::optional<std::string> octets = from_base64(value.as_string());
  if (!octets) throw NoVector(std::string(what) + " is no base64");
  return *octets;
}

const json::value& member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) throw NoVector("the key " + std::string(key) + " is missing");
  return *value;
}

const json::object& object_of(const json::value& value, std::string_view what) {
  if (!value.is_object()) throw NoVector(std::string(what) + " is no object");
  return value.as_object();
}

VectorSide side_of(std::string_view name) {
  if (name == "h1") return VectorSide::h1;
  if (name == "h2") return VectorSide::h2;
  if (name == "grpc") return VectorSide::grpc;
  if (name == "grpc-web") return VectorSide::grpc_web;
  if (name == "grpc-web-text") return VectorSide::grpc_web_text;
  throw NoVector("unknown form " + std::string(name));
}

FieldList fields_of(const json::value& value, std::string_view what) {
  if (!value.is_array()) throw NoVector(std::string(what) + " is no array");
  FieldList fields;
  for (const json::value& pair : value.as_array()) {
    if (!pair.is_array() || pair.as_array().size() != 2) {
      throw NoVector(std::string(what) + " has an element that is no pair");
    }
    fields.emplace_back(text_of(pair.as_array()[0], "a name"),
                        text_of(pair.as_array()[1], "a value"));
  }
  return fields;
}

http::ErrorCode code_of(std::string_view name) {
  for (std::uint32_t code = 0; code <= 0xd; ++code) {
    const auto each = static_cast<http::ErrorCode>(code);
    if (http::error_code_name(each) == name) return each;
  }
  throw NoVector("unknown error code " + std::string(name));
}

bool flag_of(const json::value& value, std::string_view what) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_int64() && (value.as_int64() == 0 || value.as_int64() == 1)) {
    return value.as_int64() == 1;
  }
  throw NoVector(std::string(what) + " is no boolean");
}

std::uint32_t count_of(const json::value& value, std::string_view what) {
  if (!value.is_int64() || value.as_int64() < 0 || value.as_int64() > 0x7fffffff) {
    throw NoVector(std::string(what) + " is no count");
  }
  return static_cast<std::uint32_t>(value.as_int64());
}

bool te_wins(std::string_view name) {
  if (name != "te_wins" && name != "reject")
    throw NoVector("unknown h1_cl_te " + std::string(name));
  return name == "te_wins";
}

void read_config(const json::object& config, Vector& vector) {
  for (const auto& [key, value] : config) {
    if (key == "scheme") {
      vector.scheme = text_of(value, key);
    } else if (key == "default_authority") {
      vector.default_authority = text_of(value, key);
    } else if (key == "request_method") {
      vector.request_method = text_of(value, key);
    } else if (key == "client_version") {
      vector.client_version = text_of(value, key);
    } else if (key == "via") {
      vector.via = text_of(value, key);
    } else if (key == "peer_ip") {
      vector.peer_ip = text_of(value, key);
    } else if (key == "crumble") {
      vector.crumble = flag_of(value, key);
    } else if (key == "h2_trim_ws") {
      vector.trim_edges = flag_of(value, key);
    } else if (key == "h1_cl_te") {
      vector.te_wins = te_wins(text_of(value, key));
    } else if (key == "connect_protocol") {
      vector.connect_protocol = flag_of(value, key);
    } else if (key == "peer_connect_protocol") {
      vector.peer_connect_protocol = flag_of(value, key);
    } else if (key == "ws_key") {
      vector.websocket_nonce = octets_of(value, key);
    } else if (key == "ws_client_key") {
      vector.client_key = text_of(value, key);
    } else if (key == "ws_pending") {
      vector.websocket_pending = flag_of(value, key);
    } else if (key == "absolute_form") {
      vector.absolute_form = flag_of(value, key);
    } else if (key == "max_header_list") {
      vector.list_bytes_max = count_of(value, key);
    } else if (key == "max_message") {
      vector.message_bytes_max = count_of(value, key);
    } else if (key == "text") {
      vector.text = flag_of(value, key);
    } else {
      throw NoVector("unknown key " + std::string(key) + " in config");
    }
  }
}

VectorMessage message_of(const json::object& input, VectorSide from) {
  VectorMessage message;
  if (from == VectorSide::h1) {
    message.raw = octets_of(member(input, "raw_b64"), "raw_b64");
    return message;
  }
  message.fields = fields_of(member(input, "fields"), "fields");
  if (const json::value* content = input.if_contains("body_b64")) {
    std::string octets = octets_of(*content, "body_b64");
    if (!octets.empty()) message.content.push_back(std::move(octets));
  }
  if (const json::value* segments = input.if_contains("segments_b64")) {
    if (!segments->is_array()) throw NoVector("segments_b64 is no array");
    message.content.clear();
    for (const json::value& segment : segments->as_array()) {
      message.content.push_back(octets_of(segment, "segments_b64"));
    }
  }
  if (const json::value* trailers = input.if_contains("trailers")) {
    message.trailers = fields_of(*trailers, "trailers");
    message.has_trailers = !message.trailers.empty();
  }
  if (const json::value* ends = input.if_contains("end_on_headers")) {
    message.end_on_headers = flag_of(*ends, "end_on_headers");
  }
  if (const json::value* reset = input.if_contains("reset")) {
    message.reset = code_of(text_of(*reset, "reset"));
  }
  return message;
}

EndEvent end_event_of(std::string_view name) {
  if (name == "rst_stream") return EndEvent::rst_stream;
  if (name == "goaway") return EndEvent::goaway;
  if (name == "connect_refused") return EndEvent::connect_refused;
  if (name == "connect_timeout") return EndEvent::connect_timeout;
  if (name == "read_timeout") return EndEvent::read_timeout;
  if (name == "eof") return EndEvent::eof;
  if (name == "client_rst_stream") return EndEvent::client_rst_stream;
  if (name == "client_eof") return EndEvent::client_eof;
  if (name == "final_response_before_request_end") {
    return EndEvent::final_response_before_request_end;
  }
  throw NoVector("unknown event " + std::string(name));
}

EndStage end_stage_of(std::string_view name) {
  if (name == "before_head") return EndStage::before_head;
  if (name == "mid_body") return EndStage::mid_body;
  if (name == "after_end_stream") return EndStage::after_end_stream;
  throw NoVector("unknown stage " + std::string(name));
}

std::string_view name_of(EndAction action) {
  switch (action) {
    case EndAction::retry: return "retry";
    case EndAction::wait: return "wait";
    case EndAction::respond: return "respond";
    case EndAction::rst_stream: return "rst_stream";
    case EndAction::close_incomplete: return "close_incomplete";
    case EndAction::abort_upstream: return "abort_upstream";
    case EndAction::finish_and_close_upload: return "finish_and_close_upload";
    case EndAction::finish_then_rst_stream: return "finish_then_rst_stream";
  }
  return {};
}

json::object run_end(const json::object& input, VectorSide downstream) {
  translate::EndFacts facts;
  facts.event = end_event_of(text_of(member(input, "event"), "event"));
  if (const json::value* stage = input.if_contains("stage")) {
    facts.stage = end_stage_of(text_of(*stage, "stage"));
  }
  if (const json::value* code = input.if_contains("code")) {
    facts.code = code_of(text_of(*code, "code"));
  }
  const auto flag = [&input](std::string_view key) {
    const json::value* value = input.if_contains(key);
    return value != nullptr && flag_of(*value, key);
  };
  facts.downstream =
      downstream == VectorSide::h1 ? translate::Protocol::h1 : translate::Protocol::h2;
  facts.stream_above_last_id = flag("stream_above_last_id");
  facts.connection_reused = flag("connection_reused");
  facts.idempotent = flag("idempotent");
  facts.replayable = flag("replayable");
  const translate::EndVerdict verdict = translate::map_end(facts);
  json::object output{{"action", name_of(verdict.action)}};
  if (verdict.action == EndAction::respond) output["status"] = verdict.status;
  if (verdict.action == EndAction::abort_upstream) output["log_status"] = verdict.status;
  if (verdict.action == EndAction::rst_stream ||
      verdict.action == EndAction::finish_then_rst_stream) {
    output["code"] = http::error_code_name(verdict.code);
  }
  if (verdict.needs_h1) output["protocol"] = "h1";
  return {{"ok", true}, {"output", output}};
}

json::array json_of(const FieldList& fields) {
  json::array array;
  for (const auto& [name, value] : fields) {
    array.push_back(json::array{to_latin1_text(name), to_latin1_text(value)});
  }
  return array;
}

json::object json_of(const VectorResult& result, VectorSide to) {
  if (result.refused) {
    return {{"ok", false},
            {"status", result.status},
            {"rule", result.rule},
            {"section", result.section}};
  }
  if (result.swallowed) return {{"ok", true}, {"output", nullptr}};
  json::object output;
  if (to == VectorSide::h1) output["start"] = to_latin1_text(result.start);
  output["fields"] = json_of(result.fields);
  output["body_b64"] = to_base64(result.content);
  output["trailers"] = json_of(result.trailers);
  if (to == VectorSide::h1) output["raw_b64"] = to_base64(result.raw);
  if (to == VectorSide::grpc && result.end_on_headers) output["end_on_headers"] = true;
  return {{"ok", true}, {"output", output}};
}

json::object run_line(const std::string& line) {
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  if (error) throw NoVector("no JSON: " + error.message());
  const json::object& object = object_of(value, "the line");
  Vector vector;
  vector.from = side_of(text_of(member(object, "from"), "from"));
  vector.to = side_of(text_of(member(object, "to"), "to"));
  const std::string side = text_of(member(object, "side"), "side");
  if (side != "request" && side != "response") throw NoVector("unknown side " + side);
  vector.response = side == "response";
  const json::object& input = object_of(member(object, "input"), "input");
  if (input.contains("event")) {
    return run_end(input, vector.response ? vector.to : vector.from);
  }
  if (const json::value* config = object.if_contains("config")) {
    read_config(object_of(*config, "config"), vector);
  }
  vector.input = message_of(input, vector.from);
  return json_of(run_vector(vector), vector.to);
}

}  // namespace

int run_translate(std::istream& in, std::ostream& out) {
  for (std::string line; std::getline(in, line);) {
    json::object answer;
    try {
      answer = run_line(line);
    } catch (const NoVector& fault) {
      answer = {{"ok", false},
                {"status", kUsageStatus},
                {"rule", "usage"},
                {"section", ""},
                {"reason", fault.what()}};
    }
    out << json::serialize(answer) << '\n';
  }
  out.flush();
  return 0;
}

}  // namespace regauge::proxy
