#pragma once
// The interface of everything that can take a seat away. A connector makes one call per method and classifies its
// answer; the order (look, act, look) and what a crash means belong to the attempt.
#include "common/async/deadline.hpp"
#include "worker/connectors/outcome.hpp"
#include "worker/connectors/turnstile.hpp"

#include <map>
#include <string>

namespace reclaim::connectors {

// Whose seat where. Variables of the app's configuration and of the seat, e.g. app_id, subject, seat, email.
struct target {
    std::map<std::string, std::string, std::less<>> variables;
};

// Travels with every call as headers, so that the vendor's log can be matched with ours.
struct operation {
    std::string key;                       // stable over retries and workers
    long long fence = 0;                   // grows with every claim of the job
    std::shared_ptr<pass> turn = nullptr;  // leave for the first call, which takes it; not a header
};

class connector {
public:
    virtual ~connector() = default;

    // Reads whether the subject holds the seat. Answers held, already_absent, scheduled, still_present (inherited),
    // throttled, retry, denied, refused, not_sent or unknown.
    virtual boost::asio::awaitable<answer> look(const target& whose, const operation& by,
                                                async::steady::time_point deadline) = 0;
    // Sends the one call that removes; never repeats it. May look first, for what only a look can tell, and then
    // answers that look's outcome when it does not show the seat held. Answers any outcome but held.
    virtual boost::asio::awaitable<answer> remove(const target& whose, const operation& by,
                                                  async::steady::time_point deadline) = 0;
    // Whether restore() can be asked.
    virtual bool can_restore() const = 0;
    // Sends the one call that gives the seat back. `captured` is what the look before the removal saw, "" when nobody
    // knows. Never looks, never repeats. Answers removed for "done", and else what remove() does; held: it was there.
    virtual boost::asio::awaitable<answer> restore(const target& whose, std::string captured, const operation& by,
                                                   async::steady::time_point deadline) = 0;
    // Whether the vendor answers at all, by the one call that proves base URL and credential; nothing: it does, well.
    virtual boost::asio::awaitable<std::optional<outcome>> probe(async::steady::time_point deadline) = 0;
    // Proves base URL and credential, so that a later 404 can be believed. Empty: well; else what is wrong and the fix.
    virtual boost::asio::awaitable<std::string> health(async::steady::time_point deadline) = 0;
};

}  // namespace reclaim::connectors
