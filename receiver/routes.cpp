#include "receiver/routes.hpp"

namespace reclaim::receiver {

namespace {

struct route {
    std::string_view method;
    std::string_view folder;  // one segment follows
    std::function<asio::awaitable<http::response>(const http::server_request&, std::string_view segment)> answer;
};

bool matches(const route& candidate, std::string_view path)
{
    if (!path.starts_with(candidate.folder))
        return false;
    const auto segment = path.substr(candidate.folder.size());
    return !segment.empty() && segment.find('/') == segment.npos;
}

asio::awaitable<http::response> dispatch(const std::vector<route>& routes, const http::server_request& request)
{
    for (const route& each : routes) {
        if (!matches(each, request.path))
            continue;
        if (request.message.method == each.method)
            co_return co_await each.answer(request, std::string_view(request.path).substr(each.folder.size()));
        co_return http::problem(405, "Method Not Allowed", "this path has another method",
                                {{"Allow", std::string(each.method)}});
    }
    co_return http::problem(404, "Not Found", "there is nothing here");
}

}  // namespace

http::handler make_routes(const webhook_endpoint& webhooks, const status_endpoint& statuses)
{
    std::vector<route> routes{
        {"POST", "/v1/webhooks/", [&](const auto& request, auto source) { return webhooks.answer(request, source); }},
        {"GET", "/v1/approvals/", [&](const auto& request, auto id) { return statuses.answer(request, id); }},
    };
    return [routes = std::move(routes)](const http::server_request& request) { return dispatch(routes, request); };
}

}  // namespace reclaim::receiver
