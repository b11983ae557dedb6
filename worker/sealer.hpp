#pragma once
// The sealer: gives every committed event a place in a Merkle tree and signs the tree about once a second, with a key
// that is not in the database. It never touches the path of the jobs. Any number may run; the one that holds the lock
// is active, the others ask for it once a second. When what it signed before is not in the database any more, it signs
// nothing until a person has looked.
#include "common/async/wakeup.hpp"
#include "common/http/server.hpp"
#include "common/metrics/registry.hpp"
#include "common/queue/audit_log.hpp"
#include "worker/evidence/checkpoint_file.hpp"
#include "worker/evidence/settled.hpp"
#include "worker/seal_config.hpp"

namespace reclaim::worker {

namespace asio = boost::asio;
using async::steady;

class sealer {
public:
    // The settings outlive the sealer. Throws setup_error when the key or the checkpoint file is not good.
    sealer(asio::any_io_executor executor, const seal_options& settings);

    asio::awaitable<void> run();  // until stop(); throws setup_error when the log was cut or rewritten
    void stop();

private:
    asio::awaitable<bool> take_over();
    asio::awaitable<void> catch_up_file(std::int64_t size);
    asio::awaitable<bool> pass();  // true when there is more
    asio::awaitable<void> seal_events(const std::vector<queue::logged_event>& found, std::int64_t settled_id);
    void adopt(const std::optional<queue::seal>& last);

    const seal_options& settings_;
    evidence::signing_key key_;
    std::vector<evidence::verifier_key> known_keys_;  // its own and its predecessors'
    evidence::checkpoint_file file_;
    queue::audit_log log_;
    metrics::registry registry_;
    metrics::gauge active_gauge_, unsealed_seconds_, tree_size_;
    metrics::counter sealed_;
    http::server ops_;
    async::wakeup stopped_;
    bool stopping_ = false;
    bool active_ = false;
    evidence::frontier tree_;
    evidence::settled settled_{0};
};

}  // namespace reclaim::worker
