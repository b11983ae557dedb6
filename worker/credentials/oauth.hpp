#pragma once
// An access token that is fetched when it is first needed, kept in memory, and renewed before it ends. All callers
// share one token and one renewal: whoever comes while it runs waits for its result, or goes on with the old token
// where that is still good. Another process has a token of its own.
#include "worker/connectors/exchange.hpp"
#include "worker/connectors/slots.hpp"
#include "worker/credentials/credential.hpp"
#include "worker/credentials/grant.hpp"

#include <functional>

namespace reclaim::credentials {

class oauth : public credential {
public:
    struct clocks {
        std::function<std::chrono::system_clock::time_point()> wall = std::chrono::system_clock::now;  // assertions
        std::function<async::steady::time_point()> steady = async::steady::now;  // the life of a token
    };

    // `send` must not be one that catches requests: asking for a token changes nothing anywhere.
    oauth(grant_settings how, connectors::exchange send, clocks by);
    oauth(grant_settings how, connectors::exchange send);

    asio::awaitable<result<presented, unavailable>> present(async::steady::time_point deadline) override;
    // Drops that token, unless it has been replaced already: a burst of 401 costs one renewal.
    bool rejected(int edition) override;

private:
    struct token {
        secret text;
        async::steady::time_point renew_at, ends_at;
    };
    presented shown() const;
    bool is_good(async::steady::time_point token::* until) const;
    asio::awaitable<std::optional<unavailable>> renew(async::steady::time_point deadline);
    asio::awaitable<result<http::response, http::failure>> ask(async::steady::time_point deadline);

    grant_settings how_;
    connectors::exchange send_;
    clocks clocks_;
    std::chrono::seconds ahead_{0};  // the issuer's clock against ours: assertions carry its time
    std::optional<token> token_;
    int edition_ = 0;
    connectors::slots turn_{1};
    bool renewing_ = false;
    int renewals_ = 0;                         // ended, well or not
    std::optional<unavailable> last_trouble_;  // of the last one
};

}  // namespace reclaim::credentials
