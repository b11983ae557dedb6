# One static library per folder, so that the link line states which folder may use which.
add_library(reclaim_options INTERFACE)
target_include_directories(reclaim_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(reclaim_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror
    -fstack-protector-strong)
target_compile_definitions(reclaim_options INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
    RECLAIM_VERSION="${PROJECT_VERSION}")
target_link_libraries(reclaim_options INTERFACE Threads::Threads)
if(RECLAIM_SANITIZE)
    target_compile_options(reclaim_options INTERFACE -fsanitize=${RECLAIM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(reclaim_options INTERFACE -fsanitize=${RECLAIM_SANITIZE})
    # Asio recycles coroutine frames; without this a read of a dead frame is not seen by the sanitizer.
    target_compile_definitions(reclaim_options INTERFACE BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
endif()
# Asio and Beast warn under our flags; they are not ours to mend.
if(TARGET Boost::headers)
    get_target_property(_boost_include Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
    if(_boost_include)
        target_include_directories(reclaim_options SYSTEM INTERFACE ${_boost_include})
    endif()
endif()

# Asio's and Beast's own functions, compiled once and not in every unit that calls them. A program takes the parts it needs.
set(_asio_parts "")
foreach(part boost/asio/impl/src boost/asio/ssl/impl/src boost/beast/src)
    string(MAKE_C_IDENTIFIER ${part} _part)
    file(WRITE ${CMAKE_BINARY_DIR}/generated/${_part}.cpp "#include <${part}.hpp>\n")
    list(APPEND _asio_parts ${CMAKE_BINARY_DIR}/generated/${_part}.cpp)
endforeach()
add_library(reclaim_asio STATIC ${_asio_parts})
target_link_libraries(reclaim_asio PRIVATE reclaim_options PUBLIC Boost::headers)
target_compile_definitions(reclaim_options INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)

# Half of the time a unit takes to compile would go into Asio and Beast: compiled once, for every target that uses them.
file(WRITE ${CMAKE_BINARY_DIR}/generated/precompiled.cpp "// Something to compile the headers for.\n")
add_library(reclaim_precompiled OBJECT ${CMAKE_BINARY_DIR}/generated/precompiled.cpp)
target_link_libraries(reclaim_precompiled PRIVATE reclaim_options Boost::headers)
target_compile_options(reclaim_precompiled PRIVATE "SHELL:-Xclang -fno-pch-timestamp") # ccache compares contents
target_precompile_headers(reclaim_precompiled PRIVATE <boost/asio.hpp> <boost/beast.hpp>)
function(reclaim_precompile target)
    target_precompile_headers(${target} REUSE_FROM reclaim_precompiled)
endfunction()

# reclaim_module(folder [USES folder...] [PUBLIC lib...] [PRIVATE lib...] [MAIN program] [PRECOMPILE])
# Makes the library reclaim_<folder> of every .cpp below the folder; with MAIN, main.cpp becomes that program. PRECOMPILE: it uses Asio.
function(reclaim_module folder)
    cmake_parse_arguments(PARSE_ARGV 1 arg "PRECOMPILE" "MAIN" "USES;PUBLIC;PRIVATE")
    string(REPLACE "/" "_" name "reclaim_${folder}")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
    list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/${folder}/main.cpp)
    set(uses "")
    foreach(used IN LISTS arg_USES)
        string(REPLACE "/" "_" used_name "reclaim_${used}")
        list(APPEND uses ${used_name})
    endforeach()
    if(sources)
        add_library(${name} STATIC ${sources})
        target_link_libraries(${name} PUBLIC reclaim_options ${uses} ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE reclaim_options ${uses} ${arg_PUBLIC} ${arg_PRIVATE})
    endif()
    if(arg_PRECOMPILE)
        reclaim_precompile(${name})
    endif()
    if(arg_MAIN AND EXISTS ${CMAKE_SOURCE_DIR}/${folder}/main.cpp)
        add_executable(${arg_MAIN} ${folder}/main.cpp)
        target_link_libraries(${arg_MAIN} PRIVATE ${name} ${arg_PRIVATE})
        reclaim_precompile(${arg_MAIN})
    endif()
endfunction()

# The SQL of sql/migrate.psql, in its order, embedded as one generated source: the program and psql apply the same files.
file(GLOB_RECURSE _sql CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sql/*.sql ${CMAKE_SOURCE_DIR}/sql/*.psql)
set(_embedded ${CMAKE_BINARY_DIR}/generated/embedded_sql.cpp)
add_custom_command(OUTPUT ${_embedded}
    COMMAND ${CMAKE_COMMAND} -DSQL=${CMAKE_SOURCE_DIR}/sql -DOUT=${_embedded} -P ${CMAKE_SOURCE_DIR}/deploy/cmake/EmbedSql.cmake
    DEPENDS ${_sql} ${CMAKE_SOURCE_DIR}/deploy/cmake/EmbedSql.cmake VERBATIM)
add_library(reclaim_sql STATIC ${_embedded})
target_link_libraries(reclaim_sql PUBLIC reclaim_options)
