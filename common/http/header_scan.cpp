#include "common/http/header_scan.hpp"

#include "common/http/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace reclaim::http {

namespace {

refusal bad(std::string_view why)
{
    return {400, why};
}

// What the fields say about framing, gathered while walking over them.
struct seen {
    std::size_t fields = 0;
    std::size_t hosts = 0;
    std::size_t lengths = 0;
    std::size_t encodings = 0;
    bool close = false;
    bool expects_continue = false;
    bool expects_other = false;
    std::string_view host;
    std::string_view length;
};

bool has_hex_escapes_only(std::string_view target)
{
    const auto hex = [](char c) { return is(c, digit_char) || (lower(c) >= 'a' && lower(c) <= 'f'); };
    for (std::size_t at = target.find('%'); at != target.npos; at = target.find('%', at + 3))
        if (target.size() - at < 3 || !hex(target[at + 1]) || !hex(target[at + 2]))
            return false;
    return true;
}

std::optional<refusal> judge_version(std::string_view version)
{
    if (version == "HTTP/1.1")
        return std::nullopt;
    const bool shaped = version.size() == 8 && version.starts_with("HTTP/") && is(version[5], digit_char) &&
                        version[6] == '.' && is(version[7], digit_char);
    if (shaped)
        return refusal{505, "only HTTP/1.1 is spoken here"};
    return bad("the request line must be: method, target, HTTP/1.1");
}

std::optional<refusal> judge_request_line(std::string_view line, std::size_t target_bytes_max)
{
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == line.npos || first == last)
        return bad("the request line must be: method, target, HTTP/1.1");
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    if (auto wrong = judge_version(line.substr(last + 1)))
        return wrong;
    if (method.empty() || !all(method, token_char))
        return bad("the method is not a token");
    if (target.size() > target_bytes_max)
        return refusal{414, "the request target is too long"};
    if (!target.starts_with('/') || !all(target, target_char) || !has_hex_escapes_only(target))
        return bad("the request target must be a path with an optional query, percent-encoded");
    static constexpr std::array known{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"};
    if (std::find(known.begin(), known.end(), method) == known.end())
        return refusal{501, "the method is unknown"};
    return std::nullopt;
}

bool lists_close(std::string_view value)
{
    while (!value.empty()) {
        const std::size_t comma = std::min(value.find(','), value.size());
        if (same_text(trimmed(value.substr(0, comma)), "close"))
            return true;
        value.remove_prefix(std::min(comma + 1, value.size()));
    }
    return false;
}

void note(seen& all_seen, std::string_view name, std::string_view value)
{
    // By length first: most fields are none of these, and the comparison would be most of the scan's cost.
    switch (name.size()) {
    case 4:
        if (same_text(name, "host")) {
            ++all_seen.hosts;
            all_seen.host = value;
        }
        break;
    case 6:
        if (same_text(name, "expect")) {
            const bool known = same_text(value, "100-continue");
            all_seen.expects_continue |= known;
            all_seen.expects_other |= !known;
        }
        break;
    case 10:
        if (same_text(name, "connection"))
            all_seen.close |= lists_close(value);
        break;
    case 14:
        if (same_text(name, "content-length")) {
            ++all_seen.lengths;
            all_seen.length = value;
        }
        break;
    case 17:
        all_seen.encodings += same_text(name, "transfer-encoding");
        break;
    }
}

std::optional<refusal> judge_field(std::string_view line, seen& all_seen)
{
    if (line.front() == ' ' || line.front() == '\t')
        return bad("a header field may not be folded over lines");
    const std::size_t colon = line.find(':');
    if (colon == line.npos)
        return bad("a header field has no colon");
    const std::string_view name = line.substr(0, colon);
    if (name.empty() || !all(name, token_char))
        return bad("a header name is empty or not a token");
    note(all_seen, name, trimmed(line.substr(colon + 1)));
    return std::nullopt;
}

bool is_port(std::string_view text)
{
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

std::optional<refusal> judge_host(const seen& all_seen, std::span<const std::string> hosts)
{
    if (all_seen.hosts != 1)
        return bad("exactly one Host is required");
    std::string_view name = all_seen.host;
    const bool bracketed = name.starts_with('[');
    const std::size_t name_end = bracketed ? name.find(']') : name.find(':');
    if (bracketed && name_end == name.npos)
        return bad("the Host is malformed");
    const std::size_t rest_at = bracketed ? name_end + 1 : std::min(name_end, name.size());
    const std::string_view rest = name.substr(rest_at);
    name = bracketed ? name.substr(1, name_end - 1) : name.substr(0, rest_at);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1))))
        return bad("the Host's port is malformed");
    const auto allowed_char = [bracketed](char c) {
        return is(c, digit_char) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '.' ||
               (bracketed ? c == ':' : c == '-' || c == '_');
    };
    if (name.empty() || !std::all_of(name.begin(), name.end(), allowed_char))
        return bad("the Host is malformed");
    if (!hosts.empty() &&
        std::none_of(hosts.begin(), hosts.end(), [name](const auto& h) { return same_text(h, name); }))
        return refusal{421, "this host is not served here"};
    return std::nullopt;
}

