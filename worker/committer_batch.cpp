#include "worker/committer_batch.hpp"

#include <algorithm>
#include <unordered_map>

namespace reclaim::worker {
namespace {

template <class Visit>
void each_lane(const committer::lanes& batch, Visit visit)
{
    std::apply([&](const auto&... lane) { (visit(lane), ...); }, batch);
}

template <class Lane>
auto requests_of(const Lane& lane)
{
    std::vector<std::decay_t<decltype(lane.front()->what)>> out;
    out.reserve(lane.size());
    for (const auto& item : lane)
        out.push_back(item->what);
    return out;
}

// One job may be in a lane twice: under a lease that was lost while its request waited here, and under the one it was
// claimed anew with. Answers name jobs, and only the later claim can be the one that was found valid. Fences do not
// tell: a claim that a crash of the database took back is claimed anew under the same one.
template <class Lane>
auto latest_of_each_job(const Lane& lane)
{
    std::unordered_map<std::int64_t, typename Lane::value_type> out;
    for (const auto& item : lane)
        out[item->what.held.job_id] = item;
    return out;
}

// The lane's items of one kind of job: removals and restores are records of the same shape for different functions.
template <class Lane>
Lane of_kind(const Lane& lane, queue::job_kind kind)
{
    Lane out;
    for (const auto& item : lane)
        if (item->what.kind == kind)
            out.push_back(item);
    return out;
}

// Answers that list the ids still held: everyone else in the lane has lost its job.
template <class Lane>
std::function<void(const pg::rows&)> by_presence(const Lane& lane)
{
    return [lane](const pg::rows& answer) {
        auto ids = queue::read_ids(answer);
        std::sort(ids.begin(), ids.end());
        const auto latest = latest_of_each_job(lane);
        for (const auto& item : lane) {
            const auto job = item->what.held.job_id;
            item->done.set(latest.at(job) == item && std::binary_search(ids.begin(), ids.end(), job));
        }
    };
}

// Answers with one row per job still held.
template <class Lane, class Read>
std::function<void(const pg::rows&)> by_row(const Lane& lane, Read read)
{
    return [lane, read](const pg::rows& answer) {
        auto found = read(answer);
        std::unordered_map<std::int64_t, std::size_t> at;
        for (std::size_t i = 0; i < found.size(); ++i)
            at.emplace(found[i].job_id, i);
        const auto latest = latest_of_each_job(lane);
        for (const auto& item : lane) {
            const auto job = item->what.held.job_id;
            const auto mine = at.find(job);
            if (mine == at.end() || latest.at(job) != item)
                item->done.set(std::nullopt);
            else
                item->done.set(std::move(found[mine->second]));
        }
    };
}

}  // namespace

prepared_batch prepare(const committer::lanes& batch, const std::string& policy_json,
                       std::chrono::microseconds wait_for_ticket)
{
    prepared_batch out;
    const auto add = [&](pg::call call, std::function<void(const pg::rows&)> read) {
        out.calls.push_back(std::move(call));
        out.readers.push_back(std::move(read));
    };
    const auto& [throttles, begins, removals, tickets, confirmations, setbacks, rehearsals, message_setbacks,
                 hand_backs, freezes, reads] = batch;

    for (const auto& item : throttles)
        add(queue::throttle_gate(item->what.scope, item->what.wait, item->what.why),
            [item](const pg::rows&) { item->done.set(true); });

    std::vector<queue::lease> writing;
    const auto collect = [&](const auto& lane) {
        for (const auto& item : lane)
            writing.push_back(item->what.held);
    };
    collect(begins), collect(removals), collect(tickets), collect(confirmations), collect(setbacks),
        collect(rehearsals), collect(message_setbacks), collect(hand_backs), collect(freezes);
    if (!writing.empty())
        add(queue::lock_held_jobs(writing), [](const pg::rows&) {});

    using enum queue::job_kind;
    if (const auto mine = of_kind(begins, removal); !mine.empty())
        add(queue::begin_revokes(requests_of(mine), policy_json), by_row(mine, queue::read_begun));
    if (const auto mine = of_kind(begins, restore); !mine.empty())
        add(queue::begin_restores(requests_of(mine), policy_json), by_row(mine, queue::read_begun));
    if (const auto mine = of_kind(removals, removal); !mine.empty())
        add(queue::record_removals(requests_of(mine), wait_for_ticket), by_presence(mine));
    if (const auto mine = of_kind(removals, restore); !mine.empty())
        add(queue::record_restores(requests_of(mine)), by_presence(mine));
    if (!tickets.empty())
        add(queue::record_tickets(requests_of(tickets)), by_row(tickets, queue::read_confirmations_due));
    if (!confirmations.empty())
        add(queue::record_confirmations(requests_of(confirmations)), by_presence(confirmations));
    for (const auto& item : setbacks)
        add(queue::record_setback(item->what), [item](const pg::rows& answer) {
            item->done.set(answer.empty() ? std::nullopt : std::optional(std::string(answer.text(0, 0))));
        });
    for (const auto& item : rehearsals)
        add(queue::record_rehearsal(item->what), [item](const pg::rows& answer) { item->done.set(!answer.empty()); });
    for (const auto& item : message_setbacks)
        add(queue::record_message_setback(item->what),
            [item](const pg::rows& answer) { item->done.set(answer.flag(0, 0)); });
    if (!hand_backs.empty())
        add(queue::hand_back(requests_of(hand_backs)), by_presence(hand_backs));
    for (const auto& item : freezes) {
        add(queue::freeze_message(item->what.held, item->what.message_id, item->what.body),
            [item](const pg::rows& answer) {
                item->done.set(answer.empty() ? std::nullopt : std::optional(std::string(answer.text(0, 0))));
            });
    }
    if (!reads.empty()) {
        std::vector<queue::lease> reading;
        for (const auto& item : reads)
            reading.push_back(item->what.held);
        add(queue::pending_messages(reading), [waiting = reads](const pg::rows& answer) {
            std::unordered_map<std::int64_t, std::vector<queue::message>> of;
            for (auto& [job, owed] : queue::read_messages(answer))
                of[job].push_back(std::move(owed));
            for (const auto& item : waiting)
                item->done.set(of[item->what.held.job_id]);
        });
    }
    return out;
}

std::size_t size_of(const committer::lanes& batch)
{
    std::size_t total = 0;
    each_lane(batch, [&](const auto& lane) { total += lane.size(); });
    return total;
}

steady::time_point last_lease(const committer::lanes& batch)
{
    auto latest = steady::time_point::min();
    each_lane(batch, [&](const auto& lane) {
        for (const auto& item : lane) {
            if constexpr (requires { item->what.held; })
                latest = std::max(latest, item->what.held.until);
        }
    });
    return latest;
}

std::vector<committer::lanes> split(const committer::lanes& batch)
{
    std::vector<committer::lanes> out;
    each_lane(batch, [&](const auto& lane) {
        for (const auto& item : lane) {
            committer::lanes alone;
            std::get<std::decay_t<decltype(lane)>>(alone).push_back(item);
            out.push_back(std::move(alone));
        }
    });
    return out;
}

void fail_all(const committer::lanes& batch, std::exception_ptr why)
{
    each_lane(batch, [&](const auto& lane) {
        for (const auto& item : lane)
            if (!item->done.settled())
                item->done.fail(why);
    });
}

void lose_all(const committer::lanes& batch)
{
    each_lane(batch, [&](const auto& lane) {
        for (const auto& item : lane)
            if (!item->done.settled())
                item->done.set({});
    });
}

}  // namespace reclaim::worker
