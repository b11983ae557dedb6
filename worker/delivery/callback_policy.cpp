#include "worker/delivery/callback_policy.hpp"

#include "worker/delivery/special_address.hpp"

#include <algorithm>

namespace reclaim::delivery {

namespace {

struct place {
    http::origin to;
    std::string target;
};

// http::origin keeps no query and drops a trailing slash; a receiver's URL is used exactly as it was given.
result<place> split_url(std::string_view url)
{
    const auto scheme_end = url.find("://");
    const auto authority = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
    const auto authority_end = std::min(url.find_first_of("/?#", authority), url.size());
    auto to = http::origin::parse(url.substr(0, authority_end));
    if (!to)
        return to.error();
    std::string target(url.substr(authority_end));
    if (target.find('#') != std::string::npos)
        return std::string("a fragment is not allowed in it");
    if (std::any_of(target.begin(), target.end(), [](char c) { return c <= 0x20 || c >= 0x7f || c == '\\'; }))
        return std::string("its path holds a character that must be percent-encoded");
    if (!target.starts_with('/'))
        target.insert(0, "/");
    return place{std::move(*to), std::move(target)};
}

}  // namespace

callback_policy::callback_policy(std::span<const named_endpoint> named, std::span<const allowed_host> allowed)
{
    std::string problems;
    const auto complain = [&](std::string_view what, const std::string& name, const std::string& why) {
        problems += (problems.empty() ? "" : "\n") + std::string(what) + " \"" + name + "\": " + why;
    };
    const auto decode = [&](std::string_view what, const std::string& name, const auto& one) {
        // Slack has no use for a signature: there the URL is the secret.
        if (one.secrets.empty() && one.format == message_format::slack)
            return std::shared_ptr<const signing_keys>();
        auto keys = signing_keys::decode(one.secrets);
        if (!keys)
            complain(what, name, keys.error());
        return keys ? std::make_shared<const signing_keys>(std::move(*keys)) : nullptr;
    };
    for (const named_endpoint& one : named) {
        auto keys = decode("callback endpoint", one.name, one);
        auto where = split_url(one.url);
        if (where)
            named_.emplace(one.name, endpoint{std::move(where->to), std::move(where->target), std::move(keys),
                                              one.format, reach::any_address});
        else
            complain("callback endpoint", one.name, "its url is not usable: " + where.error());
    }
    for (const allowed_host& one : allowed) {
        auto keys = decode("callback host", one.pattern, one);
        const bool any_below = one.pattern.starts_with("*.");
        auto at = http::origin::parse("https://" + (any_below ? one.pattern.substr(2) : one.pattern));
        if (!at || !at->base_path.empty() || (any_below && at->host.find('.') == std::string::npos)) {
            complain("callback host", one.pattern,
                     "write a host like hooks.example.com, hooks.example.com:8443 or *.example.com");
            continue;
        }
        const auto allowed_reach = one.private_addresses || (!any_below && is_special_host(at->host))
                                       ? reach::any_address
                                       : reach::public_addresses;
        allowed_.push_back({any_below,
                            (any_below ? "." : "") + at->host,
                            at->port,
                            {{}, {}, std::move(keys), one.format, allowed_reach}});
    }
    if (!problems.empty())
        throw setup_error(problems);
}

result<endpoint> callback_policy::by_name(std::string_view name) const
{
    const auto found = named_.find(name);
    if (found == named_.end())
        return "no callback endpoint is named \"" + std::string(name) + "\"";
    return found->second;
}

result<endpoint> callback_policy::by_url(std::string_view url) const
{
    auto where = split_url(url);
    if (!where)
        return "the callback URL is not usable: " + where.error();
    const http::origin& to = where->to;
    if (to.how != http::origin::scheme::https)
        return std::string("the callback URL must be https");
    const bool special = is_special_host(to.host);
    const auto rule = std::find_if(allowed_.begin(), allowed_.end(), [&](const host_rule& r) {
        return r.port == to.port && (r.any_below ? !special && to.host.ends_with(r.host) : to.host == r.host);
    });
    if (rule == allowed_.end())
        return std::string(special ? "the callback URL points to a private or special address"
                                   : "the callback URL's host and port are not allowed");
    endpoint out = rule->with;
    out.to = std::move(where->to);
    out.target = std::move(where->target);
    return out;
}

}  // namespace reclaim::delivery
