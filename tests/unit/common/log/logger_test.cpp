#include "common/base/secret.hpp"
#include "common/json/document.hpp"
#include "common/log/logger.hpp"
#include "tests/support/captured_stderr.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <type_traits>

using namespace reclaim;
using namespace std::chrono_literals;

namespace {

constexpr auto epoch = std::chrono::system_clock::time_point{};

json::document line_with(std::initializer_list<log::field> fields)
{
    const std::string line = log::render(epoch, "test", log::level::info, "event", fields);
    CAPTURE(line);
    CHECK(line.find('\n') == line.npos);
    auto parsed = json::document::parse(line);
    REQUIRE(parsed.has_value());
    return std::move(*parsed);
}

}  // namespace

TEST_CASE("a line is one JSON object in a fixed order, its time in UTC with microseconds")
{
    const auto at = epoch + 1'674'087'231s + 42us;
    CHECK(log::render(at, "reclaim-worker", log::level::warn, "lease_lost",
                      {{"job", 7}, {"worker", "a"}, {"late_seconds", 0.25}, {"final", true}}) ==
          R"({"ts":"2023-01-19T00:13:51.000042Z","level":"warn","program":"reclaim-worker","event":"lease_lost",)"
          R"("job":7,"worker":"a","late_seconds":0.25,"final":true})");
    CHECK_THAT(log::render(epoch - 1us, "p", log::level::debug, "e", {}),
               Catch::Contains("1969-12-31T23:59:59.999999Z"));
}

TEST_CASE("a secret is no field, whatever constructor is tried")
{
    STATIC_REQUIRE(std::is_constructible_v<log::field, std::string_view, std::string>);
    STATIC_REQUIRE(std::is_constructible_v<log::field, std::string_view, unsigned long>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<log::field, std::string_view, secret>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<log::field, std::string_view, const secret&>);
}

TEST_CASE("whatever a field holds, the line stays one line of valid JSON")
{
    using namespace std::string_literals;
    const auto document = line_with(
        {{"text", "a\nb\"c\\\x01"}, {"bytes", "\xff\xed\xa0\x80\0x"s}, {"nan", std::nan("")}, {"big", INT64_MIN}});
    CHECK(document.at("/text").string() == "a\nb\"c\\\x01");
    CHECK(document.at("/bytes").string() == "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDx");
    CHECK(document.at("/nan").kind() == json::kind::null);
    CHECK(document.at("/big").integer() == INT64_MIN);
}

TEST_CASE("long text is cut at 2 KiB, before the character that does not fit")
{
    const auto length_of = [](const std::string& text) { return line_with({{"t", text}}).at("/t").string()->size(); };
    CHECK(length_of(std::string(2048, 'a')) == 2048);
    CHECK(length_of(std::string(2049, 'a')) == 2048);
    CHECK(length_of(std::string(2047, 'a') + "é") == 2047);
    CHECK(length_of(std::string(2046, 'a') + "é") == 2048);
    CHECK(length_of(std::string(2045, 'a') + "\xf0\x9f\x94\x92") == 2045);
    CHECK(length_of(std::string(2044, 'a') + "\xf0\x9f\x94\x92") == 2048);
    CHECK(length_of(std::string(5000, '\x80')) > 0);
}

TEST_CASE("lines go to stderr from the level asked for upwards")
{
    std::string written;
    {
        testing::captured_stderr stderr_text;
        log::start("reclaim-test", log::level::warn);
        log::debug("a");
        log::info("b");
        log::warn("c", {{"braces", "{} %v %n"}});
        log::error("d");
        log::start("reclaim", log::level::info);
        written = stderr_text.text();
    }
    CHECK(std::count(written.begin(), written.end(), '\n') == 2);
    const auto end = written.find('\n');
    const auto first = json::document::parse(written.substr(0, end));
    REQUIRE(first.has_value());
    CHECK(first->at("/event").string() == "c");
    CHECK(first->at("/level").string() == "warn");
    CHECK(first->at("/program").string() == "reclaim-test");
    CHECK(first->at("/braces").string() == "{} %v %n");
    CHECK_THAT(written.substr(end), Catch::Contains(R"("event":"d")"));
}
