// Real TLS on loopback: what the client trusts, what the server demands, and what a cut connection means.
#include "http_certificates.hpp"
#include "http_loop.hpp"

#include "common/base/error.hpp"
#include "common/http/client.hpp"
#include "common/http/server.hpp"

#include <boost/asio/ssl.hpp>
#include <catch2/catch.hpp>

using namespace http_test;
using namespace reclaim::http;
using kind = failure::kind;
namespace ssl = asio::ssl;

namespace {

asio::awaitable<response> accept_any(const server_request& asked)
{
    co_return response{202, {}, asked.message.body};
}

struct outcome {
    std::optional<response> got;
    std::optional<failure> failed;
};

asio::awaitable<outcome> post(client& with, origin to, std::chrono::milliseconds limit)
{
    auto result = co_await with.send(to, {"POST", "/", {}, "body"}, steady::now() + limit);
    if (result)
        co_return outcome{std::move(*result), std::nullopt};
    co_return outcome{std::nullopt, result.error()};
}

origin https_at(const std::string& host, std::uint16_t port)
{
    return {origin::scheme::https, host, std::to_string(port), ""};
}

struct tls_fixture {
    loop events;
    certificate_folder folder;
    identity authority{certificate_wish::for_authority()};
    std::string ca_file = folder.keep("ca", authority).certificate;

    // One request to a server with that certificate, by a client that trusts the authority.
    outcome meet(const identity& shown, const std::string& host = "localhost")
    {
        const auto files = folder.keep("server", shown);
        server_options options;
        options.tls_certificate_file = files.certificate;
        options.tls_key_file = files.key;
        return meet(options, ca_file, host);
    }

    outcome meet(const server_options& options, const std::optional<std::string>& trusted,
                 const std::string& host = "localhost")
    {
        server here(events.context.get_executor(), options, accept_any);
        here.start();
        client_options client_side;
        client_side.ca_file = trusted;
        client caller(events.context.get_executor(), client_side);
        auto out = events.run(post(caller, https_at(host, here.port()), 5s));
        caller.close();
        stop(here);
        return out;
    }

    void stop(server& running)
    {
        bool stopped = false;
        asio::co_spawn(events.context, running.stop(steady::now() + 5s), [&](std::exception_ptr) { stopped = true; });
        events.run_until([&] { return stopped; });
    }
};

const certificate_wish for_localhost = certificate_wish::for_names("DNS:localhost,IP:127.0.0.1");

enum class ending { in_order, cut };

// A TLS server that shows any certificate, speaks any version, and frames its one answer by the close.
scripted_server::script careless(certificate_folder::files files, int oldest, int newest, ending how)
{
    return [=](tcp::socket socket) -> asio::awaitable<void> {
        ssl::context context(ssl::context::tls_server);
        SSL_CTX_set_security_level(context.native_handle(), 0);
        SSL_CTX_set_min_proto_version(context.native_handle(), oldest);
        SSL_CTX_set_max_proto_version(context.native_handle(), newest);
        context.use_certificate_chain_file(files.certificate);
        context.use_private_key_file(files.key, ssl::context::pem);
        ssl::stream<tcp::socket> stream(std::move(socket), context);
        const auto [refused] = co_await stream.async_handshake(ssl::stream_base::server, as_values);
        if (refused)
            co_return;
        std::array<char, 4096> request;
        co_await stream.async_read_some(asio::buffer(request), as_values);
        const std::string answer = "HTTP/1.1 200 OK\r\n\r\npart";
        co_await asio::async_write(stream, asio::buffer(answer), as_values);
        if (how == ending::in_order)
            co_await stream.async_shutdown(as_values);
    };
}

// One request by a client that shows that certificate, and all that is heard.
asio::awaitable<std::string> ask_showing(std::uint16_t port, std::string ca, certificate_folder::files mine)
{
    ssl::context context(ssl::context::tls_client);
    context.load_verify_file(ca);
    context.use_certificate_chain_file(mine.certificate);
    context.use_private_key_file(mine.key, ssl::context::pem);
    ssl::stream<tcp::socket> stream(co_await dial(port), context);
    co_await stream.async_handshake(ssl::stream_base::client, asio::use_awaitable);
    const std::string request = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    co_await asio::async_write(stream, asio::buffer(request), asio::use_awaitable);
    std::string heard;
    const auto [error, count] = co_await asio::async_read(stream, asio::dynamic_buffer(heard), as_values);
    // In order: close_notify, not a mere end of the connection.
    co_return error == asio::error::eof ? heard : "cut: " + heard;
}

bool refused_before_sending(const outcome& seen)
{
    return seen.failed && seen.failed->what == kind::not_sent && seen.failed->why.find("TLS") != std::string::npos;
}

}  // namespace

