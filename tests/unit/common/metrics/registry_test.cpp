#include "common/metrics/family.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

using reclaim::metrics::registry;

TEST_CASE("each kind of metric shows up in the exposition text")
{
    registry all;
    auto accepted = all.counter("reclaim_webhooks_total", "Webhooks answered", {{"status", "202"}});
    accepted.add();
    accepted.add(2);
    auto depth = all.gauge("reclaim_jobs_waiting", "Jobs waiting");
    depth.set(7);
    depth.set(5);
    auto took = all.histogram("reclaim_claim_seconds", "Time of a claim", {0.01, 0.1, 1});
    took.observe(0.05);
    took.observe(5);

    const std::string text = all.render();
    CHECK_THAT(text, Catch::Contains("# HELP reclaim_webhooks_total Webhooks answered\n"));
    CHECK_THAT(text, Catch::Contains("# TYPE reclaim_webhooks_total counter\n"));
    CHECK_THAT(text, Catch::Contains("reclaim_webhooks_total{status=\"202\"} 3"));
    CHECK_THAT(text, Catch::Contains("# TYPE reclaim_jobs_waiting gauge\n"));
    CHECK_THAT(text, Catch::Contains("reclaim_jobs_waiting 5"));
    CHECK_THAT(text, Catch::Contains("# TYPE reclaim_claim_seconds histogram\n"));
    CHECK_THAT(text, Catch::Contains("reclaim_claim_seconds_bucket{le=\"0.01\"} 0"));
    CHECK_THAT(text, Catch::Contains("reclaim_claim_seconds_bucket{le=\"0.1\"} 1"));
    CHECK_THAT(text, Catch::Contains("reclaim_claim_seconds_bucket{le=\"+Inf\"} 2"));
    CHECK_THAT(text, Catch::Contains("reclaim_claim_seconds_count 2"));
}

TEST_CASE("the same name and labels are the same series, other labels another one")
{
    registry all;
    all.counter("hits_total", "Hits", {{"a", "1"}}).add();
    all.counter("hits_total", "Hits", {{"a", "1"}}).add();
    all.counter("hits_total", "Hits", {{"a", "2"}}).add();
    const std::string text = all.render();
    CHECK_THAT(text, Catch::Contains("hits_total{a=\"1\"} 2"));
    CHECK_THAT(text, Catch::Contains("hits_total{a=\"2\"} 1"));
    CHECK(text.find("# TYPE hits_total") == text.rfind("# TYPE hits_total"));
}

TEST_CASE("label values are escaped")
{
    registry all;
    all.counter("hits_total", "Hits", {{"path", "a\"b\\c\nd"}}).add();
    CHECK_THAT(all.render(), Catch::Contains(R"(hits_total{path="a\"b\\c\nd"} 1)"));
}

TEST_CASE("one name with two kinds or two help texts is a bug that throws")
{
    registry all;
    all.counter("hits_total", "Hits");
    CHECK_THROWS_AS(all.gauge("hits_total", "Hits"), std::invalid_argument);
    CHECK_THROWS_AS(all.histogram("hits_total", "Hits", {1}), std::invalid_argument);
    CHECK_THROWS_AS(all.counter("hits_total", "Other"), std::invalid_argument);
}

TEST_CASE("names that no scraper would take and unordered bounds throw")
{
    registry all;
    CHECK_THROWS(all.counter("hits-total", "Hits"));
    CHECK_THROWS(all.counter("hits_total", "Hits", {{"0", "x"}}));
    CHECK_THROWS_AS(all.histogram("claim_seconds", "Time", {1, 0.5}), std::invalid_argument);
    CHECK_THROWS_AS(all.histogram("claim_seconds", "Time", {1, 1}), std::invalid_argument);
}

TEST_CASE("a handle that belongs to no registry counts nothing and harms nothing")
{
    reclaim::metrics::counter nobody_counts;
    nobody_counts.add();
    reclaim::metrics::gauge{}.set(1);
    reclaim::metrics::histogram{}.observe(1);
    CHECK(registry().render() == "");
}

TEST_CASE("a family finds its series by the labels' values, and makes each once")
{
    registry all;
    int made = 0;
    reclaim::metrics::family<reclaim::metrics::counter, 2> calls({"vendor", "how"},
                                                                 [&](const reclaim::metrics::labels& with) {
                                                                     ++made;
                                                                     return all.counter("calls_total", "Calls", with);
                                                                 });
    calls.at("okta", "ok").add();
    calls.at(std::string("okta"), std::string_view("ok")).add();
    calls.at("ok", "okta").add();
    CHECK(made == 2);
    const std::string text = all.render();
    CHECK_THAT(text, Catch::Contains("calls_total{how=\"ok\",vendor=\"okta\"} 2"));
    CHECK_THAT(text, Catch::Contains("calls_total{how=\"okta\",vendor=\"ok\"} 1"));
}
