#include "common/log/logger.hpp"

#include "common/base/overloaded.hpp"
#include "common/json/writer.hpp"

#include <fmt/chrono.h>
#include <memory>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace reclaim::log {

namespace {

constexpr std::size_t text_bytes_max = 2048;

std::string_view name_of(level at)
{
    switch (at) {
    case level::debug:
        return "debug";
    case level::info:
        return "info";
    case level::warn:
        return "warn";
    case level::error:
        return "error";
    }
    return "error";
}

std::string timestamp(std::chrono::system_clock::time_point now)
{
    const auto micros = std::chrono::floor<std::chrono::microseconds>(now);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(micros);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(seconds), (micros - seconds).count());
}

// Ends before the character that would not fit whole.
std::string_view cut(std::string_view text)
{
    if (text.size() <= text_bytes_max)
        return text;
    const auto continues = [text](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80; };
    std::size_t end = text_bytes_max;
    while (end > text_bytes_max - 3 && continues(end))
        --end;
    return text.substr(0, end);
}

struct output {
    std::string program = "reclaim";
    level least = level::info;
    spdlog::logger line{"reclaim", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

    output()
    {
        line.set_pattern("%v");
        line.set_level(spdlog::level::trace);  // ours decides before a line is rendered
    }
};

// Made at the first line and never destroyed: destructors of other statics may still log.
output& the_output()
{
    static output& made = *new output;
    return made;
}

}  // namespace

void start(std::string_view program, level least)
{
    the_output().program = program;
    the_output().least = least;
}

std::string render(std::chrono::system_clock::time_point now, std::string_view program, level at,
                   std::string_view event, std::initializer_list<field> fields)
{
    json::writer line;
    line.begin_object();
    line.member("ts", timestamp(now));
    line.member("level", name_of(at));
    line.member("program", program);
    line.member("event", cut(event));
    for (const field& f : fields) {
        line.key(f.name);
        std::visit(overloaded{
                       [&](std::string_view text) { line.string(cut(text)); },
                       [&](std::int64_t number) { line.integer(number); },
                       [&](double number) { line.real(number); },
                       [&](bool flag) { line.boolean(flag); },
                   },
                   f.value);
    }
    line.end_object();
    return line.take();
}

void write(level at, std::string_view event, std::initializer_list<field> fields)
{
    output& out = the_output();
    if (at < out.least)
        return;
    const std::string line = render(std::chrono::system_clock::now(), out.program, at, event, fields);
    out.line.log(spdlog::level::info, spdlog::string_view_t(line));
}

}  // namespace reclaim::log