TEST_CASE("a valid certificate for the right name or address is accepted")
{
    tls_fixture at;
    const identity good(for_localhost, &at.authority);
    CHECK(at.meet(good, "localhost").got->body == "body");
    CHECK(at.meet(good, "127.0.0.1").got->body == "body");
    CHECK(at.events.runs_dry());
}

TEST_CASE("every wrong certificate is refused before a byte of the request is sent")
{
    tls_fixture at;
    const auto with = [](auto change) {
        certificate_wish wish = for_localhost;
        change(wish);
        return wish;
    };
    CHECK(refused_before_sending(at.meet(identity(for_localhost))));  // self-signed
    const identity stranger(certificate_wish::for_authority());
    CHECK(refused_before_sending(at.meet(identity(for_localhost, &stranger))));  // wrong authority of the same name
    CHECK(refused_before_sending(at.meet(identity(with([](auto& w) { w.ends_in_seconds = -60; }), &at.authority))));
    CHECK(refused_before_sending(at.meet(identity(with([](auto& w) { w.starts_in_seconds = 600; }), &at.authority))));
    CHECK(refused_before_sending(
        at.meet(identity(with([](auto& w) { w.alternative_names = "DNS:other.test"; }), &at.authority))));
    CHECK(refused_before_sending(
        at.meet(identity(certificate_wish::named("localhost"), &at.authority))));  // name only in the CN
    CHECK(refused_before_sending(at.meet(identity(certificate_wish::named("127.0.0.1"), &at.authority), "127.0.0.1")));
    CHECK(refused_before_sending(
        at.meet(identity(with([](auto& w) { w.alternative_names = "DNS:127.0.0.1"; }), &at.authority), "127.0.0.1")));
    const identity plain(with([](auto& w) { w.common_name = "no authority"; }), &at.authority);
    CHECK(refused_before_sending(at.meet(identity(for_localhost, &plain))));  // signed by one that may not sign
}

TEST_CASE("without a CA file the system's roots decide, and they do not know the test authority")
{
    tls_fixture at;
    const auto files = at.folder.keep("server", identity(for_localhost, &at.authority));
    server_options options;
    options.tls_certificate_file = files.certificate;
    options.tls_key_file = files.key;
    CHECK(refused_before_sending(at.meet(options, std::nullopt)));
}

TEST_CASE("a weak certificate is neither trusted nor shown")
{
    tls_fixture at;
    certificate_wish short_key = for_localhost;
    short_key.rsa_bits = 1024;
    certificate_wish old_digest = for_localhost;
    old_digest.digest = EVP_sha1();
    for (const certificate_wish& weak : {short_key, old_digest}) {
        const auto files = at.folder.keep("weak", identity(weak, &at.authority));
        scripted_server vendor(at.events, {careless(files, TLS1_2_VERSION, TLS1_3_VERSION, ending::in_order)});
        client_options client_side;
        client_side.ca_file = at.ca_file;
        client caller(at.events.context.get_executor(), client_side);
        CHECK(refused_before_sending(at.events.run(post(caller, https_at("localhost", vendor.port()), 5s))));

        server_options options;
        options.tls_certificate_file = files.certificate;
        options.tls_key_file = files.key;
        CHECK_THROWS_AS(server(at.events.context.get_executor(), options, accept_any), reclaim::setup_error);
    }
}

