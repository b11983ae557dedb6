#include "worker/sealer.hpp"

#include "common/base/error.hpp"
#include "common/http/ops.hpp"
#include "common/log/logger.hpp"
#include "common/queue/event_line.hpp"

namespace reclaim::worker {
namespace {

using namespace std::chrono_literals;

constexpr int events_max = 20'000;  // of one checkpoint: some megabytes in memory

http::server_options ops_options(const seal_options& from)
{
    http::server_options out;
    out.address = from.ops_address;
    out.port = from.ops_port;
    out.connections_max = 32;
    return out;
}

// What no pause mends: it ends the program.
[[noreturn]] void refuse(const std::string& why)
{
    throw setup_error(
        why + ". Nothing is signed any more: docs/OPERATIONS.md, \"Backups\", tells what to do after a restore");
}

}  // namespace

sealer::sealer(asio::any_io_executor executor, const seal_options& settings)
    : settings_(settings),
      key_(evidence::signing_key::parse(settings_.key)),
      known_keys_(settings_.former_keys),
      file_(settings_.checkpoints_path),
      log_(executor, settings.database),
      active_gauge_(registry_.gauge("reclaim_worker_sealer_active", "1 for the sealer that holds the lock.")),
      unsealed_seconds_(
          registry_.gauge("reclaim_worker_unsealed_seconds", "Age of the oldest event not sealed, at the last look.")),
      tree_size_(registry_.gauge("reclaim_worker_tree_size", "Events sealed, ever.")),
      sealed_(registry_.counter("reclaim_worker_sealed_events_total", "Events sealed by this process.")),
      ops_(executor, ops_options(settings_),
           http::ops_handler(registry_,
                             [this] {
                                 return log_.up() ? http::readiness{true, ""}
                                                  : http::readiness{false, "the database does not answer"};
                             })),
      stopped_(executor)
{
    known_keys_.push_back(key_.verifier());
    file_.mend_and_read_last(known_keys_);
}

void sealer::stop()
{
    stopping_ = true;
    stopped_.notify();
}

asio::awaitable<void> sealer::run()
{
    ops_.start();
    log::info("sealer_started", {{"key", key_.verifier().text()}, {"ops_port", static_cast<int>(ops_.port())}});
    std::exception_ptr refused;
    while (!stopping_) {
        bool more = false;
        std::string why;
        try {
            if (!active_)
                active_ = co_await take_over();
            if (active_)
                more = co_await pass();
        } catch (const setup_error&) {
            refused = std::current_exception();
            stopping_ = true;
        } catch (const std::exception& e) {
            why = e.what();
        }
        if (!why.empty()) {
            // The lock goes with the connection; whoever has it next reads from the database where the log is sealed
            // to.
            active_ = false;
            log_.close();
            log::warn("seal_failed", {{"why", why}});
        }
        active_gauge_.set(active_ ? 1 : 0);
        if (!more && !stopping_)
            co_await stopped_.wait_until(steady::now() + settings_.every);
    }
    log_.close();
    co_await ops_.stop(steady::now() + 100ms);
    log::info("sealer_stopped", {{"tree_size", static_cast<std::int64_t>(tree_.size())}});
    if (refused)
        std::rethrow_exception(refused);
}

asio::awaitable<bool> sealer::take_over()
{
    if (!co_await log_.try_lock(steady::now() + 5s))
        co_return false;
    const auto last = co_await log_.last_seal(steady::now() + 5s);
    // Of what this process signed, and of what it finds in its file, nothing may be missing or different.
    if (tree_.size() > 0) {
        const auto then = co_await log_.seal_of(static_cast<std::int64_t>(tree_.size()), steady::now() + 5s);
        if (!then || then->root_hash != crypto::as_bytes(tree_.root()))
            refuse("the log was sealed up to event " + std::to_string(tree_.size()) +
                   ", and the database does not have that seal");
    }
    std::int64_t in_file = 0;
    if (const auto kept = file_.mend_and_read_last(known_keys_)) {
        const auto then = co_await log_.seal_of(static_cast<std::int64_t>(kept->size), steady::now() + 5s);
        if (!then || then->root_hash != crypto::as_bytes(kept->root))
            refuse("the checkpoint file ends with " + std::to_string(kept->size) + " events, sealed at " +
                   kept->sealed_at + ", and the database does not have that seal");
        in_file = static_cast<std::int64_t>(kept->size);
    }
    adopt(last);
    co_await catch_up_file(in_file);
    log::info("sealer_active", {{"tree_size", static_cast<std::int64_t>(tree_.size())}});
    co_return true;
}

void sealer::adopt(const std::optional<queue::seal>& last)
{
    if (!last) {
        tree_ = {};
        settled_ = evidence::settled(0);
        return;
    }
    const auto tree = evidence::frontier::restore(static_cast<std::uint64_t>(last->tree_size), last->frontier);
    const auto note = evidence::open_checkpoint(last->checkpoint, known_keys_);
    if (!tree || !note || note->size != tree->size() || note->root != tree->root())
        refuse("the last seal in the database, of " + std::to_string(last->tree_size) +
               " events, is not signed by the key of [seal] or one of its former_keys");
    tree_ = *tree;
    settled_ = evidence::settled(last->settled_id);
    tree_size_.set(static_cast<double>(tree_.size()));
}

asio::awaitable<void> sealer::catch_up_file(std::int64_t size)
{
    constexpr int at_once = 1000;
    while (true) {
        const auto missing = co_await log_.checkpoints_after(size, at_once, steady::now() + 5s);
        for (const auto& note : missing) {
            const auto open = evidence::open_checkpoint(note, known_keys_);
            if (!open)
                refuse("a seal in the database after " + std::to_string(size) +
                       " events is not signed by the key of [seal] or one of its former_keys");
            file_.append(note);
            size = static_cast<std::int64_t>(open->size);
        }
        if (static_cast<int>(missing.size()) < at_once)
            co_return;
    }
}

asio::awaitable<bool> sealer::pass()
{
    const auto from = settled_.next_start();
    const auto seen = co_await log_.look(from, steady::now() + 5s);
    bool complete = true;
    double oldest = 0;
    if (seen.waiting) {
        const auto found = co_await log_.unsealed(from, events_max, steady::now() + 60s);
        complete = static_cast<int>(found.size()) < events_max;
        for (const auto& event : found)
            oldest = std::max(oldest, static_cast<double>(seen.now - event.recorded_at) / 1e6);
        if (!found.empty())
            co_await seal_events(found, settled_.floor());
    }
    unsealed_seconds_.set(oldest);
    settled_.passed(seen.latest, seen.running, complete);
    co_return !complete;
}

asio::awaitable<void> sealer::seal_events(const std::vector<queue::logged_event>& found, std::int64_t settled_id)
{
    auto grown = tree_;
    std::vector<std::int64_t> ids;
    ids.reserve(found.size());
    for (const auto& event : found) {
        grown.append(evidence::leaf_hash(event.line));
        ids.push_back(event.audit_id);
    }
    const auto root = grown.root();
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    const auto since_2000 = now - std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);
    const auto note = key_.sign({key_.verifier().origin, grown.size(), root, queue::utc_text(since_2000.count())});
    const queue::seal made{static_cast<std::int64_t>(grown.size()), std::string(crypto::as_bytes(root)), grown.bytes(),
                           settled_id, note};
    // First the database: a checkpoint that has left must never be followed by another tree of the same size.
    co_await log_.record(ids, made, steady::now() + 60s);
    tree_ = std::move(grown);
    file_.append(note);
    sealed_.add(static_cast<double>(ids.size()));
    tree_size_.set(static_cast<double>(tree_.size()));
}

}  // namespace reclaim::worker
