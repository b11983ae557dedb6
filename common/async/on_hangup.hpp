#pragma once
// SIGHUP: the secrets are to be read anew. Whatever is wrong with one of them, nothing changes then: a program goes on
// with what it has, and the log says what to mend.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>

namespace reclaim::async {

class on_hangup {
public:
    // `reload` throws what is wrong before it changes anything. It runs on the executor, from now on.
    on_hangup(boost::asio::any_io_executor executor, std::function<void()> reload);
    // Without it the loop has work for ever. From now on SIGHUP does nothing.
    void stop() { signals_.cancel(); }

private:
    void wait();

    boost::asio::signal_set signals_;
    std::function<void()> reload_;
};

}  // namespace reclaim::async
