#include "common/http/client.hpp"

#include <catch2/catch.hpp>

using reclaim::http::origin;

TEST_CASE("an origin is read from a URL, with the scheme's port and a base path without its last slash")
{
    const auto full = origin::parse("HTTPS://Vendor.Test:8443/api/v1/");
    REQUIRE(full.has_value());
    CHECK(*full == origin{origin::scheme::https, "vendor.test", "8443", "/api/v1"});
    CHECK(full->host_header() == "vendor.test:8443");

    const auto plain = origin::parse("http://127.0.0.1");
    REQUIRE(plain.has_value());
    CHECK(*plain == origin{origin::scheme::http, "127.0.0.1", "80", ""});
    CHECK(plain->host_header() == "127.0.0.1");

    const auto six = origin::parse("https://[::1]:444/");
    REQUIRE(six.has_value());
    CHECK(*six == origin{origin::scheme::https, "::1", "444", ""});
    CHECK(six->host_header() == "[::1]:444");
    CHECK(origin::parse("https://a.test:443")->host_header() == "a.test");
}

TEST_CASE("a URL that could be read in two ways, or says more than where to connect, is refused with the reason")
{
    const std::vector<std::pair<std::string, std::string>> refused{
        {"", "not a URL"},
        {"vendor.test", "not a URL"},
        {"//vendor.test/", "not a URL"},
        {"https:vendor.test", "no host"},
        {"https:\\\\vendor.test", "not a URL"},
        {"https:///x", "host"},
        {"ftp://vendor.test", "scheme"},
        {"file:///etc/passwd", "scheme"},
        {"https://user@vendor.test", "user info"},
        {"https://user:pass@vendor.test", "user info"},
        {"https://vendor.test/?a=b", "query"},
        {"https://vendor.test/#a", "fragment"},
        {"https://vendor.test:0", "port"},
        {"https://vendor.test:65536", "port"},
        {"https://vendor.test:", "port"},
        {"https://vendor.test:x", "port"},
        {"https://vendor.test.", "host"},
        {"https://.vendor.test", "host"},
        {"https://vendor..test", "host"},
        {"https://ven%64or.test", "host"},
        {"https://127.1", "address"},
        {"https://2130706433", "address"},
        {"https://0x7f.1", "address"},
        {"https://a.0x7f", "address"},
        {"https://1.2.3.4.5", "host"},
        {"https://1.2.3.4.evil.test/", "host"},
        {"https://[::1]evil.test/", "host"},
        {"https://[fe80::1%25eth0]", ""},
        {"https://[v1.x]", ""},
        {"https://a b.test", "not a URL"},
        {"https://a.test/x y", "not a URL"},
        {"https://a.test\r\nX: y", "not a URL"},
        {"https://" + std::string(254, 'a'), "host"},
    };
    for (const auto& [url, why] : refused) {
        INFO(url);
        const auto parsed = origin::parse(url);
        REQUIRE_FALSE(parsed.has_value());
        CHECK_THAT(parsed.error(), Catch::Contains(why));
    }
}
