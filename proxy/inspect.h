// `regauge inspect`: explains octets as a codec reads them (design §10). It drives the public
// codecs and has no rules of its own.
#pragma once

#include <iosfwd>
#include <string>

namespace regauge::proxy {

/// Holds the options of the command line.
struct InspectOptions {
  std::string kind;
  std::string policy = "strict";
  std::string context;
  std::string cut;
  bool json = false;
};

/// Reads all of `in` and explains it on `out`. Returns 0 no violation, 1 a violation was printed,
/// 2 usage (one line on `diagnostics`), 3 the input ended inside a frame, block or message.
int run_inspect(const InspectOptions& options, std::istream& in, std::ostream& out,
                std::ostream& diagnostics);

}  // namespace regauge::proxy
