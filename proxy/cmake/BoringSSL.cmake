# Finds BoringSSL: BORINGSSL_ROOT first, else Debian's android-libboringssl-dev. libssl3 is never
# taken: its symbols have the same names and another ABI.
set(BORINGSSL_ROOT "" CACHE PATH "Install or build tree of BoringSSL; empty: Debian's package")

if(BORINGSSL_ROOT)
  set(boringssl_include ${BORINGSSL_ROOT}/include)
  set(boringssl_folders ${BORINGSSL_ROOT}/lib ${BORINGSSL_ROOT}/build/ssl
                        ${BORINGSSL_ROOT}/build/crypto ${BORINGSSL_ROOT})
else()
  set(boringssl_include /usr/include/android)
  set(boringssl_folders /usr/lib/${CMAKE_CXX_LIBRARY_ARCHITECTURE}/android
                        /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/android
                        /usr/lib/x86_64-linux-gnu/android /usr/lib/aarch64-linux-gnu/android)
endif()

foreach(part ssl crypto)
  find_library(BORINGSSL_${part} NAMES lib${part}.a lib${part}.so lib${part}.so.0 ${part}
               PATHS ${boringssl_folders} NO_DEFAULT_PATH)
  if(NOT BORINGSSL_${part})
    message(FATAL_ERROR "BoringSSL's lib${part} was not found in ${boringssl_folders}: set "
                        "BORINGSSL_ROOT or install android-libboringssl-dev")
  endif()
endforeach()
file(STRINGS ${boringssl_include}/openssl/base.h boringssl_marks
     REGEX "define (OPENSSL_IS_BORINGSSL|BORINGSSL_API_VERSION)")
if(NOT boringssl_marks MATCHES "OPENSSL_IS_BORINGSSL")
  message(FATAL_ERROR "${boringssl_include}/openssl is not BoringSSL")
endif()
string(REGEX MATCH "BORINGSSL_API_VERSION ([0-9]+)" boringssl_found "${boringssl_marks}")
message(STATUS "BoringSSL API ${CMAKE_MATCH_1}: ${BORINGSSL_ssl}")

foreach(part ssl crypto)
  get_filename_component(folder ${BORINGSSL_${part}} DIRECTORY)
  add_library(boringssl::${part} UNKNOWN IMPORTED)
  set_target_properties(
    boringssl::${part} PROPERTIES IMPORTED_LOCATION ${BORINGSSL_${part}}
                                  INTERFACE_INCLUDE_DIRECTORIES ${boringssl_include})
  list(APPEND CMAKE_BUILD_RPATH ${folder})
  list(APPEND CMAKE_INSTALL_RPATH ${folder})
endforeach()
set_property(TARGET boringssl::ssl PROPERTY INTERFACE_LINK_LIBRARIES boringssl::crypto)