result<std::size_t, refusal> judge_length(const seen& all_seen, std::string_view method, std::size_t body_bytes_max)
{
    if (all_seen.encodings != 0) {
        if (all_seen.lengths != 0)
            return bad("Transfer-Encoding beside Content-Length");
        if (all_seen.encodings > 1)
            return bad("more than one Transfer-Encoding");
        return refusal{411, "a body needs Content-Length; Transfer-Encoding is not accepted"};
    }
    if (all_seen.lengths > 1)
        return bad("more than one Content-Length");
    if (all_seen.lengths == 0) {
        if (method == "POST" || method == "PUT" || method == "PATCH")
            return refusal{411, "Content-Length is required"};
        return std::size_t{0};
    }
    const std::string_view digits = all_seen.length;
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    const bool padded = digits.size() > 1 && digits.front() == '0';
    if (error != std::errc{} || end != digits.data() + digits.size() || padded)
        return bad("Content-Length must be one number in plain digits");
    if (length > body_bytes_max)
        return refusal{413, "the body is too large"};
    return static_cast<std::size_t>(length);
}

}  // namespace

result<std::size_t, refusal> find_block_end(std::string_view bytes, std::size_t& checked, const head_limits& limits)
{
    const std::size_t end = std::min(bytes.size(), limits.header_bytes_max);
    std::size_t at = checked;
    while (at < end) {
        while (at < end && is(bytes[at], field_char))
            ++at;
        if (at == end)
            break;
        if (bytes[at] != '\r')
            return bad("a line must end with CR LF and hold no control character");
        if (at + 1 == bytes.size())
            break;  // its LF may still come: look at this CR again then
        if (bytes[at + 1] != '\n')
            return bad("a line must end with CR LF and hold no control character");
        if (at == 0)
            return bad("the request begins with an empty line");
        if (bytes[at - 1] == '\n') {
            if (at + 2 > limits.header_bytes_max)
                break;
            return at + 2;
        }
        at += 2;
    }
    checked = at;
    if (bytes.size() <= limits.header_bytes_max)
        return std::size_t{0};
    if (bytes.substr(0, limits.header_bytes_max).find('\n') == bytes.npos)
        return refusal{414, "the request line is too long"};
    return refusal{431, "the header block is too large"};
}

result<request_head, refusal> scan_head(std::string_view block, const head_limits& limits,
                                        std::span<const std::string> hosts)
{
    const std::size_t line_end = block.find("\r\n");
    const std::string_view request_line = block.substr(0, line_end);
    if (auto wrong = judge_request_line(request_line, limits.target_bytes_max))
        return *wrong;

    seen all_seen;
    for (std::size_t at = line_end + 2; at + 2 < block.size();) {
        const std::size_t end = block.find('\r', at);
        if (++all_seen.fields > limits.header_fields_max)
            return refusal{431, "too many header fields"};
        if (auto wrong = judge_field(block.substr(at, end - at), all_seen))
            return *wrong;
        at = end + 2;
    }

    const std::string_view method = request_line.substr(0, request_line.find(' '));
    const auto length = judge_length(all_seen, method, limits.body_bytes_max);
    // The framing verdict first: 400 and 411 for a smuggling attempt should not depend on the Host it claims.
    if (!length && length.error().status != 413)
        return length.error();
    if (auto wrong = judge_host(all_seen, hosts))
        return *wrong;
    if (!length)
        return length.error();
    if (all_seen.expects_other)
        return refusal{417, "the expectation is not known"};

    request_head head;
    head.bytes = block.size();
    head.fields = all_seen.fields;
    head.body_bytes = *length;
    head.close = all_seen.close;
    head.expects_continue = all_seen.expects_continue;
    head.without_answer_body = method == "HEAD";
    return head;
}

}  // namespace reclaim::http
