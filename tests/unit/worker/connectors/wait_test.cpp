#include "worker/connectors/wait.hpp"

#include <catch2/catch.hpp>

namespace reclaim::connectors {

using namespace std::chrono_literals;

namespace {

// 1994-11-06T08:49:37Z, the date of the RFC's own example; our clock is far off on purpose where Date is given.
constexpr std::chrono::sys_seconds at{784111777s};
constexpr std::string_view at_text = "Sun, 06 Nov 1994 08:49:37 GMT";

}  // namespace

TEST_CASE("an HTTP date is read in its one valid form and in no other")
{
    CHECK(parse_http_date(at_text) == at);
    CHECK(parse_http_date("Thu, 29 Feb 2024 23:59:60 GMT"));
    for (const auto* text :
         {"", "Sun, 06 Nov 1994 08:49:37", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
          "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Now 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:-9:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_http_date(text));
    }
}

TEST_CASE("Retry-After is kept between one second and one hour, whatever it says")
{
    const auto wait = [](std::string text) { return retry_after({{"retry-after", text}}, at); };
    CHECK(wait("7") == 7s);
    CHECK(wait("1.5") == 1500ms);
    CHECK(wait("2.128") == 2128ms);
    CHECK(wait("2.1281") == 2129ms);
    CHECK(wait("2.1280") == 2128ms);
    CHECK(wait("0") == 1s);
    CHECK(wait("1000000000") == 1h);
    CHECK(wait(std::string(10000, '9')) == 1h);
    CHECK(wait("Sun, 06 Nov 1994 08:50:37 GMT") == 60s);
    CHECK(wait("Sun, 06 Nov 1984 08:50:37 GMT") == 1s);
    CHECK(wait("Tue, 06 Nov 2099 08:50:37 GMT") == 1h);
    for (const auto* garbage : {"-1", "+5", "", ".", "1.", ".5", "1.2.3", "1e3", "soon", "5, 5", "0x10", " 5"}) {
        CAPTURE(garbage);
        CHECK_FALSE(wait(garbage));
    }
    CHECK_FALSE(retry_after({}, at));
    CHECK_FALSE(retry_after({{"Retry-After", "1"}, {"retry-after", "3600"}}, at));
}

TEST_CASE("a reset time is measured against the answer's own date")
{
    const wait_rule rule{"X-Rate-Limit-Reset", wait_rule::unit::epoch_s, true};
    const auto our_wrong_clock = at + 240h;
    const auto wait = [&](std::string reset) {
        return asked_wait({&rule, 1}, {{"Date", std::string(at_text)}, {"X-Rate-Limit-Reset", reset}}, our_wrong_clock);
    };
    CHECK(wait("784111807") == 31s);  // 30 s and one more
    CHECK(wait("784111000") == 1s);
    CHECK_FALSE(wait("784111807, 784111807"));
    CHECK(asked_wait({&rule, 1}, {{"X-Rate-Limit-Reset", "784111807"}}, at) == 31s);
    const wait_rule ms{"Reset", wait_rule::unit::epoch_ms, false};
    CHECK(asked_wait({&ms, 1}, {{"Reset", "784111778500"}}, at) == 2500ms);
}

TEST_CASE("the first readable wait rule decides")
{
    const std::vector<wait_rule> rules{{"Retry-After", wait_rule::unit::seconds_or_date, false},
                                       {"X-Reset", wait_rule::unit::epoch_s, false}};
    CHECK(asked_wait(rules, {{"X-Reset", "784111787"}, {"Retry-After", "3"}}, at) == 3s);
    CHECK(asked_wait(rules, {{"X-Reset", "784111787"}, {"Retry-After", "?"}}, at) == 11s);
    CHECK_FALSE(asked_wait(rules, {{"Other", "1"}}, at));
}

}  // namespace reclaim::connectors
