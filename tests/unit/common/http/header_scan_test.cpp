#include "common/http/header_scan.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace reclaim::http;

namespace {

const std::vector<std::string> any_host;

// What the two functions say together about the bytes of one header block: 0 accepted, -1 not complete, else the
// status.
int verdict(const std::string& bytes, const head_limits& limits = {}, const std::vector<std::string>& hosts = any_host)
{
    std::size_t checked = 0;
    const auto end = find_block_end(bytes, checked, limits);
    if (!end)
        return static_cast<int>(end.error().status);
    if (*end == 0)
        return -1;
    const auto head = scan_head(std::string_view(bytes).substr(0, *end), limits, hosts);
    return head ? 0 : static_cast<int>(head.error().status);
}

request_head accepted(const std::string& bytes)
{
    std::size_t checked = 0;
    const auto end = find_block_end(bytes, checked, {});
    REQUIRE(end.has_value());
    REQUIRE(*end != 0);
    const auto head = scan_head(std::string_view(bytes).substr(0, *end), {}, any_host);
    REQUIRE(head.has_value());
    return *head;
}

std::string post(const std::string& fields)
{
    return "POST /v1/webhooks/x HTTP/1.1\r\nHost: reclaim.test\r\n" + fields + "\r\n";
}

std::string get(const std::string& target)
{
    return "GET " + target + " HTTP/1.1\r\nHost: reclaim.test\r\n\r\n";
}

}  // namespace

TEST_CASE("a well-formed head tells where it ends and how long its body is")
{
    const std::string block = post("Content-Length: 12\r\nAccept: */*\r\n");
    const auto head = accepted(block + "hello, world and more");
    CHECK(head.bytes == block.size());
    CHECK(head.body_bytes == 12);
    CHECK(head.fields == 3);
    CHECK_FALSE(head.close);
    CHECK_FALSE(head.expects_continue);
    CHECK_FALSE(head.without_answer_body);
}

TEST_CASE("a GET needs no length and a HEAD is known to want no answer body")
{
    CHECK(accepted(get("/healthz")).body_bytes == 0);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n") == 0);
    CHECK(accepted("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").without_answer_body);
}

TEST_CASE("close is found in any Connection field, at any place of its list, in any case")
{
    CHECK(accepted(post("Content-Length: 0\r\nConnection: close\r\n")).close);
    CHECK(accepted(post("Content-Length: 0\r\nconnection: TE ,\tClose , x\r\n")).close);
    CHECK(accepted(post("Content-Length: 0\r\nConnection: x\r\nConnection: close\r\n")).close);
    CHECK_FALSE(accepted(post("Content-Length: 0\r\nConnection: closed, not-close,\r\n")).close);
    CHECK_FALSE(accepted(post("Content-Length: 0\r\nConnection: keep-alive\r\n")).close);
}

