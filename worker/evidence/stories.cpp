#include "worker/evidence/stories.hpp"

#include "common/json/document.hpp"
#include "worker/evidence/disclosure.hpp"
#include "worker/evidence/mapped_file.hpp"

#include <algorithm>

namespace reclaim::worker::evidence {
namespace {

void collect(json::value from, std::string_view letters, std::unordered_map<std::int64_t, std::string>& to)
{
    for (const auto& one : from.elements())
        to[one.integer().value_or(-1)] += letters;
}

// Which commitments name somebody in that role.
std::string letters_of(std::string_view role)
{
    if (role == "subject")
        return "su";
    if (role == "approver")
        return "a";
    if (role == "requester")
        return "r";
    return role == "actor" ? "p" : "";
}

bool has(const std::unordered_map<std::int64_t, std::string>& erased, std::int64_t of, char letter)
{
    const auto found = erased.find(of);
    return found != erased.end() && found->second.find(letter) != std::string::npos;
}

flat_line reading(std::string_view line)
{
    flat_line out;
    out.read(line);
    return out;
}

std::string ticket_of(std::string_view line)
{
    if (line.empty())
        return {};
    const auto detail = json::document::parse(reading(line).text("detail").value_or(""));
    return detail ? std::string(detail->root()["identifier"].string().value_or("")) : std::string();
}

// In the order of name_columns; what is not disclosed is empty.
std::array<std::string, name_columns.size()> names_in(std::string_view disclosures)
{
    constexpr std::string_view letters = "suar";
    std::array<std::string, name_columns.size()> out;
    flat_line one;
    for (std::string_view line; take_line(disclosures, line);)
        if (const auto field = one.read(line) ? one.raw("field") : ""; field.size() == 1)
            if (const auto at = letters.find(field.front()); at != std::string_view::npos)
                out[at] = one.cell("value");
    return out;
}

}  // namespace

void stories::take_erasure(const flat_line& event)
{
    if (event.raw("event_type") != "identity_erased")
        return;
    constexpr json::limits wide{4, 100'000'000};  // of one person there may be many events
    const auto detail = json::document::parse(event.text("detail").value_or(""), wide);
    if (!detail)
        return;
    const auto names = letters_of(event.raw("outcome"));
    collect(detail->root()["jobs"], names + body_letter, erased_of_jobs_);
    collect(detail->root()["events"], names + "w", erased_of_events_);
    collect(detail->root()["words"], "w", erased_of_events_);
}

bool stories::erased(std::int64_t job, std::int64_t event, std::string_view letters) const
{
    return std::all_of(letters.begin(), letters.end(), [&](char letter) {
        return has(erased_of_jobs_, job, letter) || has(erased_of_events_, event, letter);
    });
}

void stories::take(std::int64_t place, const flat_line& event, std::string_view line, std::string_view names)
{
    take_erasure(event);
    const auto job = event.integer("job_id");
    const auto seq = event.integer("event_seq");
    if (!job || !seq)
        return;
    auto& mine = stories_[*job];
    mine.least = mine.events == 0 ? *seq : std::min(mine.least, *seq);
    mine.greatest = std::max(mine.greatest, *seq);
    ++mine.events;
    const auto keep = [&](first_event& kept) {
        if (kept.seq != 0 && kept.seq < *seq)
            return false;
        kept = {*seq, line};
        return true;
    };
    const auto kind = event.raw("event_type");
    if (kind == "received") {
        if (keep(mine.received))
            mine.names = names;
    } else if (kind == "revoke_attempted") {
        keep(mine.attempted);
    } else if (kind == "ticket_opened") {
        keep(mine.ticket);
    } else if (kind == "requester_confirmed") {
        keep(mine.confirmed);
    } else if (kind == "revoke_confirmed" || kind == "already_absent") {
        const auto at = event.raw("recorded_at");
        if (since_ <= at && at < until_)
            population_.push_back({place, *job, line});
    }
}

std::vector<std::int64_t> stories::with_gaps() const
{
    std::vector<std::int64_t> out;
    for (const auto& [job, one] : stories_)
        if (one.greatest - one.least + 1 != one.events || (one.received.seq != 0 && one.least != 1))
            out.push_back(job);
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<std::int64_t> stories::without_approval_or_intent() const
{
    std::vector<std::int64_t> out;
    for (const auto& one : population_) {
        const auto& its = stories_.at(one.job);
        if (its.received.seq == 0 || its.attempted.seq == 0)
            out.push_back(one.place);
    }
    return out;
}

removal_row stories::row(const found_removal& of) const
{
    const auto& its = stories_.at(of.job);
    auto names = names_in(its.names);
    const auto removal = reading(of.line), received = reading(its.received.line);
    return {std::to_string(of.place),
            std::to_string(of.job),
            received.cell("approval_ref"),
            received.cell("app"),
            received.cell("flag_epoch"),
            removal.cell("outcome"),
            received.cell("approved_at"),
            received.cell("recorded_at"),
            reading(its.attempted.line).cell("recorded_at"),
            removal.cell("recorded_at"),
            removal.cell("connector"),
            removal.cell("provider_operation"),
            removal.cell("provider_status"),
            removal.cell("provider_request_id"),
            removal.cell("operation_key"),
            ticket_of(its.ticket.line),
            reading(its.confirmed.line).cell("recorded_at"),
            received.cell("actor_ref"),
            received.cell("delivery_id"),
            received.cell("key_id"),
            std::move(names[0]),
            std::move(names[1]),
            std::move(names[2]),
            std::move(names[3])};
}

}  // namespace reclaim::worker::evidence
