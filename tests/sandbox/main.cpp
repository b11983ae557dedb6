#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "server.hpp"

namespace {

namespace asio = boost::asio;

struct options {
    std::string listen = "127.0.0.1:0";
    std::string log;
    std::string cert;
    std::string key;
    std::string config;
    std::uint64_t seed = 1;
};

asio::ip::tcp::endpoint parse_endpoint(const std::string& text)
{
    const auto colon = text.rfind(':');
    if (colon == std::string::npos)
        throw std::invalid_argument{"--listen wants ADDRESS:PORT"};
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    const int port = std::stoi(text.substr(colon + 1));
    if (port < 0 || port > 65535)
        throw std::invalid_argument{"--listen: no such port"};
    return {asio::ip::make_address(host), static_cast<unsigned short>(port)};
}

void configure_from(const std::string& path, sandbox::world& w)
{
    std::ifstream file{path};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    sandbox::json::document config;
    if (!file || !sandbox::json::parse(config, text))
        throw std::invalid_argument{path + " is not a JSON file"};
    w.configure(config);
}

int run(const options& o)
{
    asio::io_context io{1};
    sandbox::world world{o.log, o.seed};
    if (!o.config.empty())
        configure_from(o.config, world);
    sandbox::server server{io, parse_endpoint(o.listen), world};
    if (!o.cert.empty())
        server.use_tls(o.cert, o.key);
    asio::signal_set signals{io, SIGTERM, SIGINT};
    signals.async_wait([&](const boost::system::error_code& ec, int) {
        if (!ec)
            server.stop();
    });
    server.start();
    std::printf("sandbox listening on %s\n", server.url().c_str());
    std::fflush(stdout);
    io.run();
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv)
{
    options o;
    CLI::App app{
        "A strict stand-in of the vendors Reclaim talks to, with faults on demand and a log of every request."};
    app.add_option("--listen", o.listen, "address and port; port 0 takes a free one");
    app.add_option("--log", o.log, "NDJSON file, one line per request; appended to")->required();
    auto* cert = app.add_option("--tls-cert", o.cert, "PEM certificate chain; serves https");
    auto* key = app.add_option("--tls-key", o.key, "PEM key");
    cert->needs(key);
    key->needs(cert);
    app.add_option("--config", o.config, "credentials and fixtures, the body of PUT /_sandbox/config");
    app.add_option("--seed", o.seed, "for the faults' dice and generated ids");
    CLI11_PARSE(app, argc, argv);
    try {
        return run(o);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "reclaim-sandbox: %s\n", e.what());
        return EXIT_FAILURE;
    }
}
