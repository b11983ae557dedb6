#include "worker/evidence/pack_verifier.hpp"

#include "common/crypto/encoding.hpp"
#include "common/queue/event_line.hpp"
#include "worker/evidence/opened.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <list>

namespace reclaim::worker::evidence {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t minute = microseconds(std::chrono::minutes(1)).count();
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t patience = 10 * minute;  // after that long an event must be sealed

std::string listed(const std::vector<std::int64_t>& all)
{
    constexpr std::size_t shown_max = 5;
    std::string out = "[";
    for (std::size_t n = 0; n < std::min(all.size(), shown_max); ++n)
        out += (n ? ", " : "") + std::to_string(all[n]);
    return out + ']';
}

// Another instant; comparable as text, like all instants of the log.
std::string shifted(const std::string& text, std::int64_t by)
{
    const auto at = queue::parse_utc_text(text);
    if (!at)
        throw unreadable("a checkpoint or the manifest holds an instant that is none");
    return queue::utc_text(*at + by);
}

frontier restored(const manifest& about)
{
    const auto tree = frontier::restore(about.first_leaf, about.frontier);
    if (!tree)
        throw unreadable("manifest.json: the frontier does not fit a tree of that many leaves");
    return *tree;
}

manifest read_manifest(const std::filesystem::path& folder)
{
    if (!std::filesystem::exists(folder / pack_file::manifest))
        throw unreadable(folder.string() + " has no manifest.json: it is no pack, or its export did not end");
    const mapped_file file(folder / pack_file::manifest);
    return manifest::parse(file.text());
}

// A table is compared as it would be written: what follows a row that fits is looked at next.
class table_check {
public:
    table_check(const std::filesystem::path& folder, std::string_view name, names which)
        : name_(name),
          which_(which),
          file_(folder / name),
          rest_(file_.text())
    {}

    // The first line that does not fit is remembered by what is said of it then.
    void take(const std::string& line, std::string_view else_wrong)
    {
        if (!wrong_.empty())
            return;
        if (rest_.starts_with(line))
            rest_.remove_prefix(line.size());
        else
            wrong_ = else_wrong;
    }
    bool at_end() const { return rest_.empty(); }
    const std::string& wrong() const { return wrong_; }
    const std::string& name() const { return name_; }
    names which() const { return which_; }

private:
    std::string name_;
    names which_;
    mapped_file file_;
    std::string_view rest_;
    std::string wrong_;
};

}  // namespace

pack_verifier::pack_verifier(std::filesystem::path folder, std::vector<verifier_key> keys,
                             std::vector<noted_checkpoint> outside, report& to)
    : folder_(std::move(folder)),
      keys_(std::move(keys)),
      outside_(std::move(outside), keys_, to),
      to_(to),
      about_(read_manifest(folder_)),
      tree_(restored(about_)),
      told_(std::in_place, about_.from, about_.to)
{}

void pack_verifier::verify()
{
    to_.detail("exported " + about_.exported_at + " by the login " + about_.exported_by);
    check_files();
    // A third of all the work, and nothing else waits for it.
    auto changed = std::async(std::launch::async, [this] { return changed_files(); });
    check_checkpoints();
    read_events();
    check_unsealed();
    check_names();
    check_stories();
    check_population();
    outside_.judge(about_);
    const auto found = changed.get();
    for (const auto& name : found)
        to_.bad(name + " is not the file that was exported: its SHA-256 differs from the manifest's");
    if (found.empty())
        to_.ok(std::to_string(about_.files.size()) + " files are as the manifest says");
}

bool pack_verifier::has(std::string_view name) const
{
    return std::filesystem::exists(folder_ / name);
}

