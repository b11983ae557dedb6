# Every library is a Debian 12 package; docs/DEVELOPMENT.md says why each was chosen.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url CONFIG)
find_package(OpenSSL 3.0 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(RapidJSON CONFIG REQUIRED)
find_package(tomlplusplus CONFIG REQUIRED)
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_path(KAINJOW_MUSTACHE_INCLUDE kainjow/mustache.hpp REQUIRED)

# Debian's RapidJSON 1.1.0 assigns to a const member in an unused operator; clang 19 refuses it. Build against a mended copy.
set(_rapidjson ${CMAKE_BINARY_DIR}/rapidjson)
file(COPY ${RAPIDJSON_INCLUDE_DIRS}/rapidjson DESTINATION ${_rapidjson})
file(READ ${_rapidjson}/rapidjson/document.h _document)
string(REPLACE "{ s = rhs.s; length = rhs.length; }" "= delete;" _document "${_document}")
file(WRITE ${_rapidjson}/rapidjson/document.h "${_document}")
# Its stack begins as a null pointer and adds to it, which the undefined-behaviour sanitizer reports; later releases compare sizes.
file(READ ${_rapidjson}/rapidjson/internal/stack.h _stack)
string(REPLACE "stackTop_ + sizeof(T) * count > stackEnd_" "sizeof(T) * count > static_cast<size_t>(stackEnd_ - stackTop_)" _stack "${_stack}")
file(WRITE ${_rapidjson}/rapidjson/internal/stack.h "${_stack}")
add_library(reclaim_rapidjson INTERFACE)
target_include_directories(reclaim_rapidjson SYSTEM INTERFACE ${_rapidjson})

# A command line is read once: optimising CLI11 would take a quarter of the time its units compile.
set(_cli11 ${CMAKE_BINARY_DIR}/cli11)
file(WRITE ${_cli11}/CLI/CLI.hpp
    "#pragma once\n#pragma clang optimize off\n#include_next <CLI/CLI.hpp>\n#pragma clang optimize on\n")
add_library(reclaim_cli11 INTERFACE)
target_include_directories(reclaim_cli11 SYSTEM INTERFACE ${_cli11})

add_library(reclaim_mustache INTERFACE)
target_include_directories(reclaim_mustache SYSTEM INTERFACE ${KAINJOW_MUSTACHE_INCLUDE})

find_program(MOLD mold)
if(MOLD)
    add_link_options(-fuse-ld=mold)
endif()
find_program(CCACHE ccache)
if(CCACHE)
    # The sloppiness that precompiled headers need, see ccache's manual.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()
