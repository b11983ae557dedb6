#pragma once
// A batch of records as SQL calls, and the way each answer goes back to who waits for it. Apart from committer.cpp,
// which knows only when to send and what a failure means.
#include "worker/committer.hpp"

#include <functional>

namespace reclaim::worker {

struct prepared_batch {
    std::vector<pg::call> calls;
    std::vector<std::function<void(const pg::rows&)>> readers;  // one per call, in order
};

prepared_batch prepare(const committer::lanes& batch, const std::string& policy_json,
                       std::chrono::microseconds wait_for_ticket);

std::size_t size_of(const committer::lanes& batch);
// The latest moment at which a lease in the batch is still good; what waits for the database waits no longer.
steady::time_point last_lease(const committer::lanes& batch);
// Each record alone, in order: for finding the one that the database refuses.
std::vector<committer::lanes> split(const committer::lanes& batch);
void fail_all(const committer::lanes& batch, std::exception_ptr why);
void lose_all(const committer::lanes& batch);

}  // namespace reclaim::worker
