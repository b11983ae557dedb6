#pragma once
// The way to a vendor for a sample: reads go out, and what would remove is caught as the connector wrote it and never
// sent. Whatever a connector sends while it looks is a read; afterwards only those very requests pass, so that a recipe
// whose removal looks once more can do so, and nothing unforeseen gets through.
#include "worker/connectors/exchange.hpp"

#include <optional>
#include <set>
#include <string>

namespace reclaim::worker::commands {

class read_only_wire {
public:
    struct caught {
        http::origin to;
        http::request what;
    };

    // Must outlive the exchange.
    connectors::exchange around(connectors::exchange inner);
    // The looking is over: what was not sent until now is caught.
    void hold_back() { holding_ = true; }
    const std::optional<caught>& first_caught() const { return caught_; }

private:
    bool holding_ = false;
    std::set<std::string> reads_;
    std::optional<caught> caught_;
};

// Method, URL, headers and body, one a line. Of the headers only those show a value that can hold no secret.
std::string describe(const read_only_wire::caught& request);

}  // namespace reclaim::worker::commands
