#include "proxy/inspect_input.h"
#include "proxy/inspect_run.h"
#include "proxy/json_text.h"
#include "regauge/h1/decoder.h"

namespace regauge::proxy {
namespace {

namespace json = boost::json;

h1::Preset preset_of(std::string_view name) {
  if (name == "strict") return h1::Preset::strict;
  return name == "common" ? h1::Preset::common : h1::Preset::maximal;
}

// Reads one message and prints its parts.
class Reading {
 public:
  Reading(const InspectOptions& options, EventPrinter& printer)
      : request_(options.kind == "h1-request"),
        decoder_(h1::Policy(request_ ? h1::Side::request : h1::Side::response,
                            preset_of(options.policy)),
                 http::Limits()),
        printer_(printer) {
    const json::object context = parse_context(options.context);
    if (request_) {
      check_keys(context, {});
      return;
    }
    check_keys(context, {"request_method", "upgrade_requested", "first_on_connection"});
    decoder_.begin({http::method_id(text_of(context, "request_method", "GET")),
                    flag_of(context, "upgrade_requested", false),
                    flag_of(context, "first_on_connection", true)});
  }

  int read(std::string_view octets, Cutter cutter) {
    std::size_t taken = 0;
    cutter.cut(octets, [&](std::string_view piece) {
      wire::Slice input = wire::Slice::copy_of(wire::as_bytes(piece));
      while (!ended_) {
        const h1::Part part = decoder_.next(input);
        if (part.kind == h1::PartKind::need_more) break;
        take(part, octets.substr(taken + piece.size() - input.size()));
      }
      taken += piece.size();
      return !ended_;
    });
    while (!ended_) {
      const h1::Part part = decoder_.end_of_input(http::Truncation::clean);
      if (part.kind == h1::PartKind::need_more) break;
      take(part, {});
    }
    return violated_ ? kViolated : kClean;
  }

 private:
  // `rest` is what the decoder has not taken yet.
  void take(const h1::Part& part, std::string_view rest) {
    switch (part.kind) {
      case h1::PartKind::need_more: return;
      case h1::PartKind::head: print_head(part.notes); return;
      case h1::PartKind::content: printer_.content(1, wire::as_text(part.content.bytes())); return;
      case h1::PartKind::trailers:
        printer_.print({{"event", "trailers"},
                        {"stream", 1},
                        {"fields", json_of(decoder_.trailers())},
                        {"deviations", json_of(part.notes)}});
        return;
      case h1::PartKind::end:
      case h1::PartKind::tunnel: print_end(part, rest); return;
      case h1::PartKind::violation: print_violation(); return;
    }
  }

  void print_head(http::RuleNotes notes) {
    if (request_) {
      const http::RequestHead& head = decoder_.request_head();
      const bool connect = head.method.id == http::MethodId::connect;
      json::object event{{"event", "head"},
                         {"stream", 1},
                         {"method", to_latin1_text(head.method.token)},
                         {"target", to_latin1_text(connect ? head.authority : head.path)}};
      if (!head.scheme.empty()) event["scheme"] = to_latin1_text(head.scheme);
      add_head(event, head.version, head.fields, head.content, notes);
      event["close_after"] = decoder_.close_after();
      printer_.print(event);
      return;
    }
    const http::ResponseHead& head = decoder_.response_head();
    const bool interim =
        http::is_interim(head.status) && head.content.framing != http::Framing::tunnel;
    json::object event{{"event", interim ? "interim" : "head"},
                       {"stream", 1},
                       {"status", head.status.value},
                       {"reason", to_latin1_text(head.reason)}};
    add_head(event, head.version, head.fields, head.content, notes);
    event["close_after"] = decoder_.close_after();
    printer_.print(event);
  }

  void print_end(const h1::Part& part, std::string_view rest) {
    ended_ = true;
    const bool tunnel = part.kind == h1::PartKind::tunnel;
    json::object event{{"event", tunnel ? "tunnel" : "end"}, {"stream", 1}};
    if (!tunnel) event["close_after"] = decoder_.close_after();
    event["leftover_base64"] = to_base64(rest);
    event["deviations"] = json_of(part.notes);
    printer_.print(event);
  }

  void print_violation() {
    ended_ = true;
    violated_ = true;
    const h1::Violation& violation = decoder_.violation();
    const http::Rule& rule = h1::catalogue_row(violation.deviation).rule;
    printer_.print({{"event", "violation"},
                    {"scope", "message"},
                    {"stream", 1},
                    {"name", rule.name},
                    {"status", violation.status},
                    {"section", rule.section},
                    {"offset", violation.offset},
                    {"sentence", rule.sentence}});
  }

  bool request_;
  h1::Decoder decoder_;
  EventPrinter& printer_;
  bool ended_ = false;
  bool violated_ = false;
};

}  // namespace

int inspect_h1(const InspectOptions& options, std::string_view octets, EventPrinter& printer) {
  return Reading(options, printer).read(octets, Cutter(options.cut));
}

}  // namespace regauge::proxy
