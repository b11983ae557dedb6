#pragma once
// The operations listener of both programs: /healthz (the process lives), /readyz (it can do its work now, with reasons
// when not), /metrics (Prometheus). It is a listener of its own so that it never faces the outside.
#include "common/http/server.hpp"
#include "common/metrics/registry.hpp"

namespace reclaim::http {

struct readiness {
    bool ready = false;
    std::string why;  // empty when ready
};

// GET only; other paths 404, other methods 405.
handler ops_handler(metrics::registry& metrics, std::function<readiness()> ready);

}  // namespace reclaim::http
