#include "common/http/resolver.hpp"

#include <boost/asio/as_tuple.hpp>
#include <charconv>
#include <list>
#include <utility>

namespace reclaim::http {

namespace {

constexpr std::chrono::seconds answer_kept{30};
constexpr std::chrono::seconds failure_kept{1};  // long enough to stop a storm of lookups, short enough to recover
constexpr std::size_t names_max = 1024;

}  // namespace

struct resolver::entry {
    endpoints found;
    std::string failure;
    steady::time_point good_until{};
    bool running = false;
    std::list<asio::steady_timer*> waiting;
};

resolver::resolver(asio::any_io_executor executor) : system_(std::move(executor)) {}
resolver::~resolver() = default;

void resolver::cancel()
{
    system_.cancel();
}

void resolver::start(const std::shared_ptr<entry>& wanted, const std::string& host, const std::string& port)
{
    wanted->running = true;
    system_.async_resolve(
        host, port, asio::ip::tcp::resolver::numeric_service,
        [wanted](const boost::system::error_code& error, const asio::ip::tcp::resolver::results_type& results) {
            wanted->running = false;
            wanted->found.clear();
            for (const auto& each : results)
                wanted->found.push_back(each.endpoint());
            wanted->failure = error ? error.message() : "the name has no address";
            wanted->good_until = steady::now() + (wanted->found.empty() ? failure_kept : answer_kept);
            for (asio::steady_timer* each : wanted->waiting)
                each->cancel();
        });
}

asio::awaitable<result<endpoints>> resolver::lookup(std::string host, std::string port, steady::time_point deadline)
{
    boost::system::error_code not_literal;
    const auto literal = asio::ip::make_address(host, not_literal);
    if (!not_literal) {
        std::uint16_t number = 0;
        std::from_chars(port.data(), port.data() + port.size(), number);
        co_return endpoints{{literal, number}};
    }

    // Names come from configuration and allow-lists, so the map stays small; the bound is for the day they do not.
    if (known_.size() >= names_max)
        std::erase_if(known_, [](const auto& each) { return !each.second->running; });
    auto& slot = known_[{host, port}];
    if (!slot)
        slot = std::make_shared<entry>();
    const std::shared_ptr<entry> wanted = slot;
    if (!wanted->running && wanted->good_until <= steady::now())
        start(wanted, host, port);
    if (wanted->running) {
        asio::steady_timer turn(co_await asio::this_coro::executor, deadline);
        struct place {
            entry& in;
            std::list<asio::steady_timer*>::iterator at;
            ~place() { in.waiting.erase(at); }
        } const held{*wanted, wanted->waiting.insert(wanted->waiting.end(), &turn)};
        co_await turn.async_wait(asio::as_tuple(asio::use_awaitable));
        if (wanted->running)
            co_return std::string("the name lookup did not end in time");
    }
    if (wanted->found.empty())
        co_return wanted->failure;
    co_return wanted->found;
}

}  // namespace reclaim::http
