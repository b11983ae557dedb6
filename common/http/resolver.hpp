#pragma once
// Names to addresses, remembered for a short while. Callers asking for the same name at once share one lookup:
// getaddrinfo blocks a thread of its own and cannot be interrupted, so a caller whose deadline comes first leaves it
// behind.
#include "common/async/deadline.hpp"
#include "common/base/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace reclaim::http {

namespace asio = boost::asio;
using async::steady;

using endpoints = std::vector<asio::ip::tcp::endpoint>;

class resolver {
public:
    explicit resolver(asio::any_io_executor executor);
    ~resolver();

    // Never empty. A literal address is returned without a lookup. The error says why there is none.
    asio::awaitable<result<endpoints>> lookup(std::string host, std::string port, steady::time_point deadline);
    void cancel();

private:
    struct entry;

    void start(const std::shared_ptr<entry>& wanted, const std::string& host, const std::string& port);

    asio::ip::tcp::resolver system_;
    std::map<std::pair<std::string, std::string>, std::shared_ptr<entry>> known_;
};

}  // namespace reclaim::http
