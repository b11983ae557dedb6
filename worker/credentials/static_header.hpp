#pragma once
// A key that does not change: one header, always the same.
#include "worker/connectors/exchange.hpp"
#include "worker/credentials/credential.hpp"

namespace reclaim::credentials {

class static_header : public credential {
public:
    explicit static_header(const connectors::credential& of) : header_(connectors::as_header(of)) {}

    asio::awaitable<result<presented, unavailable>> present(async::steady::time_point) override
    {
        co_return presented{header_};
    }
    bool rejected(int) override { return false; }

private:
    http::header header_;
};

}  // namespace reclaim::credentials
