#include "worker/delivery/callback_policy.hpp"

#include "worker/delivery/special_address.hpp"

#include <catch2/catch.hpp>

namespace reclaim::delivery {

namespace {

const std::vector<secret> secrets{secret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")};

callback_policy make_policy()
{
    const named_endpoint named[] = {{"portal", "http://10.0.0.5:8080/hook/?a=b", secrets}};
    const allowed_host allowed[] = {{"hooks.example.com", secrets},
                                    {"other.example.com:8443", secrets},
                                    {"*.partner.example", secrets},
                                    {"127.0.0.1:9443", secrets}};
    return {named, allowed};
}

std::string where(const result<endpoint>& found)
{
    if (!found)
        return "refused: " + found.error();
    return (found->to.how == http::origin::scheme::https ? "https " : "http ") + found->to.host_header() + " " +
           found->target;
}

}  // namespace

TEST_CASE("an endpoint named in the configuration is used as it is written there")
{
    const auto policy = make_policy();
    CHECK(where(policy.by_name("portal")) == "http 10.0.0.5:8080 /hook/?a=b");
    CHECK_THAT(where(policy.by_name("other")), Catch::StartsWith("refused"));
}

TEST_CASE("a URL from a payload goes to allowed hosts and ports only")
{
    const auto policy = make_policy();
    CHECK(where(policy.by_url("https://hooks.example.com")) == "https hooks.example.com /");
    CHECK(where(policy.by_url("https://HOOKS.example.com:443/a/b/?c=d")) == "https hooks.example.com /a/b/?c=d");
    CHECK(where(policy.by_url("https://hooks.example.com?c=d")) == "https hooks.example.com /?c=d");
    CHECK(where(policy.by_url("https://other.example.com:8443/x")) == "https other.example.com:8443 /x");
    CHECK(where(policy.by_url("https://eu.partner.example/x")) == "https eu.partner.example /x");
    CHECK(where(policy.by_url("https://127.0.0.1:9443/x")) == "https 127.0.0.1:9443 /x");
    for (const auto* url :
         {"https://other.example.com/x", "https://hooks.example.com:22/", "https://hooks.example.com:5432/",
          "https://partner.example/", "https://evilpartner.example/", "https://hooks.example.com.evil.test/",
          "https://evil.test/hooks.example.com", "https://evil.test/?hooks.example.com", "https://evil.test",
          "https://127.0.0.1/", "https://127.0.0.2:9443/"}) {
        CAPTURE(url);
        CHECK_THAT(where(policy.by_url(url)), Catch::StartsWith("refused"));
    }
}

TEST_CASE("a URL of another form is refused")
{
    const auto policy = make_policy();
    for (const auto* url : {"",
                            "hooks.example.com",
                            "//hooks.example.com/",
                            "https:hooks.example.com",
                            "https:\\\\hooks.example.com\\",
                            "http://hooks.example.com/",
                            "file:///etc/passwd",
                            "gopher://hooks.example.com/",
                            "ftp://hooks.example.com/",
                            "https://user@hooks.example.com/",
                            "https://user:pass@hooks.example.com/",
                            "https://hooks.example.com@evil.test/",
                            "https://evil.test\\@hooks.example.com/",
                            "https://hooks.example.com/#x",
                            "https://hooks.example.com#@evil.test/",
                            "https://hooks.example.com/a b",
                            "https://hooks.example.com/a\r\nX: y",
                            "https://hooks.example.com:0/",
                            "https://hooks.example.com./",
                            "https://hooks.example.com:99999/",
                            "https:///x"}) {
        CAPTURE(url);
        CHECK_THAT(where(policy.by_url(url)), Catch::StartsWith("refused"));
    }
}

TEST_CASE("no wildcard covers an address or a name of the local network")
{
    const allowed_host wide[] = {{"*.10.in-addr.test", secrets}, {"*.corp.internal", secrets}};
    const callback_policy policy({}, wide);
    CHECK(where(policy.by_url("https://a.10.in-addr.test/")) == "https a.10.in-addr.test /");
    CHECK_THAT(where(policy.by_url("https://a.corp.internal/")), Catch::Contains("special"));
    for (const auto* host : {"127.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.0.0.1", "0.0.0.0", "[::]", "[::1]",
                             "localhost", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "169.254.169.254"}) {
        CAPTURE(host);
        CHECK_THAT(where(policy.by_url("https://" + std::string(host) + "/")), Catch::StartsWith("refused"));
    }
}

TEST_CASE("special addresses are known in all their spellings")
{
    for (const auto* address : {"0.0.0.0",
                                "10.1.2.3",
                                "100.64.0.1",
                                "100.127.255.255",
                                "127.0.0.1",
                                "169.254.169.254",
                                "172.16.0.1",
                                "172.31.255.255",
                                "192.0.0.192",
                                "192.0.2.1",
                                "192.168.1.1",
                                "198.18.0.1",
                                "198.19.255.255",
                                "198.51.100.1",
                                "203.0.113.1",
                                "224.0.0.1",
                                "240.0.0.1",
                                "255.255.255.255",
                                "::",
                                "::1",
                                "::ffff:127.0.0.1",
                                "::ffff:a9fe:a9fe",
                                "::ffff:8.8.8.8",
                                "::127.0.0.1",
                                "64:ff9b::7f00:1",
                                "2002:7f00:1::",
                                "2001:0::1",
                                "2001:1ff::1",
                                "2001:db8::1",
                                "3fff::1",
                                "fe80::1",
                                "fc00::1",
                                "fd00:ec2::254",
                                "fec0::1",
                                "ff02::1"}) {
        CAPTURE(address);
        CHECK(is_special(boost::asio::ip::make_address(address)));
        CHECK(is_special_host(address));
    }
    for (const auto* address :
         {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "128.0.0.1", "169.253.0.1",
          "172.15.0.1", "172.32.0.1", "192.0.1.1", "192.169.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255",
          "2606:4700::1111", "2a00:1450::1", "2001:200::1", "2001:4860::8888"}) {
        CAPTURE(address);
        CHECK_FALSE(is_special(boost::asio::ip::make_address(address)));
    }
    for (const auto* name :
         {"localhost", "db", "x.localhost", "printer.local", "metadata.google.internal", "nas.home.arpa"})
        CHECK(is_special_host(name));
    CHECK_FALSE(is_special_host("hooks.example.com"));
}

TEST_CASE("every mistake of the callback settings is reported at once")
{
    const named_endpoint named[] = {{"a", "ftp://x.example/", secrets}, {"b", "https://x.example/", {}}};
    const allowed_host allowed[] = {{"*.com", secrets}, {"https://x.example", secrets}, {"x.example/path", secrets}};
    try {
        const callback_policy policy(named, allowed);
        FAIL("the settings were accepted");
    } catch (const setup_error& e) {
        for (const auto* expected :
             {"endpoint \"a\"", "endpoint \"b\"", "\"*.com\"", "\"https://x.example\"", "\"x.example/path\""})
            CHECK_THAT(e.what(), Catch::Contains(expected));
    }
}

}  // namespace reclaim::delivery
