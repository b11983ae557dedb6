#pragma once
// One connection of the server, from the handshake to the last answer. It lives in its own coroutine and serves one
// request at a time, in order, from one flat buffer.
#include "common/http/alarm.hpp"
#include "common/http/channel.hpp"
#include "common/http/header_scan.hpp"
#include "common/http/read_buffer.hpp"
#include "common/http/server.hpp"
#include "common/http/wire.hpp"

#include <optional>
#include <string>

namespace reclaim::http {

// What every connection of a server shares.
struct server_core {
    server_options options;
    head_limits limits;
    handler answer;
    alarm_clock alarms;
    std::shared_ptr<tls_context> tls;  // nothing: plain
    bool stopping = false;
};

class connection {
public:
    enum class admission { served, surplus };  // surplus: beyond connections_max, told so and closed

    connection(server_core& core, asio::ip::tcp::socket accepted, admission as);

    asio::awaitable<void> run();
    // The server stops: an idle connection ends now, one with a request in progress after its answer.
    void stop();

private:
    enum class arrival { bytes, end, late, broken };

    asio::awaitable<void> serve();
    asio::awaitable<bool> answer_next();
    asio::awaitable<arrival> wait_for_request();
    asio::awaitable<arrival> fill();
    asio::awaitable<std::optional<request_head>> read_head();
    asio::awaitable<bool> read_body(const request_head& head);
    asio::awaitable<response> ask_handler(request read);
    asio::awaitable<void> refuse(refusal because);
    asio::awaitable<void> refuse_missing(arrival how, std::string_view late_why);
    asio::awaitable<bool> send(const response& answer, after then, answer_body body);

    server_core& core_;
    channel channel_;
    admission admission_;
    std::string peer_;
    std::vector<std::string> client_names_;
    read_buffer in_;
    std::string out_;
    alarm alarm_;
    std::size_t served_ = 0;
    std::size_t piled_up_ = 0;      // requests in a row that were waiting already when the one before was answered
    bool idle_ = false;             // nothing of a request has come: may be ended at any time
    bool worth_finishing_ = false;  // something was written that the peer should still be able to read
};

}  // namespace reclaim::http