TEST_CASE("a key that does not belong to the certificate, or a file that is none, stops the start and is named")
{
    tls_fixture at;
    const auto one = at.folder.keep("one", identity(for_localhost, &at.authority));
    const auto two = at.folder.keep("two", identity(for_localhost, &at.authority));
    server_options options;
    options.tls_certificate_file = one.certificate;
    options.tls_key_file = two.key;
    CHECK_THROWS_WITH(server(at.events.context.get_executor(), options, accept_any), Catch::Contains("two.key"));
    options.tls_certificate_file = one.key;
    CHECK_THROWS_WITH(server(at.events.context.get_executor(), options, accept_any), Catch::Contains("one.key"));
    client_options client_side;
    client_side.ca_file = "/nowhere/ca.pem";
    CHECK_THROWS_WITH(client(at.events.context.get_executor(), client_side), Catch::Contains("/nowhere/ca.pem"));
}

TEST_CASE("a server that asks for client certificates serves nobody without one")
{
    tls_fixture at;
    const auto files = at.folder.keep("server", identity(for_localhost, &at.authority));
    server_options options;
    options.tls_certificate_file = files.certificate;
    options.tls_key_file = files.key;
    options.tls_client_ca_file = at.ca_file;
    CHECK(at.meet(options, at.ca_file).failed);

    server here(at.events.context.get_executor(), options, accept_any);
    here.start();
    const auto own = at.folder.keep("client", identity(certificate_wish::named("a client"), &at.authority));
    CHECK(statuses(at.events.run(ask_showing(here.port(), at.ca_file, own))) == std::vector<unsigned>{202});
    at.stop(here);
}

TEST_CASE("the names of the certificate a client has shown reach the handler")
{
    tls_fixture at;
    const auto files = at.folder.keep("server", identity(for_localhost, &at.authority));
    server_options options;
    options.tls_certificate_file = files.certificate;
    options.tls_key_file = files.key;
    options.tls_client_ca_file = at.ca_file;
    server here(at.events.context.get_executor(), options,
                [](const server_request& asked) -> asio::awaitable<response> {
                    std::string names;
                    for (const auto& each : asked.client_names)
                        names += each + ";";
                    co_return response{200, {}, names};
                });
    here.start();
    const auto seen_of = [&](const certificate_wish& wish) {
        const auto mine = at.folder.keep("client", identity(wish, &at.authority));
        const auto heard = at.events.run(ask_showing(here.port(), at.ca_file, mine));
        return heard.substr(heard.find("\r\n\r\n") + 4);
    };
    CHECK(seen_of(certificate_wish::named("only a common name")) == "only a common name;");
    CHECK(seen_of(certificate_wish::for_names("DNS:a.example,URI:spiffe://b/c,IP:127.0.0.1")) ==
          "a.example;spiffe://b/c;");
    CHECK(seen_of(certificate_wish::for_names("IP:127.0.0.1")) == "reclaim test;");
    at.stop(here);
}

TEST_CASE("TLS 1.1 is spoken neither as client nor as server")
{
    tls_fixture at;
    const auto files = at.folder.keep("server", identity(for_localhost, &at.authority));
    scripted_server old(at.events, {careless(files, TLS1_VERSION, TLS1_1_VERSION, ending::in_order)});
    client_options client_side;
    client_side.ca_file = at.ca_file;
    client caller(at.events.context.get_executor(), client_side);
    CHECK(refused_before_sending(at.events.run(post(caller, https_at("localhost", old.port()), 5s))));

    server_options options;
    options.tls_certificate_file = files.certificate;
    options.tls_key_file = files.key;
    server here(at.events.context.get_executor(), options, accept_any);
    here.start();
    const auto old_client = [](std::uint16_t port) -> asio::awaitable<bool> {
        ssl::context context(ssl::context::tls_client);
        SSL_CTX_set_security_level(context.native_handle(), 0);
        SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_1_VERSION);
        ssl::stream<tcp::socket> stream(co_await dial(port), context);
        const auto [error] = co_await stream.async_handshake(ssl::stream_base::client, as_values);
        co_return !error;
    };
    CHECK_FALSE(at.events.run(old_client(here.port())));
    at.stop(here);
}

