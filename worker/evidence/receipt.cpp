#include "worker/evidence/receipt.hpp"

#include "common/crypto/encoding.hpp"
#include "common/json/document.hpp"
#include "common/json/writer.hpp"
#include "common/queue/event_line.hpp"
#include "worker/evidence/opened.hpp"

#include <algorithm>

namespace reclaim::worker::evidence {
namespace {

constexpr std::string_view receipt_format = "reclaim receipt 1";

std::string json_text(std::string_view text)
{
    std::string out;
    queue::append_quoted(out, text);
    return out;
}

std::vector<digest> parse_path(json::value from)
{
    std::vector<digest> out;
    for (const auto& one : from.elements()) {
        const auto hash = crypto::from_hex(one.string().value_or(""));
        if (!hash || hash->size() != std::tuple_size_v<digest>)
            return {};  // no proof leads anywhere then
        std::copy(hash->begin(), hash->end(), out.emplace_back().begin());
    }
    return out;
}

// What of an event a person reads first.
std::string told(const flat_line& event)
{
    std::string out = event.cell("recorded_at");
    for (const auto* name : {"event_type", "outcome", "provider_request_id"})
        if (const auto cell = event.cell(name); !cell.empty())
            out += ' ' + cell;
    return out;
}

std::string name_of(std::string_view disclosures, std::string_view letter)
{
    flat_line one;
    for (std::string_view line; take_line(disclosures, line);)
        if (one.read(line) && one.raw("field") == letter)
            return one.cell("value");
    return {};
}

void tell_names(std::string_view disclosures, report& to)
{
    constexpr std::array<std::string_view, 4> letters{"s", "u", "a", "r"};
    for (std::size_t n = 0; n < name_columns.size(); ++n)
        if (const auto name = name_of(disclosures, letters[n]); !name.empty())
            to.detail(std::string(name_columns[n]) + ": " + name);
}

void compare_outside(const checkpoint& state, const std::vector<verifier_key>& keys,
                     const std::vector<noted_checkpoint>& outside, report& to)
{
    bool known = false, fits = true;
    for (const auto& other : outside) {
        if (other.state.size != state.size)
            continue;
        known = true;
        if (other.state.root == state.root)
            continue;
        fits = false;
        judge_outside(other, keys, to, "your checkpoint of that size is another one: the log was rewritten");
    }
    if (known && fits)
        to.ok("and is among the checkpoints that you have from elsewhere");
    else if (!known)
        to.note("not checked: whether that checkpoint is known elsewhere; none of yours is of its size");
}

}  // namespace

std::string receipt::text() const
{
    json::writer out;
    out.begin_object()
        .member("format", receipt_format)
        .member("job_id", job)
        .member("exported_at", exported_at)
        .member("checkpoint", checkpoint);
    out.key("events").begin_array();
    for (const auto& one : events) {
        out.begin_object().member("leaf_index", static_cast<std::int64_t>(one.proof.place));
        // Not by the writer: these bytes are hashed, so they must come back as they are.
        out.key("line").raw(json_text(one.line)).key("proof").begin_array();
        for (const auto& hash : one.proof.path)
            out.string(crypto::to_hex(crypto::as_bytes(hash)));
        out.end_array().end_object();
    }
    out.end_array().key("disclosures").begin_array();
    for (const auto& line : disclosures)
        out.raw(line);
    out.end_array().key("unsealed").begin_array();
    for (const auto& line : unsealed)
        out.raw(json_text(line));
    out.end_array().end_object();
    return out.take() + '\n';
}

receipt receipt::parse(std::string_view text)
{
    constexpr json::limits wide{8, 1'000'000};
    const auto parsed = json::document::parse(text, wide);
    if (!parsed)
        throw unreadable("the receipt is no JSON: " + parsed.error().what);
    const auto root = parsed->root();
    if (root["format"].string() != receipt_format)
        throw unreadable("the receipt is of another format than this program knows");
    receipt out;
    bool whole = root["job_id"].integer() && root["checkpoint"].string();
    out.job = root["job_id"].integer().value_or(0);
    out.checkpoint = root["checkpoint"].string().value_or("");
    for (const auto& one : root["events"].elements()) {
        const auto place = one["leaf_index"].integer();
        const auto line = one["line"].string();
        whole = whole && place && *place >= 0 && line;
        out.events.push_back({std::string(line.value_or("")),
                              {static_cast<std::uint64_t>(place.value_or(0)), parse_path(one["proof"])}});
    }
    for (const auto& one : root["disclosures"].elements()) {
        // As in a pack, so that both are read alike.
        std::string line = "{\"leaf_index\":" + std::to_string(one["leaf_index"].integer().value_or(-1));
        for (const auto* name : {"field", "salt", "value"}) {
            line.append(",\"").append(name).append("\":");
            queue::append_quoted(line, one[name].string().value_or(""));
        }
        out.disclosures.push_back(line + '}');
    }
    for (const auto& one : root["unsealed"].elements())
        out.unsealed.emplace_back(one.string().value_or(""));
    if (!whole)
        throw unreadable("the receipt lacks a member, or one is of another type than FORMAT.md says");
    return out;
}

void verify_receipt(const receipt& what, const std::vector<verifier_key>& keys,
                    const std::vector<noted_checkpoint>& outside, report& to)
{
    const auto state = read_checkpoint(what.checkpoint);
    if (!state)
        throw unreadable("the checkpoint is not of the form that FORMAT.md describes");
    to.judge(open_checkpoint(what.checkpoint, keys).has_value(),
             "the checkpoint, " + std::to_string(state->size) + " events, sealed " + state->sealed_at +
                 ", is signed by the key given",
             "the checkpoint is not signed by the key given");
    std::vector<std::pair<std::int64_t, std::string>> story;  // event_seq, what happened
    std::string names;                                        // lines that disclose those of the approval
    std::size_t hidden = 0;
    std::size_t disclosed = 0;
    for (const auto& one : what.events) {
        const auto place = static_cast<std::int64_t>(one.proof.place);
        const auto at = "the event at place " + std::to_string(place);
        std::string mine;
        for (const auto& line : what.disclosures) {
            flat_line read;
            if (read.read(line) && read.integer("leaf_index") == place) {
                mine += line + '\n';
                ++disclosed;
            }
        }
        flat_line event;
        if (root_by_proof(leaf_hash(one.line), one.proof, state->size) != state->root) {
            to.bad(at + " is not in the tree that was signed");
            continue;
        }
        if (!event.read(one.line) || event.integer("job_id") != what.job) {
            to.bad(at + " is of another job");
            continue;
        }
        const auto opened = judge_disclosures(event, mine, place, to);
        hidden += opened.hidden.size();
        if (event.raw("event_type") == "received")
            names = opened.lines;
        story.emplace_back(event.integer("event_seq").value_or(0), told(event));
    }
    std::sort(story.begin(), story.end());
    bool whole = !story.empty();
    for (std::size_t n = 0; n < story.size(); ++n)
        whole = whole && story[n].first == static_cast<std::int64_t>(n) + 1;
    if (disclosed < what.disclosures.size())
        to.bad("a name belongs to no event of this receipt");
    const auto count = std::to_string(story.size()), job = std::to_string(what.job);
    to.judge(whole,
             count + " events of job " + job + ", the first to the " + count +
                 "th without a gap, are in the tree that was signed",
             "events of job " + job + " are missing");
    if (hidden > 0)
        to.note(std::to_string(hidden) + " commitments are not opened: names erased or left out");
    if (!what.unsealed.empty())
        to.note(std::to_string(what.unsealed.size()) +
                " later events of the job were not sealed yet: nothing is proven of them");
    tell_names(names, to);
    for (const auto& one : story)
        to.detail(one.second);
    compare_outside(*state, keys, outside, to);
    to.note("not checked: whether the job went on after these events; a pack shows that");
}

}  // namespace reclaim::worker::evidence
