#include "proxy/inspect_input.h"
#include "proxy/inspect_run.h"
#include "proxy/json_text.h"
#include "regauge/grpc/web_reader.h"

namespace regauge::proxy {
namespace {

namespace json = boost::json;

grpc::WebReader reader_of(const json::object& context) {
  check_keys(context, {"side", "text"});
  const std::string side = text_of(context, "side", "response");
  if (side != "request" && side != "response") {
    throw UsageError("--context: side has to be request or response");
  }
  return {side == "request" ? grpc::WebSide::request : grpc::WebSide::response,
          flag_of(context, "text", false) ? grpc::WebCoding::text : grpc::WebCoding::binary};
}

}  // namespace

int inspect_web(const InspectOptions& options, std::string_view octets, EventPrinter& printer) {
  grpc::WebReader reader = reader_of(parse_context(options.context));
  bool violated = false;
  const auto read = [&] {
    while (true) {
      const auto frame = reader.next();
      if (!frame) {
        const http::Rule& rule = grpc::rule_of(frame.error());
        printer.print({{"event", "violation"},
                       {"scope", "message"},
                       {"name", rule.name},
                       {"section", rule.section},
                       {"offset", reader.offset()},
                       {"sentence", rule.sentence}});
        violated = true;
        return;
      }
      if (!frame->has_value()) return;
      const grpc::WebFrame& one = **frame;
      if ((one.flags & grpc::kTrailerFlag) != 0) {
        printer.print(
            {{"event", "trailers"}, {"flags", one.flags}, {"fields", json_of(one.trailers)}});
      } else {
        printer.print({{"event", "message"},
                       {"flags", one.flags},
                       {"base64", to_base64(wire::as_text(one.message))}});
      }
    }
  };
  Cutter(options.cut).cut(octets, [&](std::string_view piece) {
    reader.feed(wire::as_bytes(piece));
    read();
    return !violated;
  });
  if (violated) return kViolated;
  if (reader.complete()) {
    printer.print({{"event", "end"}});
    return kClean;
  }
  printer.print({{"event", "need_more"}});
  return kNeedsMore;
}

}  // namespace regauge::proxy
