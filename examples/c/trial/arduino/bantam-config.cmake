# Takes the place of Arduino's builder, after the library specification: with `precompiled=full` a
# program links what FOLDER of the library in PACKAGE has, by the flags of library.properties.
file(STRINGS "${PACKAGE}/library.properties" _flags REGEX "^ldflags=")
string(REPLACE "ldflags=" "" _flags "${_flags}")
add_library(bantam::bantam INTERFACE IMPORTED)
target_include_directories(bantam::bantam INTERFACE "${PACKAGE}/src")
target_link_directories(bantam::bantam INTERFACE "${PACKAGE}/src/${FOLDER}")
target_link_libraries(bantam::bantam INTERFACE ${_flags})
target_link_options(bantam::bantam INTERFACE -Wl,--gc-sections)
