#include "receiver/database_watch.hpp"

#include "common/base/error.hpp"
#include "common/log/logger.hpp"

#include <cmath>

namespace reclaim::receiver {

namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr std::chrono::seconds interval{1};
constexpr milliseconds interval_away{250};
constexpr std::chrono::seconds look_time{2};
constexpr std::chrono::seconds distance_at_start_max{2};
constexpr std::chrono::seconds distance_max{60};

// The database read its clock somewhere between the two instants: within them no distance can be proven.
milliseconds distance(system_clock::time_point theirs, system_clock::time_point asked,
                      system_clock::time_point answered)
{
    if (theirs < asked)
        return std::chrono::ceil<milliseconds>(asked - theirs);
    if (theirs > answered)
        return std::chrono::ceil<milliseconds>(theirs - answered);
    return milliseconds(0);
}

}  // namespace

database_watch::database_watch(asio::any_io_executor executor, const pg::connect_options& database,
                               receiver_metrics& metrics, std::function<void()> on_lost)
    : store_(executor, database),
      nudge_(executor),
      metrics_(metrics),
      on_lost_(std::move(on_lost))
{}

asio::awaitable<void> database_watch::look_before_start()
{
    co_await look();
    if (clock_distance_ > distance_at_start_max)
        throw setup_error("this machine's clock and the database's are " + std::to_string(clock_distance_.count()) +
                          " ms apart, more than 2 s; let NTP (chrony, systemd-timesyncd) set both, then start again");
}

asio::awaitable<void> database_watch::run()
{
    while (!stopping_) {
        co_await look();
        co_await nudge_.wait_until(steady::now() + (reachable_ ? milliseconds(interval) : interval_away));
    }
}

void database_watch::stop()
{
    stopping_ = true;
    nudge_.notify();
}

asio::awaitable<void> database_watch::look()
{
    const auto deadline = steady::now() + look_time;
    std::string why;
    try {
        // Connecting first: only the question itself may lie between the two readings of our clock.
        co_await store_.connect(deadline);
        const auto asked = system_clock::now();
        const auto state = co_await store_.look(deadline);
        saw(state, asked, system_clock::now());
        co_return;
    } catch (const pg::error& e) {
        why =
            "the database does not know reclaim's tables; run reclaim-worker migrate, and connect as reclaim_receiver "
            "(" +
            e.sqlstate + ")";
    } catch (const std::exception& e) {
        why = std::string("the database is away: ") + e.what();
    }
    lost(std::move(why));
}

void database_watch::saw(const queue::database_state& state, system_clock::time_point asked,
                         system_clock::time_point answered)
{
    reachable_ = true;
    clock_distance_ = distance(system_clock::time_point(state.clock), asked, answered);
    trouble_.clear();
    const int needed = queue::schema_version_needed();
    if (state.schema_version < needed)
        trouble_ = "the database's schema has version " + std::to_string(state.schema_version) +
                   ", this program needs " + std::to_string(needed) + "; run reclaim-worker migrate";
    else if (clock_is_wrong())
        trouble_ = "this machine's clock and the database's are more than 60 s apart; check NTP on both";
    metrics_.database_up.set(1);
    metrics_.clock_distance_seconds.set(std::chrono::duration<double>(clock_distance_).count());
    if (clock_distance_ > distance_at_start_max)
        log::warn("clocks_apart", {{"distance_ms", clock_distance_.count()}});
}

void database_watch::lost(std::string why)
{
    trouble_ = std::move(why);
    metrics_.database_up.set(0);
    if (std::exchange(reachable_, false))
        on_lost_();
}

http::readiness database_watch::readiness() const
{
    return {trouble_.empty(), trouble_};
}

bool database_watch::clock_is_wrong() const
{
    return clock_distance_ > distance_max;
}

}  // namespace reclaim::receiver
