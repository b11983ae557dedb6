#pragma once
// What a look at a seat that was removed some time ago means, as a pure function of the vendor's answer and of the
// looks before it.
#include "worker/backoff.hpp"
#include "worker/config.hpp"
#include "worker/connectors/outcome.hpp"

#include <optional>
#include <random>
#include <string>

namespace reclaim::worker {

struct look_verdict {
    enum class sight { gone, back, unread, given_up, put_off } seen = sight::unread;
    std::string reason;
    // gone: when, counted from the removal, the next look is due; nothing: it was the last one. Else from now.
    std::optional<std::chrono::milliseconds> wait;
    bool closes_gate = false;  // of the connector, for wait, or where the credential is refused until a person opens it
    std::string why;           // for the gate and the log
};

std::string_view name_of(look_verdict::sight seen);

// looks and tries: of the schedule, that have shown the seat gone; of this look, that could not be read.
look_verdict judge_look(const connectors::outcome& answer, int looks, int tries, const look_schedule& schedule,
                        const retry_policy& retry, std::minstd_rand& dice);

}  // namespace reclaim::worker
