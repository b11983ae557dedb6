#pragma once
// What the events of a pack tell, job by job: whether a story has gaps, which removals are of the period, and each
// removal's row in the tables. Keeps views into the files of the pack, not their contents.
#include "worker/evidence/flat_line.hpp"
#include "worker/evidence/removal_table.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace reclaim::worker::evidence {

struct found_removal {
    std::int64_t place = 0;
    std::int64_t job = 0;
    std::string_view line;
};

class stories {
public:
    // The period, as instants of the log are written; `until` is not part of it.
    stories(std::string since, std::string until) : since_(std::move(since)), until_(std::move(until)) {}

    // In the order of the tree. `line` is `event` before it was read, `names` the lines that disclose its values.
    void take(std::int64_t place, const flat_line& event, std::string_view line, std::string_view names);
    // Of an event that may be an erasure: what it took from which jobs and events.
    void take_erasure(const flat_line& event);

    // Whether erasures took every one of these letters from the job or the event.
    bool erased(std::int64_t job, std::int64_t event, std::string_view letters) const;
    std::size_t jobs() const { return stories_.size(); }
    std::vector<std::int64_t> with_gaps() const;                   // jobs
    std::vector<std::int64_t> without_approval_or_intent() const;  // places of removals
    const std::vector<found_removal>& population() const { return population_; }
    removal_row row(const found_removal& of) const;

private:
    // The first of a kind in a story, by event_seq.
    struct first_event {
        std::int64_t seq = 0;  // 0: none yet
        std::string_view line;
    };
    struct story {
        std::int64_t events = 0, least = 0, greatest = 0;
        first_event received, attempted, ticket, confirmed;
        std::string_view names;  // of received
    };

    std::string since_, until_;
    std::unordered_map<std::int64_t, story> stories_;
    std::vector<found_removal> population_;
    std::unordered_map<std::int64_t, std::string> erased_of_jobs_, erased_of_events_;  // letters
};

}  // namespace reclaim::worker::evidence
