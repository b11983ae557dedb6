#pragma once
// Structured logging: one JSON object per line on stderr, {"ts","level","event",...fields}. A field is text, a number
// or a flag; a reclaim::secret converts to none of them, so a line that would print one does not compile. Text is cut
// at 2 KiB.
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace reclaim::log {

enum class level { debug, info, warn, error };

struct field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;

    field(std::string_view n, std::string_view v) : name(n), value(v) {}
    field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
    field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
    field(std::string_view n, double v) : name(n), value(v) {}
    field(std::string_view n, bool v) : name(n), value(v) {}
    template <std::integral T>
    field(std::string_view n, T v) : name(n),
                                     value(static_cast<std::int64_t>(v))
    {}
};

// Call once at start; program appears in every line. Without it lines go out at info with program "reclaim".
void start(std::string_view program, level least);

// The line that write() puts out, without its newline.
std::string render(std::chrono::system_clock::time_point now, std::string_view program, level at,
                   std::string_view event, std::initializer_list<field> fields);

void write(level at, std::string_view event, std::initializer_list<field> fields);

inline void debug(std::string_view event, std::initializer_list<field> fields = {})
{
    write(level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<field> fields = {})
{
    write(level::info, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<field> fields = {})
{
    write(level::warn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<field> fields = {})
{
    write(level::error, event, fields);
}

}  // namespace reclaim::log
