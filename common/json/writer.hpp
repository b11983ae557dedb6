#pragma once
// Writing compact JSON, escaped by RapidJSON. Calls must nest as JSON does; a wrong nesting is a bug and asserts.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace reclaim::json {

class writer {
public:
    writer();
    ~writer();
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;

    writer& begin_object();
    writer& end_object();
    writer& begin_array();
    writer& end_array();
    writer& key(std::string_view name);
    writer& string(std::string_view text);  // invalid UTF-8 is replaced by U+FFFD, so that the output always parses
    writer& integer(std::int64_t number);
    writer& real(double number);
    writer& boolean(bool flag);
    writer& null();
    writer& raw(std::string_view json_text);  // already valid JSON, e.g. value::serialize()

    // key and value in one; the shape most objects want
    writer& member(std::string_view name, std::string_view text) { return key(name).string(text); }
    writer& member(std::string_view name, const char* text) { return key(name).string(text); }
    writer& member(std::string_view name, std::int64_t number) { return key(name).integer(number); }
    writer& member(std::string_view name, bool flag) { return key(name).boolean(flag); }

    std::string take();  // the text; the writer is empty afterwards

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace reclaim::json
