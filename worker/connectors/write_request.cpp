#include "worker/connectors/write_request.hpp"

#include <algorithm>

namespace reclaim::connectors {

namespace {

// An optional value that the look did not tell leaves its header out.
bool is_left_out(const pair_template& header, const variables& of)
{
    const auto names = header.value.names();
    return header.is_optional &&
           std::any_of(names.begin(), names.end(), [&](const auto& name) { return !of.contains(name); });
}

std::optional<unfilled> add_headers(http::headers& to, const std::vector<pair_template>& from, const variables& of)
{
    for (const pair_template& header : from) {
        if (http::find(to, header.name) || is_left_out(header, of))
            continue;
        auto value = header.value.fill(of);
        if (!value)
            return value.error();
        to.push_back({header.name, std::move(*value)});
    }
    return std::nullopt;
}

}  // namespace

result<std::string, unfilled> write_target(const call& made, const variables& of)
{
    auto target = made.path.fill_path(of);
    if (!target)
        return target.error();
    char before = '?';
    for (const pair_template& part : made.query) {
        const auto value = part.value.fill_query(of);
        if (!value)
            return value.error();
        *target += before + part.name + "=" + *value;
        before = '&';
    }
    return target;
}

result<http::request, unfilled> write_request(const call& made, const std::vector<pair_template>& common,
                                              const http::header& credential, const variables& of)
{
    auto target = write_target(made, of);
    if (!target)
        return target.error();
    http::request out{made.method, std::move(*target), {credential}, ""};
    for (const auto* from : {&made.headers, &common}) {
        if (auto wrong = add_headers(out.headers, *from, of))
            return std::move(*wrong);
    }
    if (made.body) {
        auto body = made.body->fill(of);
        if (!body)
            return body.error();
        out.body = std::move(*body);
        if (!http::find(out.headers, "Content-Type"))
            out.headers.push_back({"Content-Type", "application/json"});
    }
    if (!http::find(out.headers, "Accept"))
        out.headers.push_back({"Accept", "application/json"});
    if (!http::find(out.headers, "User-Agent"))
        out.headers.push_back({"User-Agent", "reclaim/" RECLAIM_VERSION});
    return out;
}

}  // namespace reclaim::connectors
