#include "common/http/parser.hpp"

#include <catch2/catch.hpp>

using namespace reclaim::http;

namespace {

struct reading {
    std::string error;  // "" when none so far
    bool done = false;
    bool reusable = false;
    response answer;
    std::size_t left = 0;
};

// Feeds the bytes in pieces the way a connection does: what was not taken comes again.
reading read(const std::string& bytes, std::size_t piece, bool then_closed = false,
             answer_parser::body_rule rule = answer_parser::body_rule::as_framed, std::size_t body_max = 1000)
{
    answer_parser parser(body_max, rule);
    std::string waiting;
    std::size_t given = 0;
    while (given < bytes.size() && !parser.done()) {
        const auto size = std::min(piece, bytes.size() - given);
        waiting += bytes.substr(given, size);
        given += size;
        const auto taken = parser.feed(waiting);
        if (!taken)
            return {taken.error(), false, false, {}, 0};
        waiting.erase(0, *taken);
    }
    if (then_closed)
        if (const auto ended = parser.end_of_stream(); !ended)
            return {ended.error(), false, false, {}, 0};
    const bool done = parser.done();
    return {"", done, parser.reusable(), done ? parser.take() : response{}, waiting.size() + bytes.size() - given};
}

}  // namespace

TEST_CASE("an answer reads the same in one piece and byte by byte")
{
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{4096}}) {
        const auto plain = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A:  b \r\n\r\nhello", piece);
        REQUIRE(plain.done);
        CHECK(plain.reusable);
        CHECK(plain.answer.status == 200);
        CHECK(plain.answer.body == "hello");
        CHECK(find(plain.answer.headers, "x-a") == "b");

        const auto chunked = read(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;ext=1\r\nhe\r\n3\r\nllo\r\n0\r\nX-Late: 1\r\n\r\n",
            piece);
        REQUIRE(chunked.done);
        CHECK(chunked.answer.body == "hello");
        CHECK_FALSE(find(chunked.answer.headers, "X-Late"));  // a trailer does not pose as a header

        const auto interim = read(
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            piece);
        REQUIRE(interim.done);
        CHECK(interim.answer.status == 204);
        CHECK_FALSE(find(interim.answer.headers, "Link"));
    }
}

TEST_CASE("an answer framed by the close is complete only when the close comes")
{
    const std::string bytes = "HTTP/1.1 200 OK\r\n\r\nsome text";
    CHECK_FALSE(read(bytes, 100).done);
    const auto closed = read(bytes, 100, true);
    REQUIRE(closed.done);
    CHECK_FALSE(closed.reusable);
    CHECK(closed.answer.body == "some text");
}

TEST_CASE("an answer cut short by the close is an error at every byte")
{
    for (const std::string whole : {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"})
        for (std::size_t size = 0; size < whole.size(); ++size) {
            INFO(size << " of " << whole.size());
            CHECK_FALSE(read(whole.substr(0, size), 7, true).error.empty());
        }
}

TEST_CASE("an answer that two readers could frame differently is refused")
{
    for (const std::string fields :
         {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
          "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", "Transfer-Encoding: gzip, chunked\r\n",
          "Transfer-Encoding: identity\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
          "Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5, 5\r\n", "Content-Length: +5\r\n",
          "Content-Length: -5\r\n"}) {
        INFO(fields);
        CHECK_FALSE(read("HTTP/1.1 200 OK\r\n" + fields + "\r\nhello", 4096).error.empty());
    }
}

TEST_CASE("oversized, endless and foreign answers are refused")
{
    CHECK_FALSE(read("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", 4096).error.empty());
    CHECK_FALSE(read("HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'a'), 4096).error.empty());
    CHECK_FALSE(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'a'), 4096)
                    .error.empty());
    CHECK_FALSE(read("HTTP/1.1 200 OK\r\nX: " + std::string(64 * 1024, 'a'), 4096).error.empty());
    std::string interim;
    for (int i = 0; i < 10000; ++i)
        interim += "HTTP/1.1 100 Continue\r\n\r\n";
    CHECK_FALSE(read(interim, 4096).error.empty());
    CHECK_FALSE(read("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", 4096).error.empty());
    CHECK_FALSE(read("SSH-2.0-OpenSSH_9.2\r\n", 4096).error.empty());
    CHECK_FALSE(read("\x15\x03\x01\x02\x02\x16", 4096, true).error.empty());
}

TEST_CASE("bytes behind an answer are left alone")
{
    const auto more = read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", 4096);
    REQUIRE(more.done);
    CHECK(more.answer.body == "ok");
    CHECK(more.left == 17);
}

TEST_CASE("an answer to HEAD has a length and no body")
{
    const auto head = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 4096, false, answer_parser::body_rule::none);
    REQUIRE(head.done);
    CHECK(head.reusable);
    CHECK(head.answer.body.empty());
}

TEST_CASE("a peer that announces the close is not reused")
{
    CHECK_FALSE(read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 4096).reusable);
    CHECK_FALSE(read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 4096).reusable);
}

TEST_CASE("a request is read only when both readings of its framing agree")
{
    const std::string head = "POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nX-Id: 1\r\n\r\n";
    const auto good = parse_request(head + "hello", 3, 100);
    REQUIRE(good.has_value());
    CHECK(good->method == "POST");
    CHECK(good->target == "/a?b");
    CHECK(good->body == "hello");
    CHECK(good->headers.size() == 3);
    CHECK(find(good->headers, "x-id") == "1");
    CHECK_FALSE(parse_request(head + "hell", 3, 100));
    CHECK_FALSE(parse_request(head + "hello!", 3, 100));
    CHECK_FALSE(parse_request(head + "hello", 2, 100));
    CHECK_FALSE(parse_request(head + "hello", 3, 4));
    CHECK(parse_request("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 1, 100));
}