TEST_CASE("any Transfer-Encoding is refused: 400 where two readers could differ, 411 otherwise")
{
    CHECK(verdict(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(verdict(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")) == 400);
    CHECK(verdict(post("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n")) == 400);
    CHECK(verdict(post("Transfer-Encoding:\r\nContent-Length: 5\r\n")) == 400);
    CHECK(verdict(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(verdict(post("Transfer-Encoding : chunked\r\n")) == 400);
    CHECK(verdict(post("Transfer-Encoding:\r\n chunked\r\n")) == 400);
    CHECK(verdict(post("Transfer-Encoding:\x0b"
                       "chunked\r\n")) == 400);
    for (const std::string value : {"chunked", "identity", "xchunked", "chunked, gzip", "gzip, chunked", ""})
        CHECK(verdict(post("tRANSFER-eNCODING: " + value + "\r\n")) == 411);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n") == 411);
}

TEST_CASE("a Content-Length is one plain number within the bound")
{
    CHECK(verdict(post("Content-Length: 65536\r\n")) == 0);
    CHECK(verdict(post("Content-Length: \t 5 \t\r\n")) == 0);
    CHECK(verdict(post("Content-Length: 65537\r\n")) == 413);
    CHECK(verdict(post("Content-Length: 10000000000\r\n")) == 413);
    CHECK(verdict(post("Content-Length: 18446744073709551615\r\n")) == 413);
    CHECK(verdict(post("Content-Length: 18446744073709551616\r\n")) == 400);
    for (const std::string value :
         {"", "5, 5", "5,5", "+5", "-1", "0x5", "5 5", "5a", "\"5\"", "05", "00000000000000000005", "5.0", "1e3"})
        CHECK(verdict(post("Content-Length: " + value + "\r\n")) == 400);
    CHECK(verdict(post("Content-Length: 5\r\nContent-Length: 5\r\n")) == 400);
    CHECK(verdict(post("Content-Length: 5\r\nCONTENT-LENGTH: 6\r\n")) == 400);
    CHECK(verdict(post("")) == 411);
    CHECK(verdict("PUT / HTTP/1.1\r\nHost: h\r\n\r\n") == 411);
    CHECK(verdict("PATCH / HTTP/1.1\r\nHost: h\r\n\r\n") == 411);
    CHECK(verdict("DELETE / HTTP/1.1\r\nHost: h\r\n\r\n") == 0);
}

TEST_CASE("only HTTP/1.1 is spoken: other versions are 505, no version is 400")
{
    for (const std::string version : {"HTTP/1.0", "HTTP/2.0", "HTTP/1.9", "HTTP/0.9", "HTTP/3.0"})
        CHECK(verdict("POST / " + version + "\r\nHost: h\r\nContent-Length: 0\r\n\r\n") == 505);
    CHECK(verdict("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
    for (const std::string version :
         {"http/1.1", "HTTP/1.1x", "HTTP/1.", "HTTP/11", "HTTP/a.1", "HTTPS/1.1", "", "HTTP/01.1"})
        CHECK(verdict("GET / " + version + "\r\nHost: h\r\n\r\n") == 400);
    CHECK(verdict("GET /\r\n\r\n") == 400);
    CHECK(verdict("GET\r\n\r\n") == 400);
}

TEST_CASE("a request line is three parts with one blank between")
{
    CHECK(verdict("GET  / HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(verdict("GET /  HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(verdict("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(verdict("GET\t/\tHTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(verdict(" GET / HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(verdict("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(verdict("G(T / HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
}

TEST_CASE("an unknown method is 501, whatever its case or length")
{
    for (const std::string& method :
         {std::string("post"), std::string("BREW"), std::string("PRI"), std::string(1024, 'A')})
        CHECK(verdict(method + " / HTTP/1.1\r\nHost: h\r\n\r\n") == 501);
    for (const std::string method : {"OPTIONS", "TRACE", "CONNECT"})
        CHECK(verdict(method + " / HTTP/1.1\r\nHost: h\r\n\r\n") == 0);
}

TEST_CASE("a target is a percent-encoded path with an optional query")
{
    for (const std::string target : {"/", "/a/b?c=d&e=%20f", "//", "/..//%2e%2e/;x", "/a?b?c", "/~!$&'()*+,;=:@-._"})
        CHECK(verdict(get(target)) == 0);
    for (const std::string target : {"http://evil.test/", "evil.test:443", "*", "a", "?a", "/a#b", "/%", "/%2", "/%zz",
                                     "/a\"b", "/<a>", "/a\\b", "/\xc3\xa9", "/a|b", "/{a}"})
        CHECK(verdict(get(target)) == 400);
    CHECK(verdict(get("/" + std::string(1023, 'a'))) == 0);
    CHECK(verdict(get("/" + std::string(1024, 'a'))) == 414);
    CHECK(verdict(get("/" + std::string(9000, 'a'))) == 414);
}

TEST_CASE("lines end with CR LF, are not folded and hold no control character")
{
    CHECK(verdict("GET / HTTP/1.1\nHost: h\n\n") == 400);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: h\n\r\n") == 400);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: h\r\n\n") == 400);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: h\r\rX: y\r\n\r\n") == 400);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: h\r\n\r\r\n") == 400);
    CHECK(verdict(post("Content-Length: 0\r\nA: b\r\n c\r\n")) == 400);
    CHECK(verdict(post("Content-Length: 0\r\nA: b\r\n\tc\r\n")) == 400);
    CHECK(verdict("GET / HTTP/1.1\r\n Host: h\r\n\r\n") == 400);
    for (int c = 0; c < 256; ++c) {
        const bool allowed = c == '\t' || (c >= 0x20 && c != 0x7f);
        INFO("character " << c);
        CHECK(verdict(post("Content-Length: 0\r\nA: b" + std::string(1, static_cast<char>(c)) + "c\r\n")) ==
              (allowed ? 0 : 400));
    }
    CHECK(verdict("\x16\x03\x01\x02\x00\x01") == 400);
}

TEST_CASE("a field is a token, a colon and a value")
{
    for (const std::string field :
         {"Name : v", "Na me: v", ": v", "Na(me: v", "Na\xc3\xa9: v", "no colon", "\"a\": v", "a@b: v"})
        CHECK(verdict(post("Content-Length: 0\r\n" + field + "\r\n")) == 400);
    CHECK(verdict(post("Content-Length: 0\r\n!#$%&'*+-.^_`|~09az: \r\nX:y:z\r\n")) == 0);
}

TEST_CASE("header blocks have a bound in bytes and in fields")
{
    const auto filled = [](std::size_t size) {
        std::string block = post("Content-Length: 0\r\nA: \r\n");
        return block.insert(block.size() - 4, std::string(size - block.size(), 'a'));
    };
    CHECK(verdict(filled(8192)) == 0);
    CHECK(verdict(filled(8193)) == 431);
    CHECK(verdict(filled(8194)) == 431);
    CHECK(verdict(filled(20000)) == 431);
    std::string fields = "Content-Length: 0\r\n";
    for (int i = 0; i < 62; ++i)
        fields += "a:\r\n";
    CHECK(verdict(post(fields)) == 0);
    CHECK(verdict(post(fields + "a:\r\n")) == 431);
    for (int i = 0; i < 1900; ++i)
        fields += "a:\r\n";
    CHECK(verdict(post(fields)) == 431);
}

TEST_CASE("exactly one well-formed Host is required, and it must be one that is served")
{
    const auto host = [](const std::string& value, const std::vector<std::string>& hosts = any_host) {
        return verdict("GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n", {}, hosts);
    };
    CHECK(verdict("GET / HTTP/1.1\r\nAccept: x\r\n\r\n") == 400);
    CHECK(verdict("GET / HTTP/1.1\r\n\r\n") == 400);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n") == 400);
    for (const std::string good : {"a", "a.b-c.test", "a:1", "a:65535", "127.0.0.1:80", "[::1]", "[::1]:8443"})
        CHECK(host(good) == 0);
    for (const std::string bad : {"", "a:99999", "a:0", "a:", "a:x", "u@a", "u:p@a", "a b", "a,b", "[::1", "[::1]x",
                                  "[]", "a/b", "::1", "a\xc3\xa9"})
        CHECK(host(bad) == 400);

    const std::vector<std::string> served{"Reclaim.test", "::1"};
    CHECK(host("reclaim.TEST", served) == 0);
    CHECK(host("reclaim.test:8443", served) == 0);
    CHECK(host("[::1]:8443", served) == 0);
    for (const std::string other : {"other.test", "reclaim.test.", "xreclaim.test", "127.0.0.1"})
        CHECK(host(other, served) == 421);
}

TEST_CASE("100-continue is understood, other expectations are not")
{
    CHECK(accepted(post("Content-Length: 5\r\nExpect: 100-Continue\r\n")).expects_continue);
    CHECK(verdict(post("Content-Length: 5\r\nExpect: x\r\n")) == 417);
    CHECK(verdict(post("Content-Length: 5\r\nExpect: 100-continue\r\nExpect: x\r\n")) == 417);
    CHECK(verdict(post("Content-Length: 10000000000\r\nExpect: 100-continue\r\n")) == 413);
}

TEST_CASE("an upgrade is not noticed: the request is judged as HTTP/1.1")
{
    CHECK(
        verdict(post(
            "Content-Length: 0\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n")) ==
        0);
}

TEST_CASE("the verdict does not depend on how the bytes were cut")
{
    const std::vector<std::string> blocks{post("Content-Length: 12\r\nA: b\r\n"), "GET / HTTP/1.1\nHost: h\n\n",
                                          post("A: b\r\r\nC: d\r\n"), post("A: \x01\r\n"), std::string("\r\n\r\n")};
    for (const std::string& block : blocks) {
        std::size_t all_checked = 0;
        const auto at_once = find_block_end(block, all_checked, {});
        std::size_t checked = 0;
        for (std::size_t size = 1; size <= block.size(); ++size) {
            const auto so_far = find_block_end(std::string_view(block).substr(0, size), checked, {});
            if (!so_far) {
                CHECK_FALSE(at_once.has_value());
                break;
            }
            if (*so_far != 0) {
                REQUIRE(at_once.has_value());
                CHECK(*so_far == *at_once);
                CHECK(size == *at_once);
                break;
            }
            CHECK((size < block.size() || (at_once && *at_once == 0)));
        }
    }
}

TEST_CASE("random damage to a good block never makes the scan read out of bounds or accept a second length")
{
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 dice(seed);
    const std::string good = post("Content-Length: 12\r\nWebhook-Id: msg_1\r\nConnection: close\r\n");
    const std::string spice("\0\r\n\t :,0129aZ\x7f\x80/%", 18);
    for (int round = 0; round < 20000; ++round) {
        std::string block = good;
        for (auto edits = 1 + dice() % 4; edits > 0; --edits) {
            const auto at = dice() % block.size();
            const char c = spice[dice() % spice.size()];
            switch (dice() % 3) {
            case 0:
                block[at] = c;
                break;
            case 1:
                block.insert(at, 1, c);
                break;
            case 2:
                block.erase(at, 1);
                break;
            }
        }
        // A copy of exact size, so that the sanitizer sees one byte too far.
        const std::vector<char> exact(block.begin(), block.end());
        std::size_t checked = 0;
        const auto end = find_block_end({exact.data(), exact.size()}, checked, {});
        if (!end || *end == 0)
            continue;
        const auto head = scan_head({exact.data(), *end}, {}, any_host);
        if (head)
            CHECK(head->body_bytes <= 65536);
    }
}
