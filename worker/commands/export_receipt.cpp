#include "worker/commands/export_receipt.hpp"

#include "common/base/error.hpp"
#include "worker/evidence/receipt.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <limits>

namespace reclaim::worker::commands {
namespace {

constexpr std::int64_t leaves_at_once = 5000;
constexpr std::int64_t whenever = std::numeric_limits<std::int64_t>::max();

void save(const std::string& path, const std::string& text)
{
    if (std::filesystem::exists(path))
        throw setup_error("--out " + path + " is there already: name a new file");
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file)
        throw setup_error("cannot write --out " + path + ": name a file in a folder that you may write to");
}

// The tree from a state before the job's first event to one behind its last: what lies between is read, and no more.
asio::awaitable<void> prove(export_log& log, const std::vector<std::uint64_t>& places, evidence::receipt& to)
{
    const auto start = co_await log.sealed_before(whenever, static_cast<std::int64_t>(places.front()));
    const auto end = co_await log.sealed_with(places.back());
    auto tree = start ? evidence::frontier::restore(static_cast<std::uint64_t>(start->tree_size), start->frontier)
                      : evidence::frontier();
    const auto signed_state = end ? evidence::read_checkpoint(end->checkpoint) : std::nullopt;
    if (!tree || !signed_state)
        throw setup_error("the seals of this log are damaged: export the whole period, and verify it to see where");
    const auto first = start ? start->tree_size : 0;
    evidence::proving_tree proving(std::move(*tree), places);
    for (auto from = first; from < end->tree_size; from += leaves_at_once) {
        const auto lines = co_await log.events(from, std::min(from + leaves_at_once, end->tree_size));
        for (const auto& line : lines) {
            if (std::binary_search(places.begin(), places.end(), proving.size()))
                to.events.push_back({line, {}});
            proving.append(evidence::leaf_hash(line));
        }
    }
    std::vector<evidence::inclusion> proofs;
    if (proving.finish(proofs) != signed_state->root)
        throw setup_error("the events between places " + std::to_string(first) + " and " +
                          std::to_string(end->tree_size - 1) +
                          " are not what was sealed there: export the whole period, and verify it to see more");
    for (std::size_t n = 0; n < proofs.size(); ++n)
        to.events[n].proof = std::move(proofs[n]);
    to.checkpoint = end->checkpoint;
}

}  // namespace

asio::awaitable<void> write_receipt(export_request what)
{
    evidence::receipt out;
    out.job = what.receipt_of;
    out.exported_at = utc_now();
    const auto log = co_await export_log::open(what.database);
    const auto end = co_await sealed_end(*log);
    const auto places = co_await log->places(what.receipt_of);
    if (places.empty())
        throw setup_error("--receipt " + std::to_string(what.receipt_of) +
                          ": no event of such a job is sealed. Jobs: select job_id, app, seat from reclaim.jobs");
    co_await prove(*log, places, out);
    for (const auto place : places)
        for (const auto& one :
             co_await log->disclosures(static_cast<std::int64_t>(place), static_cast<std::int64_t>(place) + 1))
            out.disclosures.push_back(evidence::line(one));
    out.unsealed = co_await log->unsealed_of(what.receipt_of, end.tree_size);
    save(what.out, out.text());
    std::cout << what.out << ": " << out.events.size() << " events of job " << out.job << '\n';
}

}  // namespace reclaim::worker::commands
