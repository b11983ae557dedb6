#pragma once
// What every attempt of this process shares.
#include "worker/committer.hpp"
#include "worker/gates.hpp"
#include "worker/lease_book.hpp"
#include "worker/meters.hpp"
#include "worker/vendors.hpp"

#include <random>

namespace reclaim::worker {

struct workshop {
    const options& settings;
    committer& records;
    gates& closed_gates;
    vendors& outside;
    meters& counts;
    std::minstd_rand dice{std::random_device{}()};
    std::chrono::microseconds database_ahead{0};  // the database's clock minus ours: what we sign carries its time

    std::chrono::system_clock::time_point database_now() const
    {
        return std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(database_ahead);
    }

    // Every call to the outside ends before the lease may: then nobody else can be working on the job while it runs.
    steady::time_point call_deadline(const held_job& job) const
    {
        return std::min(steady::now() + settings.call_time, job.job.held.until - std::chrono::milliseconds(100));
    }
};

}  // namespace reclaim::worker
