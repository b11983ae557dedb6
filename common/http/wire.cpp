#include "common/http/wire.hpp"

#include "common/http/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace reclaim::http {

std::string_view reason(unsigned status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 411:
        return "Length Required";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 417:
        return "Expectation Failed";
    case 421:
        return "Misdirected Request";
    case 422:
        return "Unprocessable Content";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "";  // the phrase is optional, the number is what counts
    }
}

namespace {

void append_number(std::string& out, std::size_t number)
{
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

// The Date header, written once a second: formatting it costs more than all the rest of an answer's head.
std::string_view date_line(std::chrono::system_clock::time_point now)
{
    thread_local std::time_t written = -1;
    thread_local std::array<char, 64> line{};
    thread_local std::size_t size = 0;
    const std::time_t second = std::chrono::system_clock::to_time_t(now);
    if (second != written) {
        std::tm parts{};
        gmtime_r(&second, &parts);
        size = std::strftime(line.data(), line.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
        written = second;
    }
    return {line.data(), size};
}

bool is_framing(std::string_view name)
{
    return same_text(name, "content-length") || same_text(name, "connection") || same_text(name, "transfer-encoding");
}

bool sendable(const header& field)
{
    return !field.name.empty() && all(field.name, token_char) && all(field.value, field_char);
}

void append_field(std::string& out, const header& field)
{
    out.append(field.name).append(": ").append(field.value).append("\r\n");
}

void append_length(std::string& out, std::size_t length)
{
    out.append("Content-Length: ");
    append_number(out, length);
    out.append("\r\n");
}

}  // namespace

result<std::string> encode_request(const origin& to, const request& what)
{
    using encoded = result<std::string>;
    const auto refused = [](std::string why) { return encoded(boost::system::in_place_error, std::move(why)); };
    std::string target = to.base_path + what.target;
    if (target.empty())
        target = "/";
    if (!target.starts_with('/') || !all(target, target_char))
        return refused("the target is not a percent-encoded path and query");
    if (what.method.empty() || !all(what.method, token_char))
        return refused("the method is not a token");

    std::string out;
    out.reserve(256 + target.size() + what.body.size() + 64 * what.headers.size());
    out.append(what.method).append(" ").append(target).append(" HTTP/1.1\r\n");
    append_field(out, {"Host", to.host_header()});
    for (const header& field : what.headers) {
        if (!sendable(field))
            return refused("a header name or value holds a character that cannot be sent");
        if (is_framing(field.name) || same_text(field.name, "host") || same_text(field.name, "expect"))
            return refused("the header " + field.name + " is the client's to set");
        append_field(out, field);
    }
    // A length of zero is said where a body is usual: some servers answer 411 without it.
    if (!what.body.empty() || what.method == "POST" || what.method == "PUT" || what.method == "PATCH")
        append_length(out, what.body.size());
    out.append("\r\n").append(what.body);
    return encoded(boost::system::in_place_value, std::move(out));
}

result<void> append_answer(std::string& out, const response& answer, after then, answer_body body,
                           std::chrono::system_clock::time_point now)
{
    if (answer.status < 200 || answer.status > 999)
        return std::string("the status is not a final one");
    if (!std::all_of(answer.headers.begin(), answer.headers.end(), sendable))
        return std::string("a header name or value holds a character that cannot be sent");

    out.append("HTTP/1.1 ");
    append_number(out, answer.status);
    out.append(" ").append(reason(answer.status)).append("\r\n").append(date_line(now));
    for (const header& field : answer.headers)
        if (!is_framing(field.name))
            append_field(out, field);
    const bool bodiless = answer.status == 204 || answer.status == 304;
    if (!bodiless)
        append_length(out, answer.body.size());
    if (then == after::close)
        out.append("Connection: close\r\n");
    out.append("\r\n");
    if (!bodiless && body == answer_body::send)
        out.append(answer.body);
    return {};
}

}  // namespace reclaim::http
