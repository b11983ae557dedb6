// reclaim-load: signs and sends seat.removal.approved webhooks as fast as they are answered, at very little CPU of its
// own, because it shares the machine with what it measures. Exit code 0 when every request was answered 202, else 1.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <list>
#include <random>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/url/parse.hpp>

#include "sender.hpp"

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto overdue_check = 250ms;

struct options {
    std::string url;
    std::string secret_file;
    std::string log;
    int connections = 1;
    std::uint64_t requests = 0;  // 0: no limit
    double seconds = 0;          // 0: no limit
    std::uint64_t first = 1;
    double rate = 0;  // a second; 0: each connection as fast as it is answered
    int pause_ms = 0;
    int timeout_ms = 10000;
    bool json = false;
    load::approval_fields fields;
};

std::string read_secret(const std::string& path)
{
    std::ifstream file(path);
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    if (text.empty())
        throw std::invalid_argument(path + " holds no secret");
    return text;
}

std::string random_run()
{
    char text[9];
    std::snprintf(text, sizeof text, "%08x", std::random_device{}());
    return text;
}

struct target {
    load::asio::ip::tcp::endpoint to;
    std::string host, path;
};

target parse_target(const std::string& text)
{
    const auto url = boost::urls::parse_uri(text);
    if (!url || url->scheme() != "http" || !url->has_port() || url->encoded_path().empty())
        throw std::invalid_argument("--url wants http://ADDRESS:PORT/path");
    const auto host = url->encoded_host_and_port();
    const auto path = url->encoded_target();
    return {{load::asio::ip::make_address(url->host_address()), url->port_number()},
            {host.begin(), host.end()},
            {path.begin(), path.end()}};
}

// Hands out the seat numbers in order, and with a rate the moments, until the count, the time or a signal says stop.
class dispenser {
public:
    explicit dispenser(const options& o)
        : first_(o.first),
          next_(o.first),
          rate_(o.rate),
          end_(o.requests > 0 ? o.first + o.requests : 0),
          until_(o.seconds > 0 ? steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(
                                                           std::chrono::duration<double>(o.seconds))
                               : steady_clock::time_point::max())
    {}

    std::optional<load::turn> operator()()
    {
        load::turn out{next_, std::nullopt};
        if (rate_ > 0)
            out.due = began_ + std::chrono::duration_cast<steady_clock::duration>(
                                   std::chrono::duration<double>(static_cast<double>(next_ - first_) / rate_));
        if (stopped_ || (end_ != 0 && next_ == end_) || out.due.value_or(steady_clock::now()) >= until_)
            return std::nullopt;
        ++next_;
        return out;
    }
    void stop() { stopped_ = true; }

private:
    std::uint64_t first_, next_;
    double rate_;
    std::uint64_t end_;
    steady_clock::time_point began_ = steady_clock::now(), until_;
    bool stopped_ = false;
};

int run(const options& o)
{
    namespace asio = load::asio;
    const target at = parse_target(o.url);
    const load::signer by(read_secret(o.secret_file));
    load::approvals requests(o.fields, random_run(), at.host, at.path, by);
    load::tally results(o.log);
    dispenser numbers(o);
    load::session shared{at.to,
                         requests,
                         results,
                         [&] { return numbers(); },
                         std::chrono::milliseconds(o.pause_ms),
                         std::chrono::milliseconds(o.timeout_ms)};

    asio::io_context loop(1);
    asio::signal_set signals(loop, SIGTERM, SIGINT);
    asio::steady_timer check(loop);
    std::list<load::sender> senders;
    int running = o.connections;
    std::exception_ptr failure;
    for (int i = 0; i < o.connections; ++i) {
        auto& one = senders.emplace_back(loop.get_executor(), shared);
        asio::co_spawn(loop, one.run(), [&](std::exception_ptr broken) {
            failure = broken ? broken : failure;
            if (--running > 0)
                return;
            check.cancel();
            signals.cancel();
        });
    }
    signals.async_wait([&](boost::system::error_code ended, int) {
        if (ended)
            return;
        numbers.stop();
        for (auto& each : senders)
            each.wake();
    });
    const std::function<void()> watch = [&] {
        check.expires_after(overdue_check);
        check.async_wait([&](boost::system::error_code ended) {
            // An expiry that was queued already cannot be cancelled any more: without the second look the watch would
            // go on for ever behind the last sender.
            if (ended || running == 0)
                return;
            for (auto& each : senders)
                each.give_up_if_overdue(steady_clock::now());
            watch();
        });
    };
    watch();
    loop.run();
    if (failure)
        std::rethrow_exception(failure);
    std::cout << (o.json ? results.as_json() : results.as_text());
    return results.every_one_accepted() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv)
{
    options o;
    CLI::App app("Signs and sends approvals as fast as they are answered.", "reclaim-load");
    app.add_option("--url", o.url, "http://ADDRESS:PORT/v1/webhooks/SOURCE")->required();
    app.add_option("--secret-file", o.secret_file, "the source's secret, whsec_...")->required();
    app.add_option("--connections", o.connections, "each waits for an answer before it sends again")
        ->check(CLI::Range(1, 10000));
    auto* requests = app.add_option("--requests", o.requests, "how many; each names the next seat number");
    auto* seconds = app.add_option("--seconds", o.seconds, "for how long");
    app.add_option("--rate", o.rate,
                   "how many a second over all connections, evenly; latency counts from the moment each was due");
    app.add_option("--pause-ms", o.pause_ms, "of each connection, after an answer");
    app.add_option("--timeout-ms", o.timeout_ms, "for an answer, or the connection is given up");
    app.add_option("--app", o.fields.app);
    app.add_option("--seat-prefix", o.fields.seat_prefix);
    app.add_option("--subject-prefix", o.fields.subject_prefix);
    app.add_option("--flag-epoch", o.fields.flag_epoch);
    app.add_option("--first", o.first, "the first seat number");
    app.add_option("--log", o.log, "append one line of JSON per request to this file");
    app.add_flag("--json", o.json, "the result as JSON");
    CLI11_PARSE(app, argc, argv);
    if (!*requests && !*seconds) {
        std::cerr << "reclaim-load: --requests or --seconds must say when to end\n";
        return EXIT_FAILURE;
    }
    try {
        return run(o);
    } catch (const std::exception& e) {
        std::cerr << "reclaim-load: " << e.what() << '\n';
        return EXIT_FAILURE;
    }
}
