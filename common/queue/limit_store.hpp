#pragma once
// The worker's side of sql/functions/limit: what connectors may be asked, over all workers, and their circuit breakers.
// Calls to be sent and readers for their answers.
#include "common/queue/job_store.hpp"

namespace reclaim::queue {

struct connector_limits {
    std::optional<double> rate;  // calls per second
    int burst = 1;
    std::optional<int> concurrency;
};
struct permit_wanted {
    bool starts = false;        // of a job that has not begun
    std::string subject;        // whom it is about, where one call at a time is allowed for each; else ""
    microseconds time_left{0};  // until its deadline
};
struct permit_given {
    bool denied = false;
    bool subject_busy = false;
    std::int64_t permit = 0;            // to be given back; 0: nothing has to be
    std::chrono::milliseconds wait{0};  // until it may be sent, or asked for again
};
struct permits_answer {
    std::vector<permit_given> given;                      // as they were wanted
    std::int64_t woken = 0;                               // jobs whose turn has come
    std::optional<std::chrono::milliseconds> look_again;  // there may be room for the next then; nothing: none waits
};
pg::call take_permits(const std::string& connector, const connector_limits& limits,
                      std::span<const permit_wanted> wanted, std::span<const std::int64_t> ended);
permits_answer read_permits(const pg::rows& answer, std::size_t wanted);

// The vendor said that little is left for `wait`: `gap` between two calls.
pg::call slow_connector(const std::string& connector, microseconds gap, microseconds wait);

struct breaker_settings {
    int failures_max = 5;
    std::chrono::milliseconds base{2000};
    std::chrono::milliseconds cap{300000};
};
// failures 0: the last call went well. anew: there was one that did before these failures.
pg::call report_trouble(const std::string& connector, int failures, bool anew, const breaker_settings& settings,
                        const std::string& why);
// How long until the probe, when the report closed the gate.
std::optional<std::chrono::milliseconds> read_pause(const pg::rows& answer);
pg::call claim_probe(const std::string& connector, microseconds lease);
pg::call end_probe(const std::string& connector, bool well, const breaker_settings& settings, const std::string& why);

}  // namespace reclaim::queue
