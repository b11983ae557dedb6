// A look in pages, and a removal that needs what only a look tells.
#include "outcome_word.hpp"
#include "script.hpp"
#include "shipped_recipe.hpp"
#include "worker/connectors/engine.hpp"

#include <catch2/catch.hpp>

namespace reclaim::connectors {

using testing::await_now;
using testing::soon;
using testing::word;

namespace {

const operation by{"op-1", 7};

std::string header_of(const http::request& from, std::string_view name)
{
    return std::string(http::find(from.headers, name).value_or(""));
}

// An app whose list of members comes in pages, and whose members are removed by an id that only the list tells.
const std::string paged_recipe = R"(name = "demo"
capability = "precondition"
variables = ["subject"]
[check]
method = "GET"
path = "/members"
[check.query]
sort = "name"
[check.next]
NEXT
pages_max = 3
[check.save.id]
at = "/m/*/id"
where = { user = "{subject}" }
[check.save.etag]
header = "ETag"
[[check.classify]]
status = ["200"]
json = [{ at = "/m/*/user", equals = "{subject}" }]
result = "held"
[[check.classify]]
status = ["200"]
json = [{ at = "/m/*/user", none_equals = "{subject}" }]
result = "absent"
[[check.classify]]
status = ["503"]
result = "retry"
[revoke]
method = "DELETE"
path = "/members/{id}"
headers = { If-Match = "{etag}", X-Key = "{operation}" }
[[revoke.classify]]
status = ["204"]
result = "done"
[[revoke.classify]]
status = ["412"]
result = "recheck"
[health]
method = "GET"
path = "/health"
expect = ["200"]
)";

const target bob{{{"subject", "bob"}}};
const http::headers etag{{"ETag", "\"v7\""}};
const std::string link_way = "link = \"/next\"";

engine make_paged(testing::script& vendor, const std::string& next = link_way,
                  const std::string& url = "https://vendor.test/base")
{
    std::string text = paged_recipe;
    text.replace(text.find("NEXT"), 4, next);
    return {parse_recipe(text), vendor.play(), *http::origin::parse(url), testing::with_key(), {bob.variables}};
}

std::string page(const std::string& members, const std::string& next = "null")
{
    return R"({"m":[)" + members + R"(],"next":)" + next + "}";
}

const std::string eve = R"({"user":"eve","id":"1"})";
const std::string bobs = R"({"user":"bob","id":"2"})";

}  // namespace

