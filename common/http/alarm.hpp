#pragma once
// Deadlines for many connections on one timer. Setting an alarm later than it was, which a busy connection does several
// times per request, only stores a number; a timer per wait would cost two queue operations and a handler each time.
#include "common/async/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>

namespace reclaim::http {

namespace asio = boost::asio;
using async::steady;

class alarm;

class alarm_clock {
public:
    explicit alarm_clock(asio::any_io_executor executor);

private:
    friend class alarm;
    // By the time of the next look at the alarm: never after its deadline, often before.
    using schedule = std::multimap<steady::time_point, alarm*>;
    struct state;

    std::shared_ptr<state> state_;
};

class alarm {
public:
    // ring is called from the event loop and must only cancel what its owner waits for. It is repeated until set() or
    // clear(), because a cancel that falls between two steps of a composed operation (a handshake, a long write) is
    // lost.
    alarm(alarm_clock& clock, std::function<void()> ring);
    ~alarm();
    alarm(const alarm&) = delete;
    alarm& operator=(const alarm&) = delete;

    void set(steady::time_point deadline);
    void clear();
    // The deadline passed. Look here before each wait: the ring may have come while nothing was being waited for.
    bool rang() const { return rang_; }

private:
    friend class alarm_clock;
    void schedule_at(steady::time_point when);
    void unschedule();

    std::shared_ptr<alarm_clock::state> clock_;
    std::function<void()> ring_;
    steady::time_point deadline_ = steady::time_point::max();
    alarm_clock::schedule::iterator place_;
    bool scheduled_ = false;
    bool rang_ = false;
};

}  // namespace reclaim::http
