#include "common/http/ops.hpp"

#include "common/json/writer.hpp"

#include <utility>

namespace reclaim::http {

namespace {

response answer_readiness(const readiness& state)
{
    json::writer body;
    body.begin_object().member("ready", state.ready);
    if (!state.ready)
        body.member("why", state.why);
    body.end_object();
    return {state.ready ? 200u : 503u, {{"Content-Type", "application/json"}}, body.take()};
}

response answer_ops(const server_request& asked, const metrics::registry& metrics,
                    const std::function<readiness()>& ready)
{
    const bool known = asked.path == "/healthz" || asked.path == "/readyz" || asked.path == "/metrics";
    if (!known)
        return problem(404, "Not Found", "the operations listener serves /healthz, /readyz and /metrics");
    if (asked.message.method != "GET")
        return problem(405, "Method Not Allowed", "only GET is answered here", {{"Allow", "GET"}});
    if (asked.path == "/healthz")
        return {200, {{"Content-Type", "text/plain; charset=utf-8"}}, "ok\n"};
    if (asked.path == "/readyz")
        return answer_readiness(ready());
    return {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, metrics.render()};
}

}  // namespace

handler ops_handler(metrics::registry& metrics, std::function<readiness()> ready)
{
    return [&metrics, ready = std::move(ready)](const server_request& asked) -> asio::awaitable<response> {
        co_return answer_ops(asked, metrics, ready);
    };
}

}  // namespace reclaim::http