void pack_verifier::check_files()
{
    std::set<std::string_view> listed_files;
    for (const auto& file : about_.files) {
        listed_files.insert(file.name);
        if (!has(file.name) && !file.name.starts_with(pack_file::names_folder))
            to_.bad(file.name + " is missing");
    }
    std::vector<std::string_view> needed{pack_file::checkpoints, pack_file::events, pack_file::removals,
                                         pack_file::unsealed};
    if (about_.sample_size > 0)
        needed.push_back(pack_file::sample);
    for (const auto name : needed)
        if (!listed_files.contains(name))
            to_.bad(std::string(name) + " is not in the manifest");
    for (const auto name : needed)
        if (!has(name))
            throw unreadable(std::string(name) + " is missing: the rest cannot be judged without it");
    if (!has(pack_file::names_folder))
        to_.note("names were left out of this pack: whose seats they were is not checked");
    else if (!has(pack_file::disclosures))
        to_.bad(
            "names/disclosures.ndjson is missing, and without it nothing shows that the names in the tables are right");
}

std::vector<std::string> pack_verifier::changed_files() const
{
    std::vector<std::string> out;
    for (const auto& file : about_.files) {
        if (!has(file.name))
            continue;
        const mapped_file found(folder_ / file.name);
        if (crypto::to_hex(crypto::as_bytes(crypto::sha256(found.text()))) != file.sha256)
            out.push_back(file.name);
    }
    return out;
}

void pack_verifier::check_checkpoints()
{
    inside_ = read_checkpoints(folder_ / pack_file::checkpoints);
    std::vector<std::int64_t> unsigned_sizes;
    bool begins = about_.first_leaf == 0, ends = false;
    for (const auto& one : inside_) {
        if (!open_checkpoint(one.note, keys_))
            unsigned_sizes.push_back(static_cast<std::int64_t>(one.state.size));
        ends = ends || one.state.size == about_.tree_size;
        if (one.state.size != about_.first_leaf)
            continue;
        begins = true;
        if (one.state.sealed_at > about_.from)
            to_.bad("the pack begins with events sealed after " + one.state.sealed_at +
                    ": removals of the period may stand before it");
    }
    to_.judge(unsigned_sizes.empty(),
              std::to_string(inside_.size()) + " checkpoints in the pack are signed by the key given",
              "checkpoints of these sizes are not signed by the key given: " + listed(unsigned_sizes));
    if (!begins || !ends)
        to_.bad("the checkpoint at the beginning or at the end of the pack is missing");
}

void pack_verifier::read_events()
{
    events_.emplace(folder_ / pack_file::events);
    std::string_view disclosures;
    if (has(pack_file::disclosures)) {
        disclosures_.emplace(folder_ / pack_file::disclosures);
        disclosures = disclosures_->text();
    }
    last_fit_ = about_.first_leaf;
    for (const auto& one : inside_)
        bounds_.push_back(&one.state);
    for (const auto& one : outside_.all())
        bounds_.push_back(&one.state);
    std::sort(bounds_.begin(), bounds_.end(), [](const auto* a, const auto* b) { return a->size < b->size; });
    bound_end_ = about_.first_leaf;
    const auto aged = shifted(about_.exported_at, -patience);
    for (const auto* one : bounds_)
        if (one->sealed_at <= aged)
            aged_size_ = std::max(aged_size_, one->size);
    std::string_view rest = events_->text(), line;
    compare_roots();
    while (take_line(rest, line)) {
        tree_.append(leaf_hash(line));
        take_event(line, disclosures);
        compare_roots();
    }
    if (tree_.size() < about_.tree_size && !broken_)
        broken_ = {last_fit_, about_.tree_size};
    const auto first = std::to_string(about_.first_leaf), last = std::to_string(about_.tree_size - 1);
    to_.judge(tree_.size() == about_.tree_size,
              std::to_string(about_.tree_size - about_.first_leaf) + " events, places " + first + " to " + last,
              "the pack should hold the events up to place " + last + " and ends with " +
                  std::to_string(static_cast<std::int64_t>(tree_.size()) - 1));
    to_.judge(!broken_, "they are, in this order, what the signed checkpoints were made of",
              broken_ ? "an event between places " + std::to_string(broken_->first) + " and " +
                            std::to_string(broken_->second - 1) +
                            " is not what was sealed there: it was changed, moved, inserted or deleted"
                      : "");
    if (!disclosures.empty())
        to_.bad("names/disclosures.ndjson goes on behind the last event");
}

