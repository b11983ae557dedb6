#pragma once
// What the receiver counts. Made once, handed to the parts by reference.
#include "common/metrics/family.hpp"

#include <string_view>

namespace reclaim::receiver {

class receiver_metrics {
public:
    explicit receiver_metrics(metrics::registry& in);

    // Only names from the configuration, or "unknown": a stranger must not be able to make a new series.
    void count_request(std::string_view source, unsigned status);

    metrics::histogram request_seconds;
    metrics::histogram batch_size;
    metrics::gauge waiting;
    metrics::counter commits;
    metrics::gauge database_up;
    metrics::gauge clock_distance_seconds;

private:
    metrics::family<metrics::counter, 2> requests_;
};

}  // namespace reclaim::receiver
