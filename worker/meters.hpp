#pragma once
// What this worker counts. Names and labels are part of the operators' interface: docs/OPERATIONS.md lists them.
#include "common/metrics/registry.hpp"

#include <string>

namespace reclaim::worker {

class meters {
public:
    explicit meters(metrics::registry& in);

    void vendor_call(const std::string& connector, const std::string& call, const std::string& outcome, double seconds);
    void attempt_ended(const std::string& how);
    void message_ended(const std::string& topic, const std::string& how);

    metrics::counter claimed;
    metrics::counter leases_lost;
    metrics::counter jobs_freed;
    metrics::gauge in_flight;
    metrics::gauge database_up;
    metrics::histogram batch_size;

private:
    metrics::registry& registry_;
};

}  // namespace reclaim::worker
