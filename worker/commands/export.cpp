#include "common/base/error.hpp"
#include "common/queue/event_line.hpp"
#include "worker/commands/commands.hpp"
#include "worker/commands/export_log.hpp"
#include "worker/commands/export_receipt.hpp"
#include "worker/evidence/pack_writer.hpp"

#include <chrono>
#include <iostream>
#include <limits>

namespace reclaim::worker::commands {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t leaves_at_once = 5000;  // some megabytes in memory
// The sealer writes the time of its own machine into a checkpoint; nobody's clock is believed to the minute.
constexpr std::int64_t clocks_apart_max = microseconds(std::chrono::minutes(1)).count();

// Microseconds since 2000 of 2026-07-01 or 2026-07-01T09:30:00Z.
std::int64_t instant(const std::string& option, const std::string& text)
{
    const bool is_moment = text.ends_with('Z');
    const auto at =
        queue::parse_utc_text(is_moment ? text.substr(0, text.size() - 1) + ".000000Z" : text + "T00:00:00.000000Z");
    if (!at)
        throw setup_error(option +
                          " is no time: write a day, 2026-07-01, or a second, 2026-07-01T09:30:00Z; both in UTC");
    return *at;
}

period read_period(const export_request& what)
{
    const period out{instant("--from", what.from), instant("--to", what.to)};
    if (out.from >= out.to)
        throw setup_error("--to is not after --from: the removals of July are --from 2026-07-01 --to 2026-08-01");
    return out;
}

asio::awaitable<void> write_stretch(export_log& log, evidence::pack_writer& to, std::int64_t first, std::int64_t last,
                                    period of)
{
    for (auto from = first; from < last; from += leaves_at_once) {
        const auto until = std::min(from + leaves_at_once, last);
        for (const auto& line : co_await log.events(from, until))
            to.event(line);
        for (const auto& one : co_await log.disclosures(from, until))
            to.opened(one);
        for (const auto& row : co_await log.removals(from, until, of))
            to.removal(row);
    }
}

asio::awaitable<void> write_pack(export_request what, period of)
{
    // By this machine's clock: whoever sets back the database may have set its clock too.
    const auto begun_at = utc_now();
    const auto log = co_await export_log::open(what.database);
    const auto end = co_await sealed_end(*log);
    const auto found = co_await log->count(of);
    // From a sealed state before everything that the pack is about, so that the tree can be built on from there.
    const auto start =
        co_await log->sealed_before(of.from - clocks_apart_max, found.first_leaf.value_or(end.tree_size));
    const auto first = start ? start->tree_size : 0;
    evidence::pack_writer to(what.out);
    for (const auto& note : co_await log->hourly_checkpoints(first))
        to.checkpoint(note);
    co_await write_stretch(*log, to, first, end.tree_size, of);
    if (what.sample > 0)
        for (const auto& row : co_await log->sample(what.sample, what.seed, of))
            to.sampled(row, what.seed);
    // From the least of all ids: nobody who hides a row is bound to those that are given out.
    std::int64_t from = std::numeric_limits<std::int64_t>::min(), unsealed = 0;
    for (auto more = co_await log->unsealed(from, end.tree_size); !more.empty();
         more = co_await log->unsealed(from, end.tree_size))
        for (const auto& line : more) {
            to.unsealed(line);
            ++unsealed;
        }
    evidence::manifest about;
    about.exported_at = begun_at;
    about.exported_by = end.login;
    about.from = queue::utc_text(of.from);
    about.to = queue::utc_text(of.to);
    about.population = found.count;
    about.sample_size = what.sample;
    about.sample_seed = what.seed;
    about.first_leaf = static_cast<std::uint64_t>(first);
    about.frontier = start ? start->frontier : "";
    about.tree_size = static_cast<std::uint64_t>(end.tree_size);
    about.settled_id = end.settled_id;
    to.finish(about);
    std::cout << what.out << ": " << found.count << " removals, events " << first << " to " << end.tree_size - 1
              << '\n';
    if (unsealed > 0)
        std::cerr << "note: " << unsealed
                  << " events are not sealed and prove nothing yet; if they are more than some seconds old, look at "
                     "the sealer\n";
}

void run(asio::awaitable<void> what)
{
    asio::io_context loop(1);
    std::exception_ptr failure;
    asio::co_spawn(loop, std::move(what), [&](std::exception_ptr e) { failure = e; });
    loop.run();
    if (failure)
        std::rethrow_exception(failure);
}

}  // namespace

asio::awaitable<log_end> sealed_end(export_log& log)
{
    auto end = co_await log.end();
    if (end.tree_size == 0)
        throw setup_error("this log was never sealed, so nothing can be proven of it: start reclaim-worker seal");
    co_return end;
}

std::string utc_now()
{
    const auto now = std::chrono::floor<microseconds>(std::chrono::system_clock::now());
    return queue::utc_text((now - std::chrono::sys_days(std::chrono::year(2000) / 1 / 1)).count());
}

int export_evidence(const export_request& what)
{
    if (what.receipt_of > 0)
        run(write_receipt(what));
    else
        run(write_pack(what, read_period(what)));
    return 0;
}

}  // namespace reclaim::worker::commands
