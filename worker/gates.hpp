#pragma once
// What this worker knows of the closed gates: read about once a second and whenever one changes. The revoke is checked
// against the table itself, in the intent's transaction; this copy spares the deliveries a question per message.
#include "common/async/deadline.hpp"
#include "common/queue/job_store.hpp"

#include <initializer_list>
#include <map>
#include <optional>
#include <string>

namespace reclaim::worker {

struct closed {
    std::string scope;
    std::optional<async::steady::time_point> until;  // nothing: a person opens it
};

class gates {
public:
    void replace(const std::vector<queue::closed_gate>& seen);
    // The table has been read at least once.
    bool known() const { return known_; }
    // probe_in: of a circuit breaker, until a worker may try the vendor.
    void close(const std::string& scope, std::optional<std::chrono::milliseconds> opens_in,
               std::optional<std::chrono::milliseconds> probe_in = std::nullopt);
    // The first of these scopes (and "all") that is closed now.
    std::optional<closed> find_closed(std::initializer_list<std::string> scopes) const;
    // When the vendor behind a circuit breaker's gate may be tried; nothing where no breaker closed it.
    std::optional<async::steady::time_point> probe_at(const std::string& scope) const;

private:
    struct times {
        std::optional<async::steady::time_point> opens, probe;
    };
    std::map<std::string, times> closed_;
    bool known_ = false;
};

}  // namespace reclaim::worker
