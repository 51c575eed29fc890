# regauge_library(<name> [<regauge library it builds on>...]): a module's sources are its folder.
#
# Makes the target regauge_<name> (alias regauge::<name>), without exceptions and RTTI, and installs
# it with its headers, its export file and its pkg-config file as component <name>.
include(GNUInstallDirs)
include(${CMAKE_CURRENT_LIST_DIR}/StandardHeaders.cmake)
set(REGAUGE_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/regauge)

function(regauge_library name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/regauge/${name}/*.cc)
  set(target regauge_${name})
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:regauge_warnings>)
    target_compile_options(${target} PRIVATE -fno-exceptions -fno-rtti)
    if(name STREQUAL "wire")
      regauge_standard_headers(${target})
    else()
      regauge_standard_headers(${target} regauge_wire)
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(regauge::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} ${scope} cxx_std_23)
  target_include_directories(
    ${target} ${scope} $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}>
                       $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  foreach(below IN LISTS ARGN)
    target_link_libraries(${target} ${scope} regauge_${below})
  endforeach()
  regauge_install_library(${name} "${sources}" "${ARGN}")
endfunction()

# A module has an export file of its own, so that h1 and h2 can be installed without the rest.
function(regauge_install_library name sources below)
  install(TARGETS regauge_${name} EXPORT regauge-${name}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${name})
  install(EXPORT regauge-${name} NAMESPACE regauge:: DESTINATION ${REGAUGE_PACKAGE_DIR}
          COMPONENT ${name})
  install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/regauge/${name}
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/regauge COMPONENT ${name}
          FILES_MATCHING PATTERN "*.h")

  set(PC_NAME ${name})
  list(TRANSFORM below PREPEND "regauge-")
  list(JOIN below ", " PC_REQUIRES)
  set(PC_LIBS "")
  if(sources)
    set(PC_LIBS "-L\${libdir} -lregauge_${name}")
  endif()
  # The prefix follows from where the file lies: an installation can be moved.
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
             BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE PC_UP)
  configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/regauge.pc.in
                 ${CMAKE_CURRENT_BINARY_DIR}/regauge-${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/regauge-${name}.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT ${name})
endfunction()
