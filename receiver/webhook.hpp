#pragma once
// One webhook request, from its bytes to its answer: verify, map, record. Nothing is read from a body whose signature
// has not been proven.
#include "common/http/server.hpp"
#include "receiver/accept_batch.hpp"
#include "receiver/source.hpp"

#include <functional>
#include <map>

namespace reclaim::receiver {

class webhook_endpoint {
public:
    struct parts {
        std::function<asio::awaitable<accept_result>(queue::webhook)> record;
        std::function<bool()> clock_is_wrong;
        std::function<std::chrono::system_clock::time_point()> now;
    };

    // The sources outlive the endpoint.
    webhook_endpoint(const std::vector<source>& sources, std::string public_url, parts with, receiver_metrics& metrics);

    asio::awaitable<http::response> answer(const http::server_request& request, std::string_view source_name) const;

private:
    asio::awaitable<http::response> judge(const http::server_request& request, const source& from) const;

    std::map<std::string_view, const source*> sources_;
    source stranger_;
    std::string public_url_;
    parts parts_;
    receiver_metrics& metrics_;
};

}  // namespace reclaim::receiver
