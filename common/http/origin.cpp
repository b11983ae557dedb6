#include "common/http/client.hpp"

#include "common/http/text.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace reclaim::http {

namespace {

bool is_host_name(std::string_view host)
{
    const auto allowed = [](char c) {
        return is(c, digit_char) || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
    };
    return host.size() <= 253 && std::all_of(host.begin(), host.end(), allowed) && host.find("..") == host.npos &&
           host.front() != '.' && host.back() != '.';
}

// "127.1", "2130706433" and "0x7f.1" are no addresses by the grammar, yet resolvers turn them into one.
bool poses_as_address(std::string_view host)
{
    const std::string_view last = host.substr(host.rfind('.') + 1);
    return last.starts_with("0x") || all(last, digit_char);
}

}  // namespace

result<origin> origin::parse(std::string_view url)
{
    const auto parsed = boost::urls::parse_uri(boost::urls::string_view(url.data(), url.size()));
    if (!parsed)
        return std::string("it is not a URL; write https://host[:port][/path]");
    // Boost.URL 1.81 ends an authority where it stops understanding it: of "https://1.2.3.4.evil.test" it makes the
    // host 1.2.3.4 and a path of the rest, although a path behind an authority must begin with a slash.
    if (const auto path = parsed->encoded_path(); parsed->has_authority() && !path.empty() && path.front() != '/')
        return std::string("its host or port is malformed");
    if (!parsed->has_authority())
        return std::string("it has no host; write https://host[:port][/path]");
    if (parsed->has_userinfo())
        return std::string("user info is not allowed in it");
    if (parsed->has_query())
        return std::string("a query is not allowed in it");
    if (parsed->has_fragment())
        return std::string("a fragment is not allowed in it");

    origin out;
    if (same_text(std::string_view(parsed->scheme().data(), parsed->scheme().size()), "https"))
        out.how = scheme::https;
    else if (same_text(std::string_view(parsed->scheme().data(), parsed->scheme().size()), "http"))
        out.how = scheme::http;
    else
        return std::string("its scheme must be https or http");

    const auto host = parsed->encoded_host_address();
    std::transform(host.begin(), host.end(), std::back_inserter(out.host), lower);
    switch (parsed->host_type()) {
    case boost::urls::host_type::ipv4:
    case boost::urls::host_type::ipv6:
        break;
    case boost::urls::host_type::name:
        if (out.host.empty() || !is_host_name(out.host))
            return std::string("its host must be a plain name of letters, digits, '-', '_' and '.'");
        if (poses_as_address(out.host))
            return std::string("its host looks like an address but is none; write all four numbers");
        break;
    default:
        return std::string("its host is neither a name nor an IP address");
    }

    if (parsed->has_port() && parsed->port_number() == 0)
        return std::string("its port must be a number from 1 to 65535");
    out.port = parsed->has_port() ? std::to_string(parsed->port_number()) : out.how == scheme::https ? "443" : "80";

    const auto path = parsed->encoded_path();
    out.base_path.assign(path.data(), path.size());
    if (!all(out.base_path, target_char))
        return std::string("its path holds a character that must be percent-encoded");
    while (out.base_path.ends_with('/'))
        out.base_path.pop_back();
    return out;
}

std::string origin::host_header() const
{
    std::string out = host.find(':') == host.npos ? host : "[" + host + "]";
    if (port != (how == scheme::https ? "443" : "80"))
        out += ":" + port;
    return out;
}

}  // namespace reclaim::http
