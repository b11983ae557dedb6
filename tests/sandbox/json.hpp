#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

// The little of JSON that everything here needs, on RapidJSON. Reading is strict: an unknown or mistyped member of a
// control request is an error, because a fault that was never injected would make a test pass for nothing.
namespace sandbox::json {

using value = rapidjson::Value;
using document = rapidjson::Document;
using allocator = document::AllocatorType;

struct bad_input : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// False for anything but one JSON text in valid UTF-8, at most 64 levels deep (RapidJSON copies values recursively).
bool parse(document& into, std::string_view text);
std::string print(const value& v);

inline std::string_view view(const value& v)
{
    return {v.GetString(), v.GetStringLength()};
}
value text(std::string_view s, allocator& a);

// Null when absent.
const value* find(const value& object, std::string_view name);

// Throws bad_input unless `object` is an object with members of this list only.
void allow_only(const value& object, std::initializer_list<std::string_view> names, std::string_view where);
std::string need_text(const value& object, std::string_view name);
std::optional<std::string> get_text(const value& object, std::string_view name);
std::optional<std::int64_t> get_int(const value& object, std::string_view name);
std::optional<double> get_number(const value& object, std::string_view name);
std::optional<bool> get_bool(const value& object, std::string_view name);
std::vector<std::string> get_texts(const value& object, std::string_view name);

// A line under construction. Text from outside may be any bytes: what is not UTF-8 is written as U+FFFD.
class writer {
public:
    writer& open();
    writer& open(std::string_view key);
    writer& open_list(std::string_view key);
    writer& close();
    writer& close_list();
    writer& put(std::string_view key, std::string_view v);
    writer& put(std::string_view key, const char* v) { return put(key, std::string_view{v}); }
    writer& put(std::string_view key, std::int64_t v);
    writer& put(std::string_view key, bool v);
    writer& put(std::string_view v);  // an element of a list
    writer& null(std::string_view key);
    std::string take() { return {buffer_.GetString(), buffer_.GetSize()}; }

private:
    void key(std::string_view k);
    void string(std::string_view v);

    rapidjson::StringBuffer buffer_;
    rapidjson::Writer<rapidjson::StringBuffer> out_{buffer_};
};

}  // namespace sandbox::json
