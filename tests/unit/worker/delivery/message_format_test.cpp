#include "worker/delivery/message_format.hpp"

#include "common/json/document.hpp"

#include <catch2/catch.hpp>

namespace reclaim::delivery {

namespace {

// As sql/functions/confirmation_body.sql writes it, blanks and all.
std::string confirmation(const std::string& seat, const std::string& reason = "null",
                         const std::string& ticket = R"({"state" : "opened", "id" : "u", "identifier" : "IT-101"})")
{
    return R"({"type" : "seat.removal.completed", "timestamp" : "2026-11-23T19:51:53.012517Z", "data" : {"approval_id" : )"
           R"("apr-1", "job_id" : 9007199254740993, "app" : "figma", "seat" : )" +
           seat + R"(, "subject" : "00u1", "approver" : "it.lead@example.com", "outcome" : "removed", "reason" : )" +
           reason + R"(, "ticket" : )" + ticket + "}}";
}

std::string slack_text(const std::string& frozen)
{
    const auto sent = render(message_format::slack, frozen);
    const auto document = json::document::parse(sent);
    REQUIRE(document.has_value());
    CHECK(document->root().members().size() == 1);
    return std::string(document->at("/text").string().value());
}

}  // namespace

TEST_CASE("the standard form is the frozen bytes, whatever they are")
{
    for (const std::string& bytes : {confirmation(R"("s")"), std::string("{ }"), std::string("no json")})
        CHECK(render(message_format::standard, bytes) == bytes);
}

TEST_CASE("the plain form has the same members without the envelope, in order and to the digit")
{
    CHECK(render(message_format::plain, confirmation(R"("a\"b")", R"("why")")) ==
          R"({"type":"seat.removal.completed","timestamp":"2026-11-23T19:51:53.012517Z","approval_id":"apr-1",)"
          R"("job_id":9007199254740993,"app":"figma","seat":"a\"b","subject":"00u1","approver":"it.lead@example.com",)"
          R"("outcome":"removed","reason":"why","ticket":{"state":"opened","id":"u","identifier":"IT-101"}})");
}

TEST_CASE("Slack's form is one text for people")
{
    CHECK(slack_text(confirmation(R"("ada@example.com")")) ==
          "*Seat removal completed*: `ada@example.com` in `figma`, approved by `it.lead@example.com` as `apr-1`. "
          "Outcome: `removed`. Ticket `IT-101`.");
    CHECK(slack_text(confirmation(R"("s")", R"("legal_hold")", "null")) ==
          "*Seat removal completed*: `s` in `figma`, approved by `it.lead@example.com` as `apr-1`. Outcome: `removed`, "
          "because `legal_hold`.");
}

TEST_CASE("no value becomes a link, a mention or markup in Slack")
{
    const struct {
        std::string value, shown;
    } rows[] = {
        {"<!channel>", "`&lt;!channel&gt;`"},
        {"<@U024BE7LH>", "`&lt;@U024BE7LH&gt;`"},
        {"<https://evil.test|payroll>", "`&lt;https://evil.test|payroll&gt;`"},
        {"https://evil.test", "`https://evil.test`"},
        {"a`<!here>`b", "`a'&lt;!here&gt;'b`"},
        {"```x```", "`'''x'''`"},
        {"*bold* _it_ ~no~", "`*bold* _it_ ~no~`"},
        {"&lt;!channel&gt;", "`&amp;lt;!channel&amp;gt;`"},
        {"@channel #general", "`@channel #general`"},
        {"two\\nlines", "`two lines`"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.value);
        const auto text = slack_text(confirmation('"' + row.value + '"'));
        CHECK_THAT(text, Catch::StartsWith("*Seat removal completed*: " + row.shown + " in `figma`"));
        CHECK(text.find('<') == std::string::npos);
    }
}

TEST_CASE("a message is the same bytes each time it is made")
{
    for (const auto format : {message_format::standard, message_format::plain, message_format::slack})
        CHECK(render(format, confirmation(R"("s")")) == render(format, confirmation(R"("s")")));
}

TEST_CASE("what is no confirmation is not sent as one")
{
    for (const std::string bytes : {"", "[]", "{}", "no json", R"({"type":7})", R"({"type":""})"}) {
        CHECK_THROWS_AS(render(message_format::plain, bytes), std::invalid_argument);
        CHECK_THROWS_AS(render(message_format::slack, bytes), std::invalid_argument);
    }
}

TEST_CASE("forms are known by name")
{
    CHECK(find_message_format("standard") == message_format::standard);
    CHECK(find_message_format("plain") == message_format::plain);
    CHECK(find_message_format("slack") == message_format::slack);
    CHECK_FALSE(find_message_format("Slack").has_value());
    CHECK_FALSE(find_message_format("").has_value());
}

}  // namespace reclaim::delivery