void pack_verifier::compare_roots()
{
    const auto size = tree_.size();
    for (; next_inside_ < inside_.size() && inside_[next_inside_].state.size <= size; ++next_inside_) {
        if (inside_[next_inside_].state.size < size)
            continue;
        if (inside_[next_inside_].state.root == tree_.root())
            last_fit_ = size;
        else if (!broken_)
            broken_ = {last_fit_, size};
    }
    if (outside_.compare(size, tree_, last_fit_))
        last_fit_ = size;
}

void pack_verifier::take_event(std::string_view line, std::string_view& disclosures)
{
    const auto place = tree_.size() - 1;
    const auto mine = disclosures_of(disclosures, static_cast<std::int64_t>(place));
    if (line.empty()) {
        constexpr std::uint64_t shown_max = 5;
        if (++missing_ <= shown_max)
            to_.bad("the event at place " + std::to_string(place) + " is missing: it was deleted from the database");
        return;
    }
    auto& event = event_;
    if (!event.read(line) || !event.integer("audit_id") || event.raw("event_type").empty()) {
        to_.bad("the event at place " + std::to_string(place) + " is not of the form that FORMAT.md describes");
        return;
    }
    check_time(event, place);
    if (place < aged_size_)
        aged_id_ = std::max(aged_id_, *event.integer("audit_id"));
    const auto opened = judge_disclosures(event, mine, static_cast<std::int64_t>(place), to_);
    if (disclosures_ && !opened.hidden.empty())
        not_opened_.push_back(
            {event.integer("job_id").value_or(-1), event.integer("audit_id").value_or(-1), opened.hidden});
    told_->take(static_cast<std::int64_t>(place), event, line, opened.lines);
}

void pack_verifier::check_time(const flat_line& event, std::uint64_t place)
{
    // Written within an hour of the checkpoints between which it was sealed: else it was written for another time.
    while (place >= bound_end_) {
        earliest_ = next_bound_ == 0 ? "" : shifted(bounds_[next_bound_ - 1]->sealed_at, -hour);
        const bool last = next_bound_ == bounds_.size();
        latest_ = last ? "9999" : shifted(bounds_[next_bound_]->sealed_at, hour);
        bound_end_ = last ? UINT64_MAX : bounds_[next_bound_++]->size;
    }
    const auto at = event.raw("recorded_at");
    if (at < earliest_ || at > latest_)
        to_.bad("the event at place " + std::to_string(place) + " says " + std::string(at) +
                ", but was sealed at another time");
}

void pack_verifier::check_unsealed()
{
    const mapped_file file(folder_ / pack_file::unsealed);
    const auto late = shifted(about_.exported_at, -patience), future = shifted(about_.exported_at, minute);
    std::string_view rest = file.text();
    std::int64_t count = 0;
    flat_line event;
    for (std::string_view line; take_line(rest, line); ++count) {
        if (!event.read(line))
            throw unreadable("unsealed.ndjson is not of the form that FORMAT.md describes");
        told_->take_erasure(event);
        const auto id = event.integer("audit_id").value_or(0);
        const auto at = event.raw("recorded_at");
        // What the database says of that, or what was sealed long before: a greater id than this one.
        const auto settled = std::max(about_.settled_id, aged_id_);
        if (id <= settled)
            to_.bad("event " + std::to_string(id) + " is not sealed, though all events up to " +
                    std::to_string(settled) + " were: it was written into the database afterwards");
        else if (at < late || at > future)
            to_.bad("event " + std::to_string(id) + " of " + std::string(at) +
                    " is not sealed: the sealer was down, or the event was written past it");
    }
    if (count > 0)
        to_.note(std::to_string(count) +
                 " events are not sealed; nothing is proven of them, and none is in the tables");
    else
        to_.ok("no event in the database is unsealed");
}