TEST_CASE("a TLS answer framed by the close counts only with close_notify; without it the answer may be cut")
{
    tls_fixture at;
    const auto files = at.folder.keep("server", identity(for_localhost, &at.authority));
    const auto answering = [&files](ending how) { return careless(files, TLS1_2_VERSION, TLS1_3_VERSION, how); };
    client_options client_side;
    client_side.ca_file = at.ca_file;
    client caller(at.events.context.get_executor(), client_side);
    scripted_server vendor(at.events, {answering(ending::in_order), answering(ending::cut)});
    CHECK(at.events.run(post(caller, https_at("localhost", vendor.port()), 5s)).got->body == "part");
    const auto cut = at.events.run(post(caller, https_at("localhost", vendor.port()), 5s));
    REQUIRE(cut.failed);
    CHECK(cut.failed->what == kind::unanswered);
}

TEST_CASE("a handshake that never ends is not_sent at the deadline, on the server's side closed at its own")
{
    tls_fixture at;
    const auto silent = [](tcp::socket socket) -> asio::awaitable<void> { co_await hear_all(socket); };
    scripted_server vendor(at.events, {silent});
    client caller(at.events.context.get_executor(), {});
    const auto began = steady::now();
    CHECK(refused_before_sending(at.events.run(post(caller, https_at("localhost", vendor.port()), 150ms))));
    CHECK(steady::now() - began < 3s);

    const auto files = at.folder.keep("server", identity(for_localhost, &at.authority));
    server_options options;
    options.tls_certificate_file = files.certificate;
    options.tls_key_file = files.key;
    options.header_time = 100ms;
    server here(at.events.context.get_executor(), options, accept_any);
    here.start();
    const auto mute = [](std::uint16_t port) -> asio::awaitable<std::string> {
        auto socket = co_await dial(port);
        co_return co_await hear_all(socket);
    };
    CHECK(at.events.run(mute(here.port())).empty());
    at.stop(here);
}

TEST_CASE("TLS connections are kept and used again, also for bodies of many records")
{
    tls_fixture at;
    const auto files = at.folder.keep("server", identity(for_localhost, &at.authority));
    server_options options;
    options.tls_certificate_file = files.certificate;
    options.tls_key_file = files.key;
    std::size_t accepted = 0;
    server here(at.events.context.get_executor(), options,
                [&](const server_request& asked) -> asio::awaitable<response> {
                    ++accepted;
                    co_return response{200, {}, asked.message.body + asked.message.body};
                });
    here.start();
    client_options client_side;
    client_side.ca_file = at.ca_file;
    client_side.connections_per_origin_max = 1;
    client caller(at.events.context.get_executor(), client_side);
    const auto many = [](client& with, origin to) -> asio::awaitable<std::size_t> {
        std::size_t right = 0;
        for (std::size_t i = 0; i < 50; ++i) {
            const std::string body(i * 1200, 'b');
            const auto result = co_await with.send(to, {"POST", "/", {}, body}, steady::now() + 5s);
            right += result && result->body == body + body;
        }
        co_return right;
    };
    CHECK(at.events.run(many(caller, https_at("localhost", here.port()))) == 50);
    CHECK(accepted == 50);
    caller.close();
    at.stop(here);
    CHECK(at.events.runs_dry());
}
