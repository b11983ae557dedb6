#pragma once
// The jobs this process holds right now. The keeper renews what is in the book; whatever loses its lease is struck off
// and its attempt ended at once, because somebody else may be working on that job already.
#include "common/queue/job.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace reclaim::worker {

struct held_job {
    queue::claimed_job job;
    std::weak_ptr<boost::asio::cancellation_signal> attempt;
    bool lost = false;
};

class lease_book {
public:
    std::shared_ptr<held_job> enter(queue::claimed_job job)
    {
        auto entry = std::make_shared<held_job>();
        entry->job = std::move(job);
        held_[entry->job.held.job_id] = entry;
        return entry;
    }
    // Only if it is this very claim: the same job may have been lost and claimed again.
    void strike(const held_job& entry)
    {
        const auto it = held_.find(entry.job.held.job_id);
        if (it != held_.end() && it->second.get() == &entry)
            held_.erase(it);
    }
    std::size_t size() const { return held_.size(); }
    std::vector<std::shared_ptr<held_job>> all() const
    {
        std::vector<std::shared_ptr<held_job>> out;
        for (const auto& [id, entry] : held_)
            out.push_back(entry);
        return out;
    }
    std::shared_ptr<held_job> find(std::int64_t job_id) const
    {
        const auto it = held_.find(job_id);
        return it == held_.end() ? nullptr : it->second;
    }

private:
    std::unordered_map<std::int64_t, std::shared_ptr<held_job>> held_;
};

}  // namespace reclaim::worker
