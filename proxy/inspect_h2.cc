#include <array>

#include "proxy/inspect_input.h"
#include "proxy/inspect_run.h"
#include "proxy/json_text.h"
#include "regauge/h2/connection.h"

namespace regauge::proxy {
namespace {

namespace json = boost::json;
using http::Event;
using http::EventKind;

h2::Policy preset_of(std::string_view name) {
  if (name == "strict") return h2::Policy::strict();
  return name == "common" ? h2::Policy::common() : h2::Policy::maximal();
}

// One SETTINGS frame of ours goes out, with the RFC's values except those of the context.
h2::Options options_of(const InspectOptions& inspect, const json::object& context) {
  h2::Options options;
  options.role = inspect.kind == "h2-server" ? http::Role::server : http::Role::client;
  options.policy = preset_of(inspect.policy);
  options.settings_ack_ms = 0;
  options.scheme = "https";
  options.extended_connect = h2::Offer::no;
  const h2::Settings rfc;
  options.limits.stream_window_bytes = rfc.initial_window_size;
  options.limits.connection_window_bytes = rfc.initial_window_size;
  const json::value* settings = context.if_contains("settings");
  if (settings == nullptr) return options;
  if (!settings->is_object()) throw UsageError("--context: settings has to be an object");
  const json::object& values = settings->as_object();
  check_keys(values, {"header_table_size", "enable_push", "max_concurrent_streams",
                      "initial_window_size", "max_frame_size", "max_header_list_size",
                      "enable_connect_protocol", "no_rfc7540_priorities"});
  http::Limits& limits = options.limits;
  limits.decoder_table_bytes_max =
      number_of(values, "header_table_size", limits.decoder_table_bytes_max);
  limits.streams_max = number_of(values, "max_concurrent_streams", limits.streams_max);
  limits.stream_window_bytes =
      number_of(values, "initial_window_size", limits.stream_window_bytes, h2::kWindowMax);
  limits.field_section_bytes_max =
      number_of(values, "max_header_list_size", limits.field_section_bytes_max);
  // The codec announces neither; the values of the RFC are no change.
  if (number_of(values, "max_frame_size", rfc.max_frame_size) != rfc.max_frame_size) {
    throw UsageError("--context: max_frame_size is always 16384");
  }
  static_cast<void>(flag_of(values, "no_rfc7540_priorities", false));
  if (flag_of(values, "enable_push", false)) options.push = h2::Offer::yes;
  if (flag_of(values, "enable_connect_protocol", false)) {
    options.extended_connect = h2::Offer::yes;
  }
  return options;
}

class Reading {
 public:
  Reading(const InspectOptions& inspect, EventPrinter& printer)
      : context_(parse_context(inspect.context)),
        options_(options_of(inspect, context_)),
        connection_(options_),
        printer_(printer) {
    check_keys(context_, {"settings", "requests", "rst_first", "no_auto_wu"});
    consumes_ = !flag_of(context_, "no_auto_wu", false);
    if (const json::value* requests = context_.if_contains("requests")) {
      if (!requests->is_array()) throw UsageError("--context: requests has to be an array");
      for (const json::value& method : requests->as_array()) open(text_of(method, "requests"));
    }
    if (flag_of(context_, "rst_first", false)) {
      connection_.reset(http::StreamId{1}, http::ErrorCode::cancel);
    }
  }

  int read(std::string_view octets, Cutter cutter) {
    cutter.cut(octets, [&](std::string_view piece) {
      wire::Slice rest = wire::Slice::copy_of(wire::as_bytes(piece));
      while (!rest.empty()) {
        const http::Batch batch = connection_.receive({&rest, 1}, http::Tick{1}, {});
        take(batch);
        rest.drop_front(batch.consumed);
      }
      return true;
    });
    // A turn that the budget cut holds heads back for one more.
    take(connection_.receive({}, http::Tick{1}, {}));
    if (violated_) return kViolated;
    if (!connection_.inside_frame()) return kClean;
    printer_.print({{"event", "need_more"}});
    return kNeedsMore;
  }

 private:
  void open(std::string_view method) {
    const bool connect = method == "CONNECT";
    const bool stays_open = connect || method == "POST";
    http::RequestHead head;
    head.method = http::method_of(method);
    head.scheme = "https";
    head.authority = connect ? "a.test:443" : "a.test";
    head.path = connect ? "" : "/";
    head.content.framing = stays_open ? http::Framing::stream : http::Framing::none;
    const auto opened =
        connection_.open(head, stays_open ? http::EndStream::no : http::EndStream::yes);
    if (!opened) throw UsageError("--context: a request cannot be opened");
  }

