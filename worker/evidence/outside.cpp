#include "worker/evidence/outside.hpp"

#include "common/queue/event_line.hpp"
#include "worker/evidence/checkpoint_file.hpp"
#include "worker/evidence/mapped_file.hpp"

#include <algorithm>
#include <tuple>

namespace reclaim::worker::evidence {
namespace {

std::string named(const noted_checkpoint& one)
{
    return "your checkpoint of " + std::to_string(one.state.size) + " events, sealed " + one.state.sealed_at;
}

}  // namespace

std::vector<noted_checkpoint> read_checkpoints(const std::filesystem::path& path)
{
    const mapped_file file(path);
    std::vector<noted_checkpoint> out;
    for (auto& note : split_notes(file.text())) {
        const auto read = read_checkpoint(note);
        if (!read || !queue::parse_utc_text(read->sealed_at))
            throw unreadable("a checkpoint in " + path.string() + " is not of the form that FORMAT.md describes");
        out.push_back({*read, std::move(note)});
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
        return std::tie(a.state.size, a.note) < std::tie(b.state.size, b.note);
    });
    return out;
}

bool judge_outside(const noted_checkpoint& one, const std::vector<verifier_key>& keys, report& to,
                   const std::string& finding)
{
    if (!open_checkpoint(one.note, keys)) {
        to.bad("your checkpoint of " + std::to_string(one.state.size) +
               " events is not signed by the key given: wrong key, or a file of another log");
        return false;
    }
    if (!finding.empty())
        to.bad(finding);
    return true;
}

bool outside_checkpoints::compare(std::uint64_t size, const frontier& tree, std::uint64_t last_fit)
{
    bool any = false;
    for (; next_ < all_.size() && all_[next_].state.size <= size; ++next_) {
        const auto& one = all_[next_];
        if (one.state.size < size)
            continue;
        if (one.state.root == tree.root()) {
            any = true;
            ++fitting_;
            newest_fit_ = &one;
        } else if (!misfit_) {
            misfit_ = {&one, last_fit};
        }
    }
    return any;
}

void outside_checkpoints::look_for_cut(const manifest& pack)
{
    std::int64_t before = 0, after = 0;
    const noted_checkpoint* cut = nullptr;
    for (const auto& one : all_) {
        before += one.state.size < pack.first_leaf;
        if (one.state.size <= pack.tree_size)
            continue;
        if (one.state.sealed_at < pack.exported_at)
            cut = &one;
        else
            ++after;
    }
    if (cut)
        judge_outside(*cut, keys_, to_,
                      named(*cut) + ", is not in the log, which ends with " + std::to_string(pack.tree_size) +
                          ": it was cut, or set back to a backup");
    if (before > 0)
        to_.note(std::to_string(before) + " of your checkpoints are from before this pack begins: not compared");
    if (after > 0)
        to_.note(std::to_string(after) + " of your checkpoints are from after this export: not compared");
}

void outside_checkpoints::judge(const manifest& pack)
{
    if (all_.empty()) {
        to_.note(
            "not checked: whether the log was cut or set back, for want of checkpoints from elsewhere (--checkpoints)");
        return;
    }
    if (misfit_)
        judge_outside(*misfit_->first, keys_, to_,
                      named(*misfit_->first) + ", does not fit: the log was rewritten at or behind place " +
                          std::to_string(misfit_->second));
    look_for_cut(pack);
    if (!newest_fit_) {
        to_.note("none of your checkpoints is of a state in this pack: it rests on the signatures alone");
        return;
    }
    const auto& newest = newest_fit_->state;
    if (judge_outside(*newest_fit_, keys_, to_, ""))
        to_.ok(std::to_string(fitting_) + " of your checkpoints fit; up to place " + std::to_string(newest.size - 1) +
               ", sealed " + newest.sealed_at + ", nobody changed, removed or inserted an event since");
    if (newest.size < pack.tree_size)
        to_.note("places " + std::to_string(newest.size) + " to " + std::to_string(pack.tree_size - 1) +
                 " came after your newest checkpoint: they rest on the signature alone");
}

}  // namespace reclaim::worker::evidence
