#include "proxy/inspect.h"

#include <istream>
#include <iterator>
#include <ostream>

#include "proxy/inspect_input.h"
#include "proxy/inspect_run.h"

namespace regauge::proxy {

int run_inspect(const InspectOptions& options, std::istream& in, std::ostream& out,
                std::ostream& diagnostics) {
  constexpr int kUsage = 2;
  const std::string octets{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  EventPrinter printer(out, options.json ? PrintStyle::json : PrintStyle::lines);
  try {
    if (options.kind.starts_with("h1-")) return inspect_h1(options, octets, printer);
    if (options.kind.starts_with("h2-")) return inspect_h2(options, octets, printer);
    if (options.kind == "hpack") return inspect_hpack(options, octets, printer);
    return inspect_web(options, octets, printer);
  } catch (const UsageError& error) {
    diagnostics << "regauge inspect: " << error.what() << '\n';
    return kUsage;
  }
}

}  // namespace regauge::proxy
