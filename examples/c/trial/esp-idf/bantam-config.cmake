# Takes the place of ESP-IDF: the function that the component in PACKAGE calls, over plain CMake.
# The component becomes the target of the package for CMake.
function(idf_component_register)
  cmake_parse_arguments(_component "" "" INCLUDE_DIRS ${ARGV})
  add_library(component INTERFACE)
  foreach(folder ${_component_INCLUDE_DIRS})
    target_include_directories(component INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}/${folder}")
  endforeach()
  target_link_options(component INTERFACE -Wl,--gc-sections)
  set(COMPONENT_LIB component PARENT_SCOPE)
endfunction()

add_subdirectory("${PACKAGE}" component)
add_library(bantam::bantam ALIAS component)
