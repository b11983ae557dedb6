#include "worker/commands/read_only_wire.hpp"

#include "tests/support/run_coroutine.hpp"

#include <catch2/catch.hpp>

using namespace reclaim;
using worker::commands::read_only_wire;

namespace {

struct vendor {
    std::vector<std::string> heard;
    connectors::exchange speak()
    {
        return [this](http::origin, http::request what,
                      async::steady::time_point) -> connectors::asio::awaitable<result<http::response, http::failure>> {
            heard.push_back(what.method + " " + what.target);
            co_return http::response{200, {}, "{}"};
        };
    }
};

bool is_sent(const connectors::exchange& by, std::string method, std::string target, std::string body = "")
{
    http::request what{
        std::move(method), std::move(target), {{"Authorization", "SSWS s3cret"}, {"Accept", "x"}}, std::move(body)};
    const auto to = *http::origin::parse("https://vendor.example/base");
    bool sent = false;
    testing::run([&]() -> boost::asio::awaitable<void> {
        const auto got = co_await by(to, std::move(what), async::steady::now() + std::chrono::seconds(1));
        sent = got.has_value();
    });
    return sent;
}

}  // namespace

TEST_CASE("a sample's removal is caught and never sent, whatever its method")
{
    vendor okta;
    read_only_wire wire;
    const auto way = wire.around(okta.speak());
    CHECK(is_sent(way, "GET", "/users/ada"));
    wire.hold_back();
    CHECK(is_sent(way, "GET", "/users/ada"));
    CHECK_FALSE(is_sent(way, "GET", "/users/ada/remove"));
    CHECK_FALSE(is_sent(way, "DELETE", "/users/ada"));
    CHECK(okta.heard == std::vector<std::string>{"GET /users/ada", "GET /users/ada"});
    CHECK(wire.first_caught()->what.target == "/users/ada/remove");
}

TEST_CASE("a read by POST passes again, and the same address with another body does not")
{
    vendor graph;
    read_only_wire wire;
    const auto way = wire.around(graph.speak());
    CHECK(is_sent(way, "POST", "/graphql", "query"));
    wire.hold_back();
    CHECK(is_sent(way, "POST", "/graphql", "query"));
    CHECK_FALSE(is_sent(way, "POST", "/graphql", "mutation"));
}

TEST_CASE("what is shown of a caught request leaves secrets out")
{
    vendor okta;
    read_only_wire wire;
    const auto way = wire.around(okta.speak());
    wire.hold_back();
    CHECK_FALSE(is_sent(way, "PATCH", "/users/ada", R"({"active":false})"));
    CHECK(describe(*wire.first_caught()) == "PATCH https://vendor.example/base/users/ada\nAuthorization: (left out)\n"
                                            "Accept: x\n\n{\"active\":false}");
}
