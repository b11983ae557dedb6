#include "worker/delivery/requester.hpp"

#include "worker/connectors/wait.hpp"

#include <algorithm>
#include <stdexcept>

namespace reclaim::delivery {

using async::steady;
using std::chrono::system_clock;

namespace {

constexpr std::chrono::seconds request_time_max{15};

}  // namespace

delivery_answer read_receipt(const http::response& got, system_clock::time_point now)
{
    if (got.status >= 200 && got.status < 300)
        return delivered{got.status};
    if (got.status == 410)
        return gone{};
    // Only an answer that means "later" may name the time; a Retry-After beside a 400 or a redirect moves nothing.
    const bool asks_for_time = got.status == 429 || got.status == 502 || got.status == 503 || got.status == 504;
    return try_again{"HTTP " + std::to_string(got.status),
                     asks_for_time ? connectors::retry_after(got.headers, now) : std::nullopt};
}

boost::asio::awaitable<delivery_answer> requester::post(endpoint to, std::string message_id, std::string frozen,
                                                        system_clock::time_point now, steady::time_point deadline)
{
    if (message_id.empty() || message_id.find('.') != std::string::npos)
        throw std::invalid_argument("a message id is not empty and holds no '.'");
    const auto at = std::chrono::floor<std::chrono::seconds>(now);
    http::request request{"POST",
                          to.target,
                          {{"Content-Type", "application/json"}, {"User-Agent", "reclaim/" RECLAIM_VERSION}},
                          render(to.format, std::move(frozen))};
    if (to.keys) {
        request.headers.push_back({"webhook-id", message_id});
        request.headers.push_back({"webhook-timestamp", std::to_string(at.time_since_epoch().count())});
        request.headers.push_back({"webhook-signature", to.keys->sign(message_id, at, request.body)});
    }
    const auto& send = to.allowed == reach::public_addresses ? to_public_ : to_any_;
    const auto got = co_await send(to.to, std::move(request), std::min(deadline, steady::now() + request_time_max));
    if (got)
        co_return read_receipt(*got, now);
    if (got.error().what == http::failure::kind::not_sent)
        co_return undelivered{got.error().why};
    co_return try_again{got.error().why, std::nullopt};
}

}  // namespace reclaim::delivery
