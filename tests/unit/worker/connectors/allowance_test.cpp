#include "worker/connectors/allowance.hpp"

#include <catch2/catch.hpp>

namespace reclaim::connectors {
namespace {

using namespace std::chrono_literals;

const allowance_rule okta{"X-Left", "X-Of", {"X-Reset", wait_rule::unit::epoch_s, true}};
const auto now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

http::headers told(const std::string& left, const std::string& of = "600")
{
    const auto reset = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() + 59;
    return {{"X-Left", left}, {"X-Of", of}, {"X-Reset", std::to_string(reset)}};
}

}  // namespace

TEST_CASE("while a fifth or more is left nobody slows down")
{
    CHECK_FALSE(find_slowdown(okta, told("600"), now));
    CHECK_FALSE(find_slowdown(okta, told("120"), now));
    CHECK(find_slowdown(okta, told("119"), now));
}

TEST_CASE("what is left is spread over what is left of the window")
{
    const auto slow = find_slowdown(okta, told("60"), now);
    REQUIRE(slow);
    CHECK(slow->wait == 60s);  // a second more than the header: both clocks tick in whole seconds
    CHECK(slow->gap == 1s);
}

TEST_CASE("with nothing left the next call is for the next window")
{
    CHECK(find_slowdown(okta, told("0"), now)->gap == 60s);
}

TEST_CASE("headers that do not tell slow nobody down")
{
    CHECK_FALSE(find_slowdown(okta, {}, now));
    CHECK_FALSE(find_slowdown(okta, told("0", "0"), now));  // Okta's other limit
    CHECK_FALSE(find_slowdown(okta, told("few"), now));
    CHECK_FALSE(find_slowdown(okta, told("-1"), now));
    auto twice = told("10");
    twice.push_back({"X-Left", "599"});
    CHECK_FALSE(find_slowdown(okta, twice, now));
    auto unreset = told("10");
    unreset.pop_back();
    CHECK_FALSE(find_slowdown(okta, unreset, now));
}

}  // namespace reclaim::connectors
