#include "receiver/status.hpp"

#include "common/http/text.hpp"
#include "receiver/answers.hpp"
#include "receiver/path_segment.hpp"

namespace reclaim::receiver {

status_endpoint::status_endpoint(const std::vector<source>& sources, status_reader& reader) : reader_(reader)
{
    read_tokens(sources);
}

void status_endpoint::read_tokens(const std::vector<source>& sources)
{
    askers_.clear();
    for (const source& each : sources)
        if (each.status_token)
            askers_.push_back({crypto::sha256(each.status_token->reveal()), &each});
}

asio::awaitable<http::response> status_endpoint::answer(const http::server_request& request,
                                                        std::string_view approval_segment) const
{
    const source* const asker = find_asker(request.message.headers);
    if (!asker)
        co_return http::problem(401, "Unauthorized", "send the source's status token: Authorization: Bearer ...",
                                {{"WWW-Authenticate", "Bearer"}});
    const auto approval_id = decode_segment(approval_segment);
    if (!approval_id)
        co_return http::problem(400, "Bad Request", "the approval's id is not percent-encoded UTF-8");
    const auto found = co_await reader_.read(asker->name, *approval_id);
    if (!found)
        co_return answers::unavailable(found.error());
    if (!*found)
        co_return http::problem(404, "Not Found", "this source has sent no such approval");
    co_return http::response{200, {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}, **found};
}

const source* status_endpoint::find_asker(const http::headers& in) const
{
    constexpr std::string_view way = "bearer ";
    const auto given = http::find(in, "authorization");
    if (!given || http::count(in, "authorization") != 1 || !http::same_text(given->substr(0, way.size()), way))
        return nullptr;
    const auto digest = crypto::sha256(http::trimmed(given->substr(way.size())));
    for (const asker& each : askers_)
        if (crypto::equal_in_constant_time(crypto::as_bytes(each.token_sha256), crypto::as_bytes(digest)))
            return each.from;
    return nullptr;
}

}  // namespace reclaim::receiver
