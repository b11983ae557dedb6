#include "worker/connectors/pages.hpp"

#include "common/json/document.hpp"
#include "worker/connectors/classify.hpp"

#include <algorithm>

namespace reclaim::connectors {

namespace {

constexpr std::size_t link_bytes_max = 8192;

// The target of a URL of the same origin and below its base path, as the client wants it: without that base path.
result<std::string, bad_link> follow(std::string_view url, const http::origin& from)
{
    const bad_link elsewhere{"the next page is at another place than the first; a link is followed only there"};
    if (url.size() > link_bytes_max ||
        std::any_of(url.begin(), url.end(), [](char c) { return c <= 0x20 || c > 0x7e || c == '#'; }))
        return bad_link{"the link to the next page is no usable URL"};
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
        const auto path = url.find_first_of("/?", scheme + 3);
        if (path == std::string_view::npos || url[path] != '/')
            return elsewhere;
        auto at = http::origin::parse(url.substr(0, path));
        if (!at)
            return elsewhere;
        at->base_path = from.base_path;
        if (*at != from)
            return elsewhere;
        url.remove_prefix(path);
    }
    const std::string below = from.base_path + "/";
    if (!url.starts_with(below) || url.starts_with("//"))
        return elsewhere;
    return std::string(url.substr(from.base_path.size()));
}

// The URL of rel="next". Servers send one header with commas or several headers.
std::string_view find_link(const http::headers& in)
{
    for (const auto& [name, value] : in) {
        if (!http::find(http::headers{{name, ""}}, "Link"))
            continue;
        std::string_view rest = value;
        for (auto open = rest.find('<'); open != std::string_view::npos; open = rest.find('<')) {
            const auto close = rest.find('>', open);
            if (close == std::string_view::npos)
                break;
            const auto url = rest.substr(open + 1, close - open - 1);
            rest.remove_prefix(close + 1);
            const auto parameters = rest.substr(0, rest.find('<'));
            if (parameters.find("rel=\"next\"") != std::string_view::npos)
                return url;
        }
    }
    return "";
}

}  // namespace

result<std::string, bad_link> find_next(const next_page& how, const http::response& got, const http::origin& from,
                                        const std::string& first)
{
    if (how.by == next_page::way::link_header) {
        const auto url = find_link(got.headers);
        if (url.empty())
            return std::string();
        return follow(url, from);
    }
    const auto body = json::document::parse(got.body, answer_limits);
    const auto node = body ? body->at(how.at) : json::value();
    if (node.kind() == json::kind::missing || node.kind() == json::kind::null)
        return std::string();
    const auto text = node.string();
    if (!text)
        return bad_link{"the link to the next page is no text"};
    if (text->empty())
        return std::string();
    if (how.by == next_page::way::link)
        return follow(*text, from);
    return first + (first.find('?') == std::string::npos ? "?" : "&") + how.into + "=" + encode_query(*text);
}

}  // namespace reclaim::connectors
