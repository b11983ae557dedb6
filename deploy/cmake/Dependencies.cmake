# Every library is a Debian 12 package; docs/DEVELOPMENT.md says why each was chosen.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url CONFIG)
find_package(OpenSSL 3.0 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(RapidJSON CONFIG REQUIRED)
find_package(tomlplusplus CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
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