TEST_CASE("a look reads page after page, and only the last one's absence is absence")
{
    testing::script vendor;
    vendor.then(200, page(eve, R"("https://vendor.test/base/members?t=2")")).then(200, page(bobs), etag);
    vendor.then(200, page(eve, R"("/base/members?t=2")")).then(200, page(eve, "\"\""));
    engine members = make_paged(vendor);
    CHECK(word(await_now(members.look(bob, by, soon())).what) == "held");
    CHECK(word(await_now(members.look(bob, by, soon())).what) == "absent");
    REQUIRE(vendor.seen.size() == 4);
    CHECK(vendor.seen[0].target == "/members?sort=name");
    CHECK(vendor.seen[1].target == "/members?t=2");
    CHECK(vendor.seen[3].target == "/members?t=2");
    CHECK(header_of(vendor.seen[1], "Reclaim-Operation") == "op-1");
}

TEST_CASE("a page that fails is the look's answer, and a list without an end is unknown")
{
    testing::script vendor;
    vendor.then(200, page(eve, R"("/base/members?t=2")")).then(503, "");
    vendor.then(200, page(eve, R"("/base/members?t=2")")).then_lost();
    for (int pages = 0; pages < 3; ++pages)
        vendor.then(200, page(eve, R"("/base/members?t=2")"));
    engine members = make_paged(vendor);
    CHECK(word(await_now(members.look(bob, by, soon())).what) == "retry");
    CHECK(word(await_now(members.look(bob, by, soon())).what) == "unknown");
    CHECK(word(await_now(members.look(bob, by, soon())).what) == "unknown");
    CHECK(vendor.is_over());
}

TEST_CASE("a link to the next page is followed to the same place only")
{
    for (const auto* next : {R"("https://elsewhere.test/base/members")", R"("http://vendor.test/base/members")",
                             R"("https://vendor.test:444/base/members")", R"("https://vendor.test/other")",
                             R"("https://k@vendor.test/base/members")", R"("https://vendor.test.evil.test/base/x")",
                             R"("//elsewhere.test/base/members")", R"("members?t=2")", R"("/base/x y")",
                             R"("/base/x#y")", "7", R"(["/base/members"])"}) {
        CAPTURE(next);
        testing::script vendor;
        vendor.then(200, page(eve, next));
        engine members = make_paged(vendor);
        CHECK(word(await_now(members.look(bob, by, soon())).what) == "unknown");
        CHECK(vendor.seen.size() == 1);
    }
}

TEST_CASE("the next page may be named by a header or by a cursor")
{
    testing::script by_header;
    by_header
        .then(
            200, page(eve),
            {{"Link", "<https://vendor.test/base/members>; rel=\"self\""},
             {"link", "<https://vendor.test/base/a?b=1,2>; title=\"x\"; rel=\"next\", <https://e.test>; rel=\"last\""}})
        .then(200, page(eve), {{"Link", "<https://vendor.test/base/members>; rel=\"self\""}});
    engine linked = make_paged(by_header, "link_header = true");
    CHECK(word(await_now(linked.look(bob, by, soon())).what) == "absent");
    CHECK(by_header.seen[1].target == "/a?b=1,2");

    testing::script by_cursor;
    by_cursor.then(200, page(eve, R"("a&b=")")).then(200, page(eve, "\"\""));
    engine counted = make_paged(by_cursor, "cursor = \"/next\"\ninto = \"cursor\"");
    CHECK(word(await_now(counted.look(bob, by, soon())).what) == "absent");
    CHECK(by_cursor.seen[1].target == "/members?sort=name&cursor=a%26b%3D");
}

TEST_CASE("a removal that needs what a look tells looks first and acts on the version it saw")
{
    testing::script vendor;
    vendor.then(200, page(eve + "," + bobs), etag).then(204, "").then(200, page(bobs), etag).then(412, "");
    engine members = make_paged(vendor);
    CHECK(word(await_now(members.remove(bob, by, soon())).what) == "removed");
    CHECK(word(await_now(members.remove(bob, by, soon())).what) == "look_again");
    REQUIRE(vendor.seen.size() == 4);
    CHECK(vendor.seen[1].method == "DELETE");
    CHECK(vendor.seen[1].target == "/members/2");
    CHECK(header_of(vendor.seen[1], "If-Match") == "\"v7\"");
    CHECK(header_of(vendor.seen[1], "X-Key") == "op-1");
}

TEST_CASE("nothing is removed when the look before it does not show the seat held")
{
    const struct {
        testing::script::step look;
        std::string outcome;
    } rows[] = {
        {http::response{200, etag, page(eve)}, "absent"},
        {http::response{503, {}, ""}, "retry"},
        {http::response{200, {}, "<html>"}, "retry"},
        {http::response{200, {}, page(bobs)}, "retry"},  // no version: the precondition cannot be kept
        {http::response{200, etag, page(bobs + "," + bobs)}, "refused"},
        {http::response{200, etag, page(R"({"user":"bob","id":""})")}, "retry"},
        {http::failure{http::failure::kind::not_sent, "refused"}, "not_sent"},
        {http::failure{http::failure::kind::unanswered, "reset"}, "retry"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.outcome);
        testing::script vendor;
        vendor.then(row.look);
        engine members = make_paged(vendor);
        CHECK(word(await_now(members.remove(bob, by, soon())).what) == row.outcome);
        CHECK(vendor.seen.size() == 1);
    }
}

TEST_CASE("a version that the vendor need not tell is left out when it does not")
{
    testing::script vendor;
    vendor.then(200, R"({"id":"u1","active":true})").then(204, "");
    vendor.then(200, R"({"id":"u1","active":true,"meta":{"version":"W/\"1\""}})").then(204, "");
    engine members(testing::shipped_recipe("scim-user-deactivation"), vendor.play(),
                   *http::origin::parse("https://v.test/scim"), testing::with_key(), {{}});
    const target u1{{{"subject", "u1"}}};
    CHECK(word(await_now(members.remove(u1, by, soon())).what) == "removed");
    CHECK(word(await_now(members.remove(u1, by, soon())).what) == "removed");
    CHECK_FALSE(http::find(vendor.seen[1].headers, "If-Match"));
    CHECK(header_of(vendor.seen[3], "If-Match") == "W/\"1\"");
}

}  // namespace reclaim::connectors
