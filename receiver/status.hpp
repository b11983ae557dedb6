#pragma once
// GET: where one approval is. The bearer token names the source, and a source sees its own approvals only.
#include "common/http/server.hpp"
#include "receiver/source.hpp"
#include "receiver/status_reader.hpp"

namespace reclaim::receiver {

class status_endpoint {
public:
    // The sources and the reader outlive the endpoint.
    status_endpoint(const std::vector<source>& sources, status_reader& reader);
    // Of the same sources, when they have changed.
    void read_tokens(const std::vector<source>& sources);

    asio::awaitable<http::response> answer(const http::server_request& request,
                                           std::string_view approval_segment) const;

private:
    const source* find_asker(const http::headers& in) const;

    struct asker {
        crypto::digest token_sha256;  // digests compare in a time that does not depend on the token's length
        const source* from;
    };
    std::vector<asker> askers_;
    status_reader& reader_;
};

}  // namespace reclaim::receiver