  void take(const http::Batch& batch) {
    for (const Event& event : batch.events) print(event);
    for (const Event& event : batch.events) {
      if (consumes_ && event.kind == EventKind::content) {
        connection_.consume(event.stream, event.content.size());
      }
    }
    flush();
  }

  void flush() {
    std::array<http::Piece, 16> pieces;
    for (std::size_t count = 1; count > 0;) {
      count = connection_.gather(pieces, 65536);
      std::size_t octets = 0;
      for (std::size_t i = 0; i < count; ++i) octets += pieces[i].size;
      connection_.wrote(octets);
    }
  }

  void print(const Event& event) {
    const std::uint32_t stream = event.stream.value;
    switch (event.kind) {
      case EventKind::head:
      case EventKind::interim: print_head(event); return;
      case EventKind::content:
        printer_.content(stream, wire::as_text(event.content.bytes()));
        return;
      case EventKind::trailers:
        printer_.print({{"event", "trailers"},
                        {"stream", stream},
                        {"fields", json_of(event.trailers)},
                        {"deviations", json_of(event.notes)}});
        return;
      case EventKind::end:
        printer_.print(
            {{"event", "end"}, {"stream", stream}, {"deviations", json_of(event.notes)}});
        return;
      case EventKind::tunnel: printer_.print({{"event", "tunnel"}, {"stream", stream}}); return;
      case EventKind::reset:
        if (event.by == http::By::us) return;  // a violation was printed and implies it
        printer_.print({{"event", "reset"},
                        {"stream", stream},
                        {"code", http::error_code_name(event.code)},
                        {"by", "peer"}});
        return;
      case EventKind::cancelled:
        printer_.print({{"event", "cancelled"}, {"count", event.count}});
        return;
      case EventKind::goaway:
        printer_.print({{"event", "goaway"},
                        {"code", http::error_code_name(event.code)},
                        {"last_stream", event.count},
                        {"by", "peer"}});
        return;
      case EventKind::deviation: print_deviation(event); return;
      case EventKind::violation: print_violation(event); return;
      case EventKind::settings:
      case EventKind::window:
      case EventKind::stalled:
      case EventKind::closed: return;  // nothing that the octets say
    }
  }

  void print_head(const Event& event) {
    json::object head{{"event", event.kind == EventKind::head ? "head" : "interim"},
                      {"stream", event.stream.value}};
    if (event.request != nullptr) {
      const http::RequestHead& request = *event.request;
      const bool plain_connect =
          request.method.id == http::MethodId::connect && request.protocol.empty();
      head["method"] = to_latin1_text(request.method.token);
      head["target"] = to_latin1_text(plain_connect ? request.authority : request.path);
      if (!request.scheme.empty()) head["scheme"] = to_latin1_text(request.scheme);
      head["authority"] = to_latin1_text(request.authority);
      if (!request.protocol.empty()) head["protocol"] = to_latin1_text(request.protocol);
      add_head(head, request.version, request.fields, request.content, event.notes);
    } else {
      const http::ResponseHead& response = *event.response;
      head["status"] = response.status.value;
      add_head(head, response.version, response.fields, response.content, event.notes);
    }
    printer_.print(head);
  }

  void print_deviation(const Event& event) {
    printer_.print({{"event", "deviation"},
                    {"stream", event.stream.value},
                    {"name", event.rule->name},
                    {"section", event.rule->section},
                    {"offset", event.offset},
                    {"sentence", event.rule->sentence}});
  }

  void print_violation(const Event& event) {
    violated_ = true;
    const bool stream = event.scope == http::Scope::stream;
    json::object violation{{"event", "violation"}, {"scope", stream ? "stream" : "connection"}};
    if (stream) violation["stream"] = event.stream.value;
    violation["name"] = event.rule->name;
    violation["code"] = http::error_code_name(event.code);
    violation["section"] = event.rule->section;
    violation["offset"] = event.offset;
    violation["sentence"] = event.rule->sentence;
    printer_.print(violation);
  }

  json::object context_;
  h2::Options options_;
  h2::Connection connection_;
  EventPrinter& printer_;
  bool consumes_ = true;
  bool violated_ = false;
};

}  // namespace

int inspect_h2(const InspectOptions& options, std::string_view octets, EventPrinter& printer) {
  return Reading(options, printer).read(octets, Cutter(options.cut));
}

}  // namespace regauge::proxy
