#pragma once
// What an export reads of the log: one look, in one transaction that sees nothing that comes later, piece by piece,
// with the rights of an auditor.
#include "common/pg/connection.hpp"
#include "worker/evidence/disclosure.hpp"
#include "worker/evidence/removal_table.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reclaim::worker::commands {

namespace asio = boost::asio;

// Removals with from <= removed_at < to; both in microseconds since 2000.
struct period {
    std::int64_t from = 0;
    std::int64_t to = 0;
};

struct log_end {
    std::int64_t tree_size = 0;  // 0: never sealed
    std::int64_t settled_id = 0;
    std::string login;
};

// A state of the log that was sealed.
struct sealed_state {
    std::int64_t tree_size = 0;
    std::string frontier;
    std::string checkpoint;
};

struct population {
    std::int64_t count = 0;
    std::optional<std::int64_t> first_leaf;  // of the earliest event of any job in it
};

class export_log {
public:
    // Throws pg::connection_lost, and pg::error when the login may not read the log.
    static asio::awaitable<std::unique_ptr<export_log>> open(const std::string& conninfo);

    asio::awaitable<log_end> end();
    asio::awaitable<population> count(period of);
    // The last state sealed before `at` of at most that many leaves; nothing when there is none.
    asio::awaitable<std::optional<sealed_state>> sealed_before(std::int64_t at, std::int64_t leaves_max);
    // The last checkpoint of each hour from the one of that size on.
    asio::awaitable<std::vector<std::string>> hourly_checkpoints(std::int64_t from_size);

    // Of the leaves first .. last - 1. An event that is missing is an empty text.
    asio::awaitable<std::vector<std::string>> events(std::int64_t first, std::int64_t last);
    asio::awaitable<std::vector<evidence::disclosure>> disclosures(std::int64_t first, std::int64_t last);
    asio::awaitable<std::vector<evidence::removal_row>> removals(std::int64_t first, std::int64_t last, period of);

    asio::awaitable<std::vector<evidence::removal_row>> sample(std::int64_t size, const std::string& seed, period of);
    // The next events from that id on that no checkpoint covers; moves `from`. Empty: there are no more.
    asio::awaitable<std::vector<std::string>> unsealed(std::int64_t& from, std::int64_t tree_size);

    // Of one job: the places of its sealed events, the first state that covers a place, and its events without one.
    asio::awaitable<std::vector<std::uint64_t>> places(std::int64_t job);
    asio::awaitable<std::optional<sealed_state>> sealed_with(std::uint64_t place);
    asio::awaitable<std::vector<std::string>> unsealed_of(std::int64_t job, std::int64_t tree_size);

private:
    explicit export_log(std::unique_ptr<pg::connection> db) : db_(std::move(db)) {}
    asio::awaitable<pg::rows> ask(const pg::statement& what, pg::params with = {});

    std::unique_ptr<pg::connection> db_;
};

}  // namespace reclaim::worker::commands
