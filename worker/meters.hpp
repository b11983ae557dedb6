#pragma once
// What this worker counts. Names and labels are part of the operators' interface: docs/OPERATIONS.md lists them.
#include "common/metrics/family.hpp"

#include <string_view>

namespace reclaim::worker {

class meters {
public:
    explicit meters(metrics::registry& in);

    void vendor_call(std::string_view connector, std::string_view call, std::string_view outcome, double seconds);
    void attempt_ended(std::string_view how);
    void later_look_ended(std::string_view seen);
    void message_ended(std::string_view topic, std::string_view how);

    metrics::counter claimed;
    metrics::counter leases_lost;
    metrics::counter jobs_freed;
    metrics::gauge in_flight;
    metrics::gauge database_up;
    metrics::histogram batch_size;

private:
    metrics::family<metrics::counter, 3> vendor_calls_;
    metrics::family<metrics::histogram, 2> vendor_seconds_;
    metrics::family<metrics::counter, 1> attempts_;
    metrics::family<metrics::counter, 1> later_looks_;
    metrics::family<metrics::counter, 2> messages_;
};

}  // namespace reclaim::worker
