# regauge_standard_headers(<target> [<target with the same options that has them>] [<header>...]): a
# target reads the headers of the standard library, and those named, once.
#
# Clang spends half of a compilation on them. g++-12 reads them faster, and behind such a header it
# gives false warnings: there nothing is done.
function(regauge_standard_headers target)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    return()
  endif()
  list(POP_FRONT ARGN first)
  if(TARGET "${first}")
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    target_precompile_headers(
      ${target} PRIVATE <algorithm> <array> <bit> <cstdint> <cstring> <expected> <functional> <memory>
                        <optional> <span> <string> <string_view> <utility> <vector> ${first} ${ARGN})
  endif()
endfunction()
