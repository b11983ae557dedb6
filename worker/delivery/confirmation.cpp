#include "worker/delivery/confirmation.hpp"

#include "common/json/writer.hpp"

namespace reclaim::delivery {

namespace {

std::string_view event_type(confirmation::conclusion how)
{
    using enum confirmation::conclusion;
    switch (how) {
    case completed:
        return "seat.removal.completed";
    case refused:
        return "seat.removal.refused";
    case held:
        return "seat.removal.held";
    case cancelled:
        return "seat.removal.cancelled";
    case failed:
        break;
    }
    return "seat.removal.failed";
}

void write(json::writer& out, const ticket_note& ticket)
{
    using enum ticket_note::state;
    out.begin_object();
    if (ticket.is == none) {
        out.member("state", "none").end_object();
        return;
    }
    out.member("state", ticket.is == opened ? "opened" : "pending").member("id", ticket.id);
    if (ticket.is == opened)
        out.member("identifier", ticket.identifier).member("url", ticket.url);
    out.end_object();
}

} // namespace

std::string render(const confirmation& what)
{
    json::writer out;
    out.begin_object().member("type", event_type(what.how)).member("timestamp", what.at).key("data").begin_object();
    out.member("approval_id", what.approval_id).member("job_id", what.job_id);
    out.member("app", what.app).member("seat", what.seat).member("approver", what.approver);
    out.member("outcome", what.outcome);
    if (!what.reason.empty())
        out.member("reason", what.reason);
    if (what.removed_at)
        out.member("removed_at", *what.removed_at);
    write(out.key("ticket"), what.ticket);
    out.end_object().end_object();
    return out.take();
}

} // namespace reclaim::delivery
