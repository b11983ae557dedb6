#include "receiver/events.hpp"

#include <algorithm>
#include <array>

namespace reclaim::receiver {

namespace {

using enum presence;

constexpr std::array approved{
    field{"approval_id", shape::identifier, required},   field{"app", shape::app_name, required},
    field{"seat", shape::identifier, required, 's'},     field{"flag_epoch", shape::epoch, required},
    field{"subject", shape::identifier, required, 'u'},  field{"approver", shape::identifier, required, 'a'},
    field{"approved_at", shape::past_instant, required}, field{"requester", shape::identifier, optional, 'r'},
    field{"callback_url", shape::url, optional},         field{"reason", shape::prose, optional},
    field{"expires_at", shape::instant, optional},
};

constexpr std::array restoring{
    field{"approval_id", shape::identifier, required},
    field{"removal_approval_id", shape::identifier, required},
    field{"app", shape::app_name, required},
    field{"seat", shape::identifier, required, 's'},
    field{"subject", shape::identifier, required, 'u'},
    field{"approver", shape::identifier, required, 'a'},
    field{"approved_at", shape::past_instant, required},
    field{"requester", shape::identifier, optional, 'r'},
    field{"callback_url", shape::url, optional},
    field{"reason", shape::prose, optional},
    field{"expires_at", shape::instant, optional},
};

constexpr std::array cancelled{
    field{"approval_id", shape::identifier, required},
    field{"reason", shape::prose, optional},
};

constexpr std::array seconded{
    field{"approval_id", shape::identifier, required},
    field{"approver", shape::identifier, required},
    field{"approved_at", shape::past_instant, required},
};

constexpr std::array flagged{
    field{"app", shape::app_name, required},
    field{"seat", shape::identifier, required},
    field{"subject", shape::identifier, required},
    field{"email", shape::identifier, optional},
    field{"rule", shape::identifier, optional},
    field{"last_activity_at", shape::instant, optional},
    field{"unit_cost_minor", shape::minor_units, optional},
    field{"currency", shape::currency, optional},
    field{"attributes", shape::words, optional},
};

constexpr std::array unflagged{
    field{"app", shape::app_name, required},
    field{"seat", shape::identifier, required},
    field{"reason", shape::prose, optional},
};

constexpr std::array events{
    event{"seat.removal.approved", approved}, event{"seat.removal.cancelled", cancelled},
    event{"seat.removal.seconded", seconded}, event{"seat.restore.approved", restoring},
    event{"seat.flagged", flagged},           event{"seat.unflagged", unflagged},
};

}  // namespace

std::span<const event> known_events()
{
    return events;
}

const event* find_event(std::string_view type)
{
    const auto found = std::find_if(events.begin(), events.end(), [type](const event& e) { return e.type == type; });
    return found != events.end() ? &*found : nullptr;
}

bool is_field(std::string_view name)
{
    return std::any_of(events.begin(), events.end(), [name](const event& e) {
        return std::any_of(e.fields.begin(), e.fields.end(), [name](const field& f) { return f.name == name; });
    });
}

}  // namespace reclaim::receiver
