// `regauge translate`: vectors in, translated messages out, one JSON object a line (design §10).
#pragma once

#include <iosfwd>

namespace regauge::proxy {

/// Reads vectors until the end of `in` and prints what came of each. A line that is no vector gives
/// ok:false, rule usage; the command goes on. Returns the exit status, which is 0.
int run_translate(std::istream& in, std::ostream& out);

}  // namespace regauge::proxy
