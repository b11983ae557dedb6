#pragma once
// What every request to a vendor passes before it is sent: how often, how many at once and about whom. The worker asks
// the database, for all workers together (worker/turns.hpp); a command that a person runs goes through the open one.
#include "common/async/deadline.hpp"
#include "worker/connectors/allowance.hpp"
#include "worker/connectors/call_limits.hpp"
#include "worker/connectors/text_template.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace reclaim::connectors {

// Leave to send one request now. Gives its place back when it goes.
class pass {
public:
    using steady = async::steady;
    pass() = default;  // no leave
    pass(steady::time_point send_by, steady::time_point end_by, std::function<void()> give_back)
        : send_by_(send_by),
          end_by_(end_by),
          give_back_(std::move(give_back))
    {}
    pass(pass&& other) noexcept { *this = std::move(other); }
    pass& operator=(pass&& other) noexcept
    {
        std::swap(send_by_, other.send_by_);
        std::swap(end_by_, other.end_by_);
        std::swap(give_back_, other.give_back_);
        return *this;
    }
    ~pass()
    {
        if (give_back_)
            give_back_();
    }

    // A request that is not under way by then needs another leave: this one was reckoned for now.
    bool good_at(steady::time_point now) const { return now <= send_by_; }
    // The request's latest end: then its place counts as free, whatever became of us.
    steady::time_point end_by() const { return end_by_; }

private:
    steady::time_point send_by_ = steady::time_point::min();
    steady::time_point end_by_ = steady::time_point::min();
    std::function<void()> give_back_;
};

struct no_room {
    bool person_busy = false;           // somebody else calls about the same person, and that is soon over
    std::chrono::milliseconds wait{0};  // until it makes sense to ask again
};

class turnstile {
public:
    virtual ~turnstile() = default;

    // Whether begin() says anything but yes at this moment.
    virtual bool limited() const { return false; }
    // May a job about this person begin with a call now? Answers at once; the leave is for its first request.
    virtual boost::asio::awaitable<std::variant<pass, no_room>> begin(const variables&,
                                                                      async::steady::time_point deadline)
    {
        co_return pass(deadline, deadline, {});
    }
    // The job that may not begin has been put back into the queue, to wait for its turn.
    virtual void put_back(const no_room&) {}
    // Leave for a request of a job that has begun: waits for its turn. Nothing when none came up before the deadline.
    virtual boost::asio::awaitable<std::optional<pass>> enter(const variables&, async::steady::time_point deadline)
    {
        co_return pass(deadline, deadline, {});
    }
    // The vendor says that little is left of what it allows.
    virtual void slow_down(const slowdown&) {}
    // How a call about a seat went: not well without an answer, or with one of 5xx. `why` is for the circuit breaker.
    virtual void heard(bool, const std::string&) {}

    static turnstile& open();
};

}  // namespace reclaim::connectors
