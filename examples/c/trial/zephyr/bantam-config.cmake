# Takes the place of Zephyr: the functions that the module in PACKAGE calls, over plain CMake. The
# module becomes the target of the package for CMake.
add_library(zephyr_interface INTERFACE)
add_library(bantam::bantam ALIAS zephyr_interface)
target_link_options(zephyr_interface INTERFACE -Wl,--gc-sections)

function(zephyr_include_directories folder)
  get_filename_component(folder "${folder}" ABSOLUTE)
  target_include_directories(zephyr_interface INTERFACE "${folder}")
endfunction()

function(zephyr_link_libraries)
  target_link_libraries(zephyr_interface INTERFACE ${ARGV})
endfunction()

set(CONFIG_BANTAM y)
add_subdirectory("${PACKAGE}" module)
if(CONFIG_BANTAM_TARGET STREQUAL "host")
  target_link_libraries(zephyr_interface INTERFACE m)
endif()
