#include "common/http/connection.hpp"

#include "common/http/parser.hpp"
#include "common/log/logger.hpp"

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

namespace reclaim::http {

namespace {

// Nobody pipelines a hundred requests by accident; the work one segment can cause stays bounded.
constexpr std::size_t piled_up_max = 100;
constexpr std::chrono::seconds finish_time{1};
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

server_request to_server_request(request read, const std::string& peer, const std::vector<std::string>& client_names)
{
    server_request out{std::move(read), {}, {}, peer, client_names};
    const std::string_view target = out.message.target;
    const std::size_t mark = std::min(target.find('?'), target.size());
    out.path = target.substr(0, mark);
    if (mark < target.size())
        out.query = target.substr(mark + 1);
    return out;
}

}  // namespace

connection::connection(server_core& core, asio::ip::tcp::socket accepted, admission as)
    : core_(core),
      channel_(std::move(accepted)),
      admission_(as),
      peer_(channel_.peer().to_string()),
      in_(core.options.header_bytes_max + core.options.body_bytes_max + 1),
      alarm_(core.alarms, [this] { channel_.cancel(); })
{}

void connection::stop()
{
    if (idle_)
        channel_.cancel();
}

asio::awaitable<void> connection::run()
{
    co_await serve();
    if (worth_finishing_) {
        alarm_.set(steady::now() + finish_time);
        co_await channel_.finish();
    }
}

asio::awaitable<void> connection::serve()
{
    if (core_.tls) {
        idle_ = true;
        alarm_.set(steady::now() + core_.options.header_time);
        if (co_await channel_.secure(core_.tls, channel::side::server, {}))
            co_return;
        client_names_ = channel_.peer_names();
        idle_ = false;
    }
    if (admission_ == admission::surplus) {
        co_await refuse({503, "too many connections"});
        co_return;
    }
    while (co_await answer_next()) {
    }
}

// One request and its answer; false when the connection is to be closed.
asio::awaitable<bool> connection::answer_next()
{
    if (in_.empty()) {
        piled_up_ = 0;
        if (co_await wait_for_request() != arrival::bytes)
            co_return false;
    } else {
        ++piled_up_;
        // Others get their turn between two piled-up requests.
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    }

    const auto head = co_await read_head();
    if (!head || !co_await read_body(*head))
        co_return false;
    alarm_.clear();
    const std::size_t bytes = head->bytes + head->body_bytes;
    auto read = parse_request(in_.view().substr(0, bytes), head->fields, core_.options.body_bytes_max);
    if (!read) {
        co_await refuse({400, "the request is malformed"});
        co_return false;
    }
    in_.consume(bytes);

    const response answer = co_await ask_handler(std::move(*read));
    ++served_;
    const bool last = head->close || core_.stopping || served_ >= core_.options.requests_per_connection_max ||
                      piled_up_ + 1 >= piled_up_max;
    const bool sent = co_await send(answer, last ? after::close : after::keep,
                                    head->without_answer_body ? answer_body::omit : answer_body::send);
    co_return sent && !last;
}

asio::awaitable<connection::arrival> connection::wait_for_request()
{
    if (core_.stopping)
        co_return arrival::end;
    idle_ = true;
    alarm_.set(steady::now() + core_.options.idle_time);
    const auto how = co_await fill();
    idle_ = false;
    co_return how;
}

asio::awaitable<connection::arrival> connection::fill()
{
    if (alarm_.rang())
        co_return arrival::late;
    const auto got = co_await channel_.read_some(in_.space());
    if (!got.error) {
        in_.commit(got.count);
        co_return arrival::bytes;
    }
    if (alarm_.rang())
        co_return arrival::late;
    co_return got.error == asio::error::eof ? arrival::end : arrival::broken;
}

asio::awaitable<std::optional<request_head>> connection::read_head()
{
    alarm_.set(steady::now() + core_.options.header_time);
    std::size_t checked = 0;
    auto end = find_block_end(in_.view(), checked, core_.limits);
    while (end && *end == 0) {
        if (const auto how = co_await fill(); how != arrival::bytes) {
            co_await refuse_missing(how, "the request header did not arrive in time");
            co_return std::nullopt;
        }
        end = find_block_end(in_.view(), checked, core_.limits);
    }
    if (!end) {
        co_await refuse(end.error());
        co_return std::nullopt;
    }
    const auto head = scan_head(in_.view().substr(0, *end), core_.limits, core_.options.hosts);
    if (!head) {
        co_await refuse(head.error());
        co_return std::nullopt;
    }
    co_return *head;
}

asio::awaitable<bool> connection::read_body(const request_head& head)
{
    const std::size_t total = head.bytes + head.body_bytes;
    if (in_.view().size() >= total)
        co_return true;
    alarm_.set(steady::now() + core_.options.body_time);
    if (head.expects_continue && in_.view().size() == head.bytes) {
        const auto sent = co_await channel_.write(continue_line);
        if (sent.error)
            co_return false;
    }
    while (in_.view().size() < total) {
        if (const auto how = co_await fill(); how != arrival::bytes) {
            co_await refuse_missing(how, "the request body did not arrive in time");
            co_return false;
        }
    }
    co_return true;
}

asio::awaitable<response> connection::ask_handler(request read)
{
    const server_request asked = to_server_request(std::move(read), peer_, client_names_);
    try {
        co_return co_await core_.answer(asked);
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted && core_.stopping)
            throw;
        log::error("handler_failed", {{"path", asked.path}, {"why", e.what()}});
    } catch (const std::exception& e) {
        log::error("handler_failed", {{"path", asked.path}, {"why", e.what()}});
    }
    co_return problem(500, "Internal Server Error", "the request could not be handled");
}

asio::awaitable<void> connection::refuse(refusal because)
{
    alarm_.set(steady::now() + finish_time);
    http::headers extra;
    if (because.status == 503)
        extra.push_back({"Retry-After", "1"});
    co_await send(problem(because.status, reason(because.status), because.why, std::move(extra)), after::close,
                  answer_body::send);
}

// The peer stopped in the middle of a request. One that only closed its sending side can still read why.
asio::awaitable<void> connection::refuse_missing(arrival how, std::string_view late_why)
{
    if (how == arrival::late)
        co_await refuse({408, late_why});
    else if (how == arrival::end)
        co_await refuse({400, "the request ended early"});
}

asio::awaitable<bool> connection::send(const response& answer, after then, answer_body body)
{
    const auto now = std::chrono::system_clock::now();
    out_.clear();
    if (const auto encoded = append_answer(out_, answer, then, body, now); !encoded) {
        log::error("answer_not_sendable", {{"why", encoded.error()}});
        const auto instead = problem(500, "Internal Server Error", "the request could not be handled");
        (void)append_answer(out_, instead, then, body, now);
    }
    worth_finishing_ |= then == after::close;
    auto sent = channel_.write_now(out_);
    if (!sent.error && sent.count < out_.size()) {
        alarm_.set(steady::now() + core_.options.body_time);
        sent = co_await channel_.write(std::string_view(out_).substr(sent.count));
    }
    co_return !sent.error;
}

}  // namespace reclaim::http
