#pragma once
// The kept-alive connections of one origin. A slot is the right to hold one open connection; whoever finds none free
// waits in line. A slot that goes out of scope gives its right back, whatever ended its owner, so the count cannot
// drift.
#include "common/async/deadline.hpp"
#include "common/http/channel.hpp"
#include "common/http/read_buffer.hpp"

#include <deque>
#include <list>
#include <memory>
#include <optional>

namespace reclaim::http {

class pool : public std::enable_shared_from_this<pool> {
public:
    pool(std::size_t connections_max, async::steady::duration idle_max)
        : connections_max_(connections_max),
          idle_max_(idle_max)
    {}

    class slot {
    public:
        slot(slot&& other) noexcept = default;
        slot& operator=(slot&&) = delete;
        ~slot();

        std::unique_ptr<channel> connection;  // nothing yet: the owner connects

        // Gives a connection that is fit for another request to the next in line, or to the idle ones.
        void keep();

    private:
        friend class pool;
        explicit slot(std::shared_ptr<pool> from) : from_(std::move(from)) {}

        std::shared_ptr<pool> from_;
    };

    // First come, first served; nothing when the deadline comes first.
    asio::awaitable<std::optional<slot>> acquire(async::steady::time_point deadline);
    // Closes the idle connections; those in use are closed when they come back.
    void close();

private:
    struct idle_connection {
        std::unique_ptr<channel> connection;
        async::steady::time_point since;
    };
    struct waiter {
        asio::steady_timer timer;
        std::optional<slot> granted;
    };

    std::unique_ptr<channel> take_idle();
    void drop_old();
    void give_back(std::unique_ptr<channel> fit);

    std::size_t connections_max_;
    async::steady::duration idle_max_;
    bool closed_ = false;
    std::size_t open_ = 0;              // slots out plus idle connections
    std::deque<idle_connection> idle_;  // oldest in front, the newest is used first so that surplus ones grow old
    std::list<waiter*> line_;
};

}  // namespace reclaim::http
