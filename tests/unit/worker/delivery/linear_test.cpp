#include "worker/delivery/linear.hpp"

#include "common/json/document.hpp"
#include "tests/unit/worker/connectors/script.hpp"
#include "worker/delivery/linear_documents.hpp"

#include <catch2/catch.hpp>

namespace reclaim::delivery {

using testing::await_now;
using testing::soon;

namespace {

const ticket frozen{
    "6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11",
    R"({"issue":{"id":"6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11","teamId":"t1","title":"\"}) { issueDelete(id:\"x\") } $x"},)"
    R"("attachment":{"issueId":"6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11","title":"Evidence","url":"https://e.test/a"}})"};
const std::string frozen_issue =
    R"({"id":"6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11","teamId":"t1","title":"\"}) { issueDelete(id:\"x\") } $x"})";
const std::string issue =
    R"({"id":"6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11","identifier":"IT-101","url":"https://linear.app/i/IT-101"})";
const std::string opened_body = R"({"data":{"issueCreate":{"success":true,"issue":)" + issue + "}}}";
const std::string found_body = R"({"data":{"issue":)" + issue + "}}";
const std::string not_found_body =
    R"({"errors":[{"message":"Entity not found: Issue","extensions":{"code":"INPUT_ERROR"}}],"data":null})";
const std::string duplicate_body =
    R"({"errors":[{"message":"conflict on insert of Issue","extensions":{"code":"INPUT_ERROR","userPresentableMessage":)"
    R"("Entity Issue with id 6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11 already exists."}}],"data":null})";
const std::string damaged_body =
    R"({"errors":[{"message":"conflict on insert of DocumentContent","extensions":{"code":"INPUT_ERROR"}}],"data":null})";

linear make_linear(testing::script& vendor)
{
    return {vendor.play(),
            *http::origin::parse("https://api.linear.test"),
            {"Authorization", "", secret("lin_api_x")},
            {"t1"}};
}

}  // namespace

TEST_CASE("seat data travels as variables and never changes the document")
{
    testing::script vendor;
    vendor.then(200, opened_body);
    linear api = make_linear(vendor);
    const auto answer = await_now(api.create(frozen, soon()));
    REQUIRE(std::holds_alternative<opened>(answer));
    CHECK(std::get<opened>(answer).identifier == "IT-101");
    REQUIRE(vendor.seen.size() == 1);
    CHECK(vendor.seen[0].method == "POST");
    CHECK(vendor.seen[0].target == "/graphql");
    CHECK(http::find(vendor.seen[0].headers, "authorization") == "lin_api_x");
    const auto sent = json::document::parse(vendor.seen[0].body);
    REQUIRE(sent.has_value());
    CHECK(sent->at("/query").string() == documents::create);
    CHECK(sent->at("/variables").serialize() == "{\"input\":" + frozen_issue + "}");
}

TEST_CASE("a create that Linear has already seen finds the first ticket instead of making a second")
{
    testing::script vendor;
    vendor.then(200, duplicate_body).then(200, found_body);
    linear api = make_linear(vendor);
    const auto answer = await_now(api.create(frozen, soon()));
    REQUIRE(std::holds_alternative<opened>(answer));
    CHECK(std::get<opened>(answer).url == "https://linear.app/i/IT-101");
    REQUIRE(vendor.seen.size() == 2);
    CHECK(json::document::parse(vendor.seen[1].body)->at("/variables/id").string() == frozen.id);
}

TEST_CASE("a taken id without an issue, and a damaged description, need a person")
{
    for (const auto& body : {duplicate_body, damaged_body}) {
        testing::script vendor;
        vendor.then(400, body).then(200, not_found_body);
        linear api = make_linear(vendor);
        CHECK(std::holds_alternative<refused>(await_now(api.create(frozen, soon()))));
        CHECK(vendor.is_over());
    }
    testing::script vendor;
    vendor.then(200, damaged_body).then(200, found_body);
    linear api = make_linear(vendor);
    CHECK(std::holds_alternative<opened>(await_now(api.create(frozen, soon()))));
}

TEST_CASE("a lookup that fails after a conflict leaves the ticket unknown")
{
    testing::script vendor;
    vendor.then(200, duplicate_body)
        .then_lost()
        .then(200, duplicate_body)
        .then_not_sent()
        .then(200, duplicate_body)
        .then(502, "");
    linear api = make_linear(vendor);
    for (int round = 0; round < 3; ++round)
        CHECK(std::holds_alternative<unknown>(await_now(api.create(frozen, soon()))));
}

