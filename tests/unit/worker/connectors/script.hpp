#pragma once
// A vendor that answers from a script: what connectors and deliveries decide is tested without a socket.
#include "tests/support/run_coroutine.hpp"
#include "worker/credentials/static_header.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <variant>
#include <vector>

namespace reclaim::testing {

namespace asio = boost::asio;

// Awaits one value on a loop of its own.
template <class T>
T await_now(asio::awaitable<T> work)
{
    std::optional<T> done;
    run([&]() -> asio::awaitable<void> { done = co_await std::move(work); });
    return std::move(*done);
}

inline async::steady::time_point soon()
{
    return async::steady::now() + std::chrono::seconds(5);
}

inline std::shared_ptr<credentials::credential> with_key(const char* prefix = "Bearer ")
{
    return std::make_shared<credentials::static_header>(
        connectors::credential{"Authorization", prefix, secret("token")});
}

class script {
public:
    using step = std::variant<http::response, http::failure>;

    script& then(step next)
    {
        steps_.push_back(std::move(next));
        return *this;
    }
    script& then(unsigned status, std::string body, http::headers headers = {})
    {
        return then(http::response{status, std::move(headers), std::move(body)});
    }
    script& then_lost() { return then(http::failure{http::failure::kind::unanswered, "connection reset"}); }
    script& then_not_sent() { return then(http::failure{http::failure::kind::not_sent, "connection refused"}); }

    // The script must outlive it. A request beyond the script's end is a mistake of the code under test.
    connectors::exchange play()
    {
        return [this](http::origin, http::request what,
                      async::steady::time_point) -> asio::awaitable<result<http::response, http::failure>> {
            seen.push_back(std::move(what));
            if (steps_.empty())
                throw std::logic_error("a request too many: " + seen.back().method + " " + seen.back().target);
            step now = std::move(steps_.front());
            steps_.pop_front();
            if (auto* answer = std::get_if<http::response>(&now))
                co_return std::move(*answer);
            co_return std::get<http::failure>(now);
        };
    }
    bool is_over() const { return steps_.empty(); }

    std::vector<http::request> seen;

private:
    std::deque<step> steps_;
};

}  // namespace reclaim::testing
