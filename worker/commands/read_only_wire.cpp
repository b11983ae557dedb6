#include "worker/commands/read_only_wire.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

namespace reclaim::worker::commands {
namespace {

constexpr std::string_view harmless[] = {"Accept",     "Content-Type",      "If-Match",
                                         "User-Agent", "Reclaim-Operation", "Reclaim-Fence"};

std::string name_of(const http::origin& to, const http::request& what)
{
    return what.method + ' ' + to.host_header() + to.base_path + what.target + '\n' + what.body;
}

}  // namespace

connectors::exchange read_only_wire::around(connectors::exchange inner)
{
    return [this, inner = std::move(inner)](http::origin to, http::request what, async::steady::time_point deadline)
               -> connectors::asio::awaitable<result<http::response, http::failure>> {
        auto name = name_of(to, what);
        if (holding_ && !reads_.contains(name)) {
            if (!caught_)
                caught_ = caught{std::move(to), std::move(what)};
            co_return http::failure{http::failure::kind::not_sent, "a sample does not send this"};
        }
        reads_.insert(std::move(name));
        co_return co_await inner(std::move(to), std::move(what), deadline);
    };
}

std::string describe(const read_only_wire::caught& request)
{
    const auto& [to, what] = request;
    std::string out = what.method + (to.how == http::origin::scheme::https ? " https://" : " http://") +
                      to.host_header() + to.base_path + what.target;
    for (const auto& [name, value] : what.headers) {
        const bool shown = std::any_of(std::begin(harmless), std::end(harmless),
                                       [&](std::string_view one) { return boost::algorithm::iequals(one, name); });
        out += '\n' + name + ": " + (shown ? value : "(left out)");
    }
    if (!what.body.empty())
        out += "\n\n" + what.body;
    return out;
}

}  // namespace reclaim::worker::commands