void pack_verifier::check_names()
{
    if (!disclosures_)
        return;
    std::vector<std::int64_t> unexplained;
    for (const auto& [job, event, letters] : not_opened_)
        if (!told_->erased(job, event, letters))
            unexplained.push_back(event);
    to_.judge(unexplained.empty(),
              "names fit what the events commit to; " + std::to_string(not_opened_.size()) +
                  " events have some that were erased, each named by an event identity_erased",
              std::to_string(unexplained.size()) +
                  " events have names missing, and no event identity_erased says so, such as event " +
                  std::to_string(unexplained.empty() ? 0 : unexplained.front()));
}

void pack_verifier::check_stories()
{
    const auto gaps = told_->with_gaps(), bare = told_->without_approval_or_intent();
    to_.judge(gaps.empty(), "the stories of " + std::to_string(told_->jobs()) + " jobs have no gap",
              "events are missing in the stories of jobs " + listed(gaps));
    to_.judge(bare.empty(), "each removal has its approval and its intent before it",
              "removals at these places have no approval or no intent in the log: " + listed(bare));
}

void pack_verifier::check_population()
{
    const auto found = static_cast<std::int64_t>(told_->population().size());
    to_.judge(about_.population == found,
              "the population is " + std::to_string(about_.population) + " removals from " + about_.from + " up to " +
                  about_.to + ": as many as the log holds",
              "the manifest says " + std::to_string(about_.population) + " removals, the log holds " +
                  std::to_string(found));
    check_tables(pack_file::removals, pack_file::named_removals, all(), {});
    if (about_.sample_size > 0)
        check_tables(pack_file::sample, pack_file::named_sample, sample(), sample_columns());
}

std::vector<pack_verifier::drawn_removal> pack_verifier::all() const
{
    std::vector<drawn_removal> out;
    for (const auto& one : told_->population())
        out.push_back({{}, &one});
    return out;
}

std::vector<pack_verifier::drawn_removal> pack_verifier::sample() const
{
    std::vector<std::pair<std::string, const found_removal*>> by_draw;
    for (const auto& one : told_->population())
        by_draw.emplace_back(draw(about_.sample_seed, std::to_string(one.place)), &one);
    const auto size = std::min(by_draw.size(), static_cast<std::size_t>(about_.sample_size));
    std::partial_sort(by_draw.begin(), by_draw.begin() + static_cast<std::ptrdiff_t>(size), by_draw.end());
    std::vector<drawn_removal> out;
    for (std::size_t n = 0; n < size; ++n)
        out.push_back({{std::to_string(n + 1), by_draw[n].first}, by_draw[n].second});
    return out;
}

void pack_verifier::check_tables(std::string_view plain, std::string_view named, const std::vector<drawn_removal>& rows,
                                 const std::vector<std::string>& first_columns)
{
    if (!has(plain))
        to_.bad(std::string(plain) + " is missing");
    std::list<table_check> tables;
    for (const auto& [name, which] : {std::pair(plain, names::left_out), std::pair(named, names::shown)})
        if (has(name) && (which == names::left_out || disclosures_))
            tables.emplace_back(folder_, name, which).take(csv_head(which, first_columns), " has other columns");
    for (std::size_t n = 0; n < rows.size(); ++n) {
        const auto row = told_->row(*rows[n].removal);
        for (auto& table : tables)
            table.take(csv_line(row, table.which(), rows[n].first), ", row " + std::to_string(n + 1) +
                                                                        ", is not what the events say (job " +
                                                                        std::to_string(rows[n].removal->job) + ")");
    }
    for (auto& table : tables)
        to_.judge(table.wrong().empty() && table.at_end(),
                  table.name() + ": " + std::to_string(rows.size()) + " rows, each as the events say",
                  table.name() + (table.wrong().empty() ? " has rows too many" : table.wrong()));
}

}  // namespace reclaim::worker::evidence
