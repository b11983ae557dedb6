#pragma once
// What to do next while a seat is being removed, or given back, as a pure function of where the attempt is and what the
// vendor just did. The order is always look, act, look: nothing is removed that a look shows as gone, and nothing is
// called removed that a look does not show as gone. A call whose answer was lost is never repeated before a look.
// Giving back is the same the other way round.
#include "common/queue/job_store.hpp"
#include "worker/connectors/outcome.hpp"

#include <string>
#include <variant>

namespace reclaim::worker {

enum class phase { look_before, act, look_after };

struct situation {
    phase at = phase::look_before;
    queue::job_kind kind = queue::job_kind::removal;
    bool earlier_effect_possible = false;  // an earlier attempt sent a call whose result nobody recorded
    bool act_answered_removed = false;     // this attempt's call was answered "removed" (done) or "scheduled"
    bool act_unanswered = false;           // this attempt's call may have been applied
    int looks_after = 0;                   // how often we have looked since the call
    std::string objection;                 // a guard's, since the intent: look and record, but do not act
};

// Looks after the call wait 0.5, 1, 2, 4 and 8 s: vendors apply removals eventually (okta.md asks for about that long).
constexpr int looks_after_max = 6;

struct act_now {};
struct look_later {
    std::chrono::milliseconds wait;
};
struct conclude {         // the seat is gone, or given back; write the record
    std::string outcome;  // removed, already_absent, scheduled; restored, already_held
    std::string reason;
};
struct give_up {  // this attempt ends without a removal
    queue::setback::kind how;
    bool effect_possible;
    std::string reason_code;
    std::string reason_text;
};
struct pause_all {  // the dependency's gate closes for every worker; no attempt is charged
    std::optional<std::chrono::milliseconds> wait;  // nothing: until a person opens it
    bool effect_possible;
    std::string reason_code;
    std::string reason_text;
};

using next_step = std::variant<act_now, look_later, conclude, give_up, pause_all>;

// An attempt that may only look ends as withdrawn when the seat is still held, or as stopped where the app's mode
// objects.
next_step decide(const situation& now, const connectors::outcome& seen);

// For a dry run, after its look: live would do that next, in the words of record_rehearsal.
std::string would_do(const next_step& next);

}  // namespace reclaim::worker
