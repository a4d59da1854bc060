# find_package(bantam): the target bantam::bantam, for C and C++.
#
# BANTAM_TARGET names the folder of lib that fits the processor and its float ABI, such as
# thumbv7em-none-eabihf (Cortex-M4F and M7 with -mfloat-abi=hard); without it, the host's.
if(NOT BANTAM_TARGET)
  if(CMAKE_CROSSCOMPILING)
    message(FATAL_ERROR "bantam: set BANTAM_TARGET to a folder of ${CMAKE_CURRENT_LIST_DIR}/../..")
  endif()
  set(BANTAM_TARGET host)
endif()

get_filename_component(_bantam_root "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(_bantam_library "${_bantam_root}/lib/${BANTAM_TARGET}/libbantam.a")
if(NOT EXISTS "${_bantam_library}")
  file(GLOB _bantam_known RELATIVE "${_bantam_root}/lib" "${_bantam_root}/lib/*/libbantam.a")
  set(bantam_FOUND FALSE)
  set(bantam_NOT_FOUND_MESSAGE "no library for ${BANTAM_TARGET}; there are: ${_bantam_known}")
  return()
endif()

if(NOT TARGET bantam::bantam)
  add_library(bantam::bantam STATIC IMPORTED)
  set_target_properties(bantam::bantam PROPERTIES
    IMPORTED_LOCATION "${_bantam_library}"
    INTERFACE_INCLUDE_DIRECTORIES "${_bantam_root}/include"
    # The library is one object: without this, all operators would be in the program.
    INTERFACE_LINK_OPTIONS "-Wl,--gc-sections")
  if(BANTAM_TARGET STREQUAL "host")
    set_target_properties(bantam::bantam PROPERTIES INTERFACE_LINK_LIBRARIES m)
  endif()
endif()
