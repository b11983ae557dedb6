#pragma once
// The one door to RapidJSON, mended for our compilers by deploy/cmake/Dependencies.cmake.
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <string>

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
