// The laws of bounded work of codecs/regauge/h1/README.md, asked in every execution.
#pragma once

#include <cstddef>
#include <string_view>

#include "fuzz/fuzz_input.h"
#include "regauge/wire/work.h"

namespace regauge::fuzz {

/// Checks what an H1 decoder did with at most `octets` octets of input: each is looked at twice at
/// most and copied twice at most. Errors: ends the program, in the name of `oracle`.
inline void check_h1_work(const wire::Work& work, std::size_t octets, std::string_view oracle) {
  check(work.bytes_in <= octets, oracle, "no more is taken than was given");
  check(work.steps <= 2 * work.bytes_in, oracle, "law of steps");
  check(work.copies <= 2 * work.bytes_in, oracle, "law of copies");
  check(work.bytes_emitted <= 2 * work.bytes_in + 64 * work.messages, oracle, "law of emission");
}

}  // namespace regauge::fuzz