TEST_CASE("a create whose answer is lost is unknown and is not repeated")
{
    testing::script vendor;
    vendor.then_lost().then_not_sent();
    linear api = make_linear(vendor);
    CHECK(std::holds_alternative<unknown>(await_now(api.create(frozen, soon()))));
    CHECK(std::holds_alternative<not_sent>(await_now(api.create(frozen, soon()))));
    CHECK(vendor.seen.size() == 2);
}

TEST_CASE("a lookup may simply be tried again")
{
    testing::script vendor;
    vendor.then_lost().then_not_sent().then(200, not_found_body);
    linear api = make_linear(vendor);
    CHECK(std::holds_alternative<retry>(await_now(api.find(frozen.id, soon()))));
    CHECK(std::holds_alternative<not_sent>(await_now(api.find(frozen.id, soon()))));
    CHECK(std::holds_alternative<absent>(await_now(api.find(frozen.id, soon()))));
}

TEST_CASE("the link of a ticket is attached as it was frozen, and nothing is sent for a ticket without one")
{
    testing::script vendor;
    vendor.then(200, R"({"data":{"attachmentCreate":{"success":true,"attachment":{"id":"a","url":"u","title":"t"}}}})");
    linear api = make_linear(vendor);
    CHECK_FALSE(await_now(api.attach(frozen, soon())));
    const auto sent = json::document::parse(vendor.seen.at(0).body);
    REQUIRE(sent.has_value());
    CHECK(sent->at("/query").string() == documents::attach);
    CHECK(sent->at("/variables/input").serialize() ==
          R"({"issueId":"6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11","title":"Evidence","url":"https://e.test/a"})");
    const ticket bare{frozen.id, "{\"issue\":" + frozen_issue + "}"};
    CHECK_FALSE(await_now(api.attach(bare, soon())));
    CHECK(vendor.seen.size() == 1);
}

TEST_CASE("a link or a comment whose answer is lost may simply be sent again")
{
    testing::script vendor;
    vendor.then_lost().then_not_sent().then_lost().then(200, R"({"data":{"commentCreate":null}})");
    linear api = make_linear(vendor);
    CHECK(std::holds_alternative<retry>(*await_now(api.attach(frozen, soon()))));
    CHECK(std::holds_alternative<not_sent>(*await_now(api.attach(frozen, soon()))));
    CHECK(std::holds_alternative<retry>(*await_now(api.comment("c1", R"({"id":"c1"})", soon()))));
    CHECK(std::holds_alternative<retry>(*await_now(api.comment("c1", R"({"id":"c1"})", soon()))));
    CHECK(json::document::parse(vendor.seen.back().body)->at("/variables").serialize() == R"({"input":{"id":"c1"}})");
}

TEST_CASE("what was frozen as no ticket is never sent")
{
    testing::script vendor;
    linear api = make_linear(vendor);
    for (const std::string body : {"", "{}", R"({"issue":"x"})"}) {
        CHECK(std::holds_alternative<refused>(await_now(api.create({frozen.id, body}, soon()))));
        CHECK_FALSE(await_now(api.attach({frozen.id, body}, soon())));
    }
    CHECK(vendor.seen.empty());
}

TEST_CASE("Linear's health asks for each team that tickets go to")
{
    testing::script vendor;
    const auto sees = [](const std::string& team) {
        return R"({"data":{"viewer":{"id":"u"},"team":{"id":")" + team + R"("}}})";
    };
    vendor.then(200, sees("t1")).then_not_sent().then(200, sees("t1")).then(200, sees("other"));
    linear api = make_linear(vendor);
    CHECK(await_now(api.health(soon())) == "");
    CHECK_THAT(await_now(api.health(soon())), Catch::Contains("check address"));
    CHECK(json::document::parse(vendor.seen[0].body)->at("/variables/teamId").string() == "t1");
    linear two{vendor.play(),
               *http::origin::parse("https://api.linear.test"),
               {"Authorization", "", secret("k")},
               {"t1", "t2"}};
    CHECK_THAT(await_now(two.health(soon())), Catch::Contains("team t2"));
    CHECK(json::document::parse(vendor.seen[3].body)->at("/variables/teamId").string() == "t2");
}

}  // namespace reclaim::delivery
