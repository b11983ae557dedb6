#include "common/http/tunnel.hpp"

#include "common/crypto/encoding.hpp"
#include "common/http/parser.hpp"
#include "common/http/read_buffer.hpp"

namespace reclaim::http {
namespace {

constexpr std::size_t answer_bytes_max = 16 * 1024;

std::string write_connect(const proxy& by, const origin& wanted)
{
    const std::string host = wanted.host.find(':') == wanted.host.npos ? wanted.host : "[" + wanted.host + "]";
    const std::string authority = host + ":" + wanted.port;
    std::string out = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (!by.user.empty())
        out += "Proxy-Authorization: Basic " + crypto::to_base64(by.user + ":" + std::string(by.password.reveal())) +
               "\r\n";
    return out + "\r\n";
}

std::string refusal(unsigned status)
{
    std::string out = "it answered " + std::to_string(status);
    if (status == 407)
        out += "; check user and password of [proxy]";
    else if (status == 403)
        out += "; it must be told to let this host through";
    return out;
}

}  // namespace

asio::awaitable<result<void>> open_tunnel(channel& to_proxy, const proxy& by, const origin& wanted)
{
    const std::string asked = write_connect(by, wanted);
    const auto sent = co_await to_proxy.write(asked);
    if (sent.error)
        co_return "sending to it broke off: " + sent.error.message();
    // An answer to CONNECT has no body that could be told from the tunnel, whatever its headers say.
    answer_parser parser(answer_bytes_max, answer_parser::body_rule::none);
    read_buffer arrived(answer_bytes_max);
    while (!parser.done()) {
        if (arrived.full())
            co_return std::string("its answer is too large");
        const auto got = co_await to_proxy.read_some(arrived.space());
        if (got.error)
            co_return "its answer broke off: " + got.error.message();
        arrived.commit(got.count);
        const auto taken = parser.feed(arrived.view());
        if (!taken)
            co_return "its answer is not acceptable: " + taken.error();
        arrived.consume(*taken);
    }
    const auto answer = parser.take();
    if (answer.status < 200 || answer.status > 299)
        co_return refusal(answer.status);
    // In TLS the client speaks first: what came before it is not from the origin.
    if (!arrived.empty())
        co_return std::string("it sent more than an answer");
    co_return result<void>{};
}

}  // namespace reclaim::http
