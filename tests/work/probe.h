// Probe: what a row of work_probe reports, between two readings of valgrind's instruction counter.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include <valgrind/callgrind.h>

#include "regauge/wire/work.h"

namespace regauge::tests {

/// Measures one row. `work` returns the counter of the codec; `run` drives it and returns how many
/// pieces of input it offered. What ran before the row is not counted, so a row can fill tables
/// first.
template <typename WorkOf, typename Run>
void probe(const std::string& name, WorkOf work, Run run) {
  const wire::Work before = work();
  CALLGRIND_ZERO_STATS;
  const std::uint64_t pieces = run();
  CALLGRIND_DUMP_STATS_AT(name.c_str());
  const wire::Work after = work();
  std::printf("%s %llu %llu %llu %llu\n", name.c_str(),
              static_cast<unsigned long long>(after.total() - before.total()),
              static_cast<unsigned long long>(after.bytes_in - before.bytes_in),
              static_cast<unsigned long long>(after.bytes_emitted - before.bytes_emitted),
              static_cast<unsigned long long>(after.messages - before.messages + pieces));
}

/// Runs the rows of the HPACK decoder.
void probe_hpack_decoder();
/// Runs the rows of the HPACK encoder.
void probe_hpack_encoder();
/// Runs the rows of the HTTP/1 decoder.
void probe_h1_decoder();
/// Runs the rows of the HTTP/2 connection.
void probe_h2_connection();

}  // namespace regauge::tests
