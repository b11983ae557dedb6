#include "worker/delivery/callback_policy.hpp"

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

TEST_CASE("whose address is judged when connecting: every name of a payload, unless the configuration lets it in")
{
    const named_endpoint named[] = {{"portal", "https://portal.example/", secrets}};
    const allowed_host allowed[] = {{"hooks.example.com", secrets},
                                    {"*.partner.example", secrets},
                                    {"10.0.0.7", secrets},
                                    {"hooks.corp.internal", secrets},
                                    {"split.example.com", secrets, message_format::plain, true},
                                    {"*.split.example.com", secrets, message_format::standard, true}};
    const callback_policy policy(named, allowed);
    CHECK(policy.by_name("portal")->allowed == reach::any_address);
    CHECK(policy.by_url("https://hooks.example.com/")->allowed == reach::public_addresses);
    CHECK(policy.by_url("https://eu.partner.example/")->allowed == reach::public_addresses);
    CHECK(policy.by_url("https://10.0.0.7/")->allowed == reach::any_address);
    CHECK(policy.by_url("https://hooks.corp.internal/")->allowed == reach::any_address);
    CHECK(policy.by_url("https://split.example.com/")->allowed == reach::any_address);
    CHECK(policy.by_url("https://a.split.example.com/")->allowed == reach::any_address);
    CHECK(policy.by_url("https://split.example.com/")->format == message_format::plain);
    CHECK(policy.by_url("https://hooks.example.com/")->format == message_format::standard);
}

TEST_CASE("only Slack's form may go unsigned")
{
    const named_endpoint slack[] = {{"slack", "https://hooks.slack.com/services/T0/B0/x", {}, message_format::slack}};
    const auto to = callback_policy(slack, {}).by_name("slack");
    CHECK(to->keys == nullptr);
    CHECK(to->target == "/services/T0/B0/x");
    for (const auto format : {message_format::standard, message_format::plain}) {
        const named_endpoint unsigned_one[] = {{"portal", "https://portal.example/", {}, format}};
        CHECK_THROWS_WITH(callback_policy(unsigned_one, {}), Catch::Contains("no secret to sign with"));
    }
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
