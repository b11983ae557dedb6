#include "answer_head.hpp"

#include <charconv>
#include <stdexcept>

#include <strings.h>

namespace load {

namespace {

bool same(std::string_view one, std::string_view other)
{
    return one.size() == other.size() && strncasecmp(one.data(), other.data(), one.size()) == 0;
}

std::string_view value_of(std::string_view head, std::string_view name)
{
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;) {
        at += 2;
        const std::size_t end = head.find("\r\n", at);
        const std::string_view line = head.substr(at, end - at);
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && same(line.substr(0, colon), name)) {
            const std::size_t begin = line.find_first_not_of(' ', colon + 1);
            return begin == std::string_view::npos ? std::string_view() : line.substr(begin);
        }
        at = end;
    }
    return {};
}

template <class Number>
bool read_number(std::string_view text, Number& out)
{
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
    return failed == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<answer_head> read_head(std::string_view received)
{
    const std::size_t end = received.find("\r\n\r\n");
    if (end == std::string_view::npos)
        return std::nullopt;
    const std::string_view head = received.substr(0, end);
    answer_head out;
    std::size_t body_bytes = 0;
    if (!head.starts_with("HTTP/1.1 ") || head.size() < 12 || !read_number(head.substr(9, 3), out.status) ||
        !read_number(value_of(head, "Content-Length"), body_bytes))
        throw std::runtime_error("not an HTTP/1.1 answer with a length");
    out.whole_bytes = end + 4 + body_bytes;
    out.keep_alive = !same(value_of(head, "Connection"), "close");
    return out;
}

}  // namespace load
