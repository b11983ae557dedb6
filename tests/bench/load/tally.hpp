#pragma once
// What came of the requests: counts by status, latencies, and one line per request for whoever checks afterwards.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "approvals.hpp"

namespace load {

constexpr int no_answer = 0;  // in place of a status: the connection broke or the time was up

struct answered {
    std::int64_t sent_at_us = 0;  // epoch
    std::int64_t answered_at_us = 0;
    int status = no_answer;
};

class tally {
public:
    // log: a file to append to; empty: none.
    explicit tally(const std::string& log);

    void add(const request& what, const answered& how);

    // From the first request to the last answer, however many there were.
    std::string as_json() const;
    std::string as_text() const;
    bool every_one_accepted() const;

private:
    struct figures;
    figures sum() const;

    struct closed {
        void operator()(std::FILE* it) const { std::fclose(it); }
    };
    std::unique_ptr<std::FILE, closed> log_;
    std::map<int, std::uint64_t> statuses_;
    std::vector<std::uint32_t> latencies_us_;  // of answers alone
    std::int64_t first_us_ = 0, last_us_ = 0;
};

}  // namespace load
