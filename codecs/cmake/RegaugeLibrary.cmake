# regauge_library(<name> [<regauge library it builds on>...]): a module's sources are its folder.
#
# Makes the target regauge_<name> (alias regauge::<name>), without exceptions and RTTI, and installs
# it with its headers as component <name>.
include(GNUInstallDirs)

function(regauge_library name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/regauge/${name}/*.cc)
  set(target regauge_${name})
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:regauge_warnings>)
    target_compile_options(${target} PRIVATE -fno-exceptions -fno-rtti)
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
endfunction()
