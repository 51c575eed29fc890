// RG_ASSERT: states what only a bug of ours could break. Input of a peer is never asserted.
#pragma once

#if defined(REGAUGE_ASSERTIONS)
#include <cstdio>
#include <cstdlib>
// The one macro of the code base: it needs the text of its condition and the place it stands at.
#define RG_ASSERT(condition)                                                                      \
  ((condition) ? static_cast<void>(0)                                                             \
               : (std::fprintf(stderr, "%s:%d: RG_ASSERT(%s)\n", __FILE__, __LINE__, #condition), \
                  std::abort()))
#else
#define RG_ASSERT(condition) static_cast<void>(sizeof(!(condition)))
#endif
