#include "common/http/wire.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace reclaim::http;

namespace {

const origin vendor{origin::scheme::https, "vendor.test", "8443", "/api"};
const std::chrono::system_clock::time_point moment{std::chrono::seconds(1700000000)};

std::string answered(const response& answer, after then = after::keep, answer_body body = answer_body::send)
{
    std::string out;
    REQUIRE(append_answer(out, answer, then, body, moment).has_value());
    return out;
}

}  // namespace

TEST_CASE("a request is written with its base path, Host and length")
{
    const request what{"POST", "/seats/7?x=1", {{"Authorization", "Bearer t"}}, "{}"};
    const auto bytes = encode_request(vendor, what);
    REQUIRE(bytes.has_value());
    CHECK(*bytes == "POST /api/seats/7?x=1 HTTP/1.1\r\nHost: vendor.test:8443\r\nAuthorization: Bearer t\r\n"
                    "Content-Length: 2\r\n\r\n{}");
}

TEST_CASE("a GET says no length, an empty POST says zero")
{
    CHECK(encode_request(vendor, {"GET", "/a", {}, ""})->find("Content-Length") == std::string::npos);
    CHECK(encode_request(vendor, {"DELETE", "/a", {}, ""})->find("Content-Length") == std::string::npos);
    CHECK(encode_request(vendor, {"POST", "/a", {}, ""})->find("Content-Length: 0\r\n") != std::string::npos);
}

TEST_CASE("an empty target is the base path, and the root where there is none")
{
    CHECK(encode_request(vendor, {"GET", "", {}, ""})->starts_with("GET /api HTTP/1.1\r\n"));
    CHECK(
        encode_request({origin::scheme::http, "h", "80", ""}, {"GET", "", {}, ""})->starts_with("GET / HTTP/1.1\r\n"));
    CHECK_FALSE(encode_request({origin::scheme::http, "h", "80", ""}, {"GET", "a", {}, ""}).has_value());
}

TEST_CASE("headers that frame the message are the client's alone")
{
    for (const std::string name : {"Host", "content-length", "Transfer-Encoding", "CONNECTION", "Expect"})
        CHECK_FALSE(encode_request(vendor, {"POST", "/a", {{name, "1"}}, ""}).has_value());
}

TEST_CASE("no random value can add a line to a request")
{
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 dice(seed);
    const auto random_text = [&dice](std::size_t length) {
        std::string out;
        while (out.size() < length)
            out += dice() % 8 == 0 ? std::string("\r\n\0 \t:\x7f\n", 8)[dice() % 8] : static_cast<char>(dice() % 256);
        return out;
    };
    int sent = 0;
    for (int round = 0; round < 20000; ++round) {
        request what{"POST", "/a", {{"X-Fixed", "1"}, {"X-Given", "v"}}, ""};
        std::string& spoilt = round % 3 == 0   ? what.target
                              : round % 3 == 1 ? what.headers[1].value
                                               : what.headers[1].name;
        spoilt += random_text(1 + dice() % 4);
        const auto bytes = encode_request(vendor, what);
        if (!bytes)
            continue;
        ++sent;
        // The request line, Host, two fields, the length, the empty line: never one more.
        const auto lines = std::count(bytes->begin(), bytes->end(), '\n');
        REQUIRE(lines == 6);
        REQUIRE(std::count(bytes->begin(), bytes->end(), '\r') == 6);
        REQUIRE(bytes->find('\0') == std::string::npos);
    }
    CHECK(sent > 100);  // else the test refuses everything and shows nothing
}

TEST_CASE("an answer is written with date, length and its own headers")
{
    CHECK(answered({202, {{"Content-Type", "text/plain"}}, "ok"}) ==
          "HTTP/1.1 202 Accepted\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nContent-Type: text/plain\r\nContent-Length: "
          "2\r\n\r\nok");
}

TEST_CASE("closing is announced, and headers that frame are not taken from the handler")
{
    const auto out =
        answered({200, {{"content-length", "99"}, {"Connection", "keep-alive"}, {"Transfer-Encoding", "chunked"}}, "x"},
                 after::close);
    CHECK(out.find("99") == std::string::npos);
    CHECK(out.find("keep-alive") == std::string::npos);
    CHECK(out.find("chunked") == std::string::npos);
    CHECK(out.find("Connection: close\r\n") != std::string::npos);
    CHECK(out.find("Content-Length: 1\r\n") != std::string::npos);
}

TEST_CASE("an answer to HEAD says the length and sends no body; 204 has neither")
{
    const auto head = answered({200, {}, "body"}, after::keep, answer_body::omit);
    CHECK(head.find("Content-Length: 4\r\n") != std::string::npos);
    CHECK(head.ends_with("\r\n\r\n"));
    const auto empty = answered({204, {}, ""});
    CHECK(empty.find("Content-Length") == std::string::npos);
    CHECK(empty.ends_with("\r\n\r\n"));
}

TEST_CASE("an answer whose header could end its line early is not written at all")
{
    for (const header& bad :
         headers{{"X", "a\r\nSet-Cookie: b"}, {"X", std::string("a\0b", 3)}, {"X", "a\nb"}, {"X:y", "a"}, {"", "a"}}) {
        std::string out = "before";
        CHECK_FALSE(append_answer(out, {200, {bad}, ""}, after::keep, answer_body::send, moment).has_value());
        CHECK(out == "before");
    }
    std::string out;
    CHECK_FALSE(append_answer(out, {0, {}, ""}, after::keep, answer_body::send, moment).has_value());
}
