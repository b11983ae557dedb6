#include "http.hpp"

#include <array>
#include <chrono>
#include <ctime>

namespace sandbox {
namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same_name(std::string_view a, std::string_view b)
{
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string_view reason(unsigned status)
{
    switch (status) {
    case 200:
        return "OK";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
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
    case 410:
        return "Gone";
    case 411:
        return "Length Required";
    case 413:
        return "Payload Too Large";
    case 415:
        return "Unsupported Media Type";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    default:
        return "Status";
    }
}

std::string date_header()
{
    const auto now = static_cast<std::time_t>(epoch_s());
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 40> text{};
    const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text.data(), size};
}

std::string head(const answer& a)
{
    std::string out = "HTTP/1.1 " + std::to_string(a.status) + " ";
    out.append(reason(a.status)).append("\r\nDate: ").append(date_header()).append("\r\nServer: reclaim-sandbox\r\n");
    for (const auto& [name, value] : a.headers)
        out.append(name).append(": ").append(value).append("\r\n");
    if (a.status != 204)
        out.append("Content-Type: ").append(a.content_type).append("\r\n");
    return out;
}

}  // namespace

std::string_view request::header(std::string_view name) const
{
    for (const auto& [n, value] : headers)
        if (same_name(n, name))
            return value;
    return {};
}

bool request::has_json_body() const
{
    std::string_view type = header("Content-Type");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' '))
        type.remove_suffix(1);
    return same_name(type, "application/json");
}

std::optional<std::string> percent_decode(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size())
            return {};
        const int high = hex_digit(text[i + 1]);
        const int low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0)
            return {};
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return out;
}

void split_target(request& r)
{
    std::string_view path = r.target;
    if (const auto mark = path.find('?'); mark != path.npos) {
        r.query = path.substr(mark + 1);
        path = path.substr(0, mark);
    }
    r.path_ok = path.starts_with('/');
    while (r.path_ok && !path.empty()) {
        path.remove_prefix(1);
        auto segment = percent_decode(path.substr(0, path.find('/')));
        r.path_ok = segment.has_value();
        if (segment)
            r.path.push_back(std::move(*segment));
        path = path.find('/') == path.npos ? std::string_view{} : path.substr(path.find('/'));
    }
}

std::string render(const answer& a, bool keep_alive, std::optional<std::size_t> declared_length)
{
    std::string out = head(a);
    if (a.status != 204)
        out.append("Content-Length: ").append(std::to_string(declared_length.value_or(a.body.size()))).append("\r\n");
    if (!keep_alive)
        out.append("Connection: close\r\n");
    return out.append("\r\n").append(a.body);
}

std::string render_chunked_head(const answer& a)
{
    return head(a).append("Transfer-Encoding: chunked\r\n\r\n");
}

std::int64_t epoch_us()
{
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

std::int64_t epoch_s()
{
    return epoch_us() / 1'000'000;
}

std::string iso_time(std::int64_t us)
{
    const auto seconds = static_cast<std::time_t>(us / 1'000'000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    const auto ms = std::to_string(1000 + us / 1000 % 1000);
    return std::string{text.data(), size} + "." + ms.substr(1) + "Z";
}

}  // namespace sandbox
