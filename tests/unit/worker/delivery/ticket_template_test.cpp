#include "worker/delivery/ticket_template.hpp"

#include "common/base/error.hpp"
#include "common/json/document.hpp"
#include "worker/delivery/plain_text.hpp"

#include <catch2/catch.hpp>

namespace reclaim::delivery {

namespace {

constexpr std::string_view known[] = {"app", "seat", "reason", "approver"};
constexpr std::chrono::sys_days today = std::chrono::year(2026) / 11 / 24;

ticket_settings settings(std::string title, std::string description)
{
    ticket_settings made;
    made.team_id = "t1";
    made.title = std::move(title);
    made.description = std::move(description);
    return made;
}

std::string mistakes(std::string title, std::string description)
{
    try {
        const ticket_template made(settings(std::move(title), std::move(description)), known);
        return "";
    } catch (const setup_error& e) {
        return e.what();
    }
}

std::string rendered(const std::string& description, const ticket_fields& fields)
{
    const ticket_template made(settings("t", description), known);
    const auto frozen = json::document::parse(made.freeze("id", fields, today).frozen_json);
    return std::string(frozen->at("/issue/description").string().value_or("no description"));
}

}  // namespace

TEST_CASE("a ticket is frozen with everything the settings ask for")
{
    auto how = settings("Clean up {{app}} ({{seat}})", "Removed {{seat}} from {{app}}.");
    how.label_ids = {"l1", "l2"};
    how.assignee_id = "a1";
    how.subscriber_ids = {"u1"};
    how.template_id = "x1";
    how.project_id = "p1";
    how.state_id = "s1";
    how.priority = 3;
    how.due_in = std::chrono::days(7);
    const ticket_template made(how, known);
    const ticket frozen =
        made.freeze("6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11", {{"app", "Figma"}, {"seat", "ada@example.com"}}, today);
    CHECK(frozen.id == "6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11");
    CHECK(
        frozen.frozen_json ==
        R"~({"issue":{"id":"6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11","teamId":"t1","title":"Clean up Figma (ada@example.com)",)~"
        R"("description":"Removed `ada@example.com` from `Figma`.","templateId":"x1","labelIds":["l1","l2"],"assigneeId":"a1",)"
        R"("subscriberIds":["u1"],"projectId":"p1","stateId":"s1","priority":3,"dueDate":"2026-12-01"}})");
}

TEST_CASE("what is not set is not sent")
{
    const ticket_template made(settings("t", "d"), known);
    CHECK(made.freeze("id", {}, today).frozen_json ==
          R"({"issue":{"id":"id","teamId":"t1","title":"t","description":"d"}})");
}

TEST_CASE("a section shows only when its field has a value")
{
    const std::string text = "a{{#reason}} because {{reason}}{{/reason}}{{^reason}} without reason{{/reason}}";
    CHECK(rendered(text, {{"reason", "unused"}}) == "a because `unused`");
    CHECK(rendered(text, {{"reason", ""}}) == "a without reason");
    CHECK(rendered(text, {}) == "a without reason");
}

TEST_CASE("no value in a description can become a link, a mention, an image or a heading")
{
    CHECK(rendered("{{seat}}", {{"seat", "[x](https://evil.test)"}}) == "`[x](https://evil.test)`");
    CHECK(rendered("{{seat}}", {{"seat", "![x](https://evil.test/a.png)"}}) == "`![x](https://evil.test/a.png)`");
    CHECK(rendered("{{seat}}", {{"seat", "@all <https://evil.test>"}}) == "`@all <https://evil.test>`");
    CHECK(rendered("{{seat}}", {{"seat", "x\n# Heading\r\n\r\n[a]: https://evil.test"}}) ==
          "`x # Heading    [a]: https://evil.test`");
    CHECK(rendered("{{seat}}", {{"seat", "a` [x](https://evil.test) `b"}}) == "``a` [x](https://evil.test) `b``");
    CHECK(rendered("{{seat}}", {{"seat", "`` [x](y) ``"}}) == "``` `` [x](y) `` ```");
    CHECK(rendered("| {{seat}} |", {{"seat", "a | [x](y)"}}) == "| `a \u00a6 [x](y)` |");
    CHECK(rendered("{{seat}}", {{"seat", "{{approver}}"}, {"approver", "eve"}}) == "`{{approver}}`");
}

TEST_CASE("a code span is never closed from inside")
{
    for (const std::string text : {"`", "``", "a`", "`a", "a```b``c", "\\`", "`````"}) {
        CAPTURE(text);
        const auto code = as_code(text);
        const auto fence = code.find_first_not_of('`');
        REQUIRE(fence != std::string::npos);
        REQUIRE(code.size() >= 2 * fence);
        const auto inside = code.substr(fence, code.size() - 2 * fence);
        CHECK(inside.find(std::string(fence, '`')) == std::string::npos);
        CHECK(inside.front() != '`');
        CHECK(inside.back() != '`');
    }
}

TEST_CASE("a title is one line of bounded length, cut between characters")
{
    const ticket_template made(settings("{{seat}}", "d"), known);
    std::string name = "line\nbreak ";
    for (int i = 0; i < 400; ++i)
        name += "\u00eb";
    const auto frozen = json::document::parse(made.freeze("id", {{"seat", name}}, today).frozen_json);
    REQUIRE(frozen.has_value());
    const auto title = std::string(frozen->at("/issue/title").string().value_or(""));
    CHECK(title.starts_with("line break \u00eb"));
    CHECK(title.ends_with("\u00eb\u2026"));
    CHECK(as_line("abcdef", 6) == "abcdef");
    CHECK(as_line("abcdefg", 6) == "abcde\u2026");
}

TEST_CASE("the checklist follows the description, one line for each item, and its values are values too")
{
    auto how = settings("t", "Removed.");
    how.checklist = {"Export what is in {{app}}", "Devices"};
    const auto shown = [&](const std::string& app) {
        const ticket_template made(how, known);
        const auto frozen = json::document::parse(made.freeze("id", {{"app", app}}, today).frozen_json);
        return std::string(frozen->at("/issue/description").string().value_or("none"));
    };
    CHECK(shown("Figma") == "Removed.\n\n- [ ] Export what is in `Figma`\n- [ ] Devices\n");
    CHECK(shown("a\n- [x] done [b](https://evil.test)") ==
          "Removed.\n\n- [ ] Export what is in `a - [x] done [b](https://evil.test)`\n- [ ] Devices\n");
    how.description = "Removed.\n";
    CHECK(shown("Figma").starts_with("Removed.\n\n- [ ] "));
    how.description = "";
    how.template_id = "x1";
    CHECK(shown("Figma").starts_with("- [ ] Export"));
    how.checklist = {};
    CHECK(shown("Figma") == "none");
}

TEST_CASE("the evidence link names the issue, and no value can change where it leads")
{
    auto how = settings("t", "d");
    how.link = evidence_link{"https://reclaim.test/evidence/{{seat}}?app={{app}}", "Evidence for {{seat}}"};
    const ticket_template made(how, known);
    const auto attached = [&](const std::string& seat) {
        return json::document::parse(made.freeze("id-1", {{"seat", seat}, {"app", "a&b#c"}}, today).frozen_json)
            ->at("/attachment")
            .serialize();
    };
    CHECK(
        attached("apr-1") ==
        R"({"issueId":"id-1","title":"Evidence for apr-1","url":"https://reclaim.test/evidence/apr-1?app=a%26b%23c"})");
    CHECK_THAT(attached("../../x?y=@evil.test/"), Catch::Contains("evidence/..%2F..%2Fx%3Fy%3D%40evil.test%2F?app="));
}

TEST_CASE("mistakes of checklist and link are found when they are loaded")
{
    const auto wrong = [](std::string url, std::vector<std::string> items, std::string title = "Evidence") {
        auto how = settings("t", "d");
        how.link = evidence_link{std::move(url), std::move(title)};
        how.checklist = std::move(items);
        try {
            const ticket_template made(how, known);
            return std::string();
        } catch (const setup_error& e) {
            return std::string(e.what());
        }
    };
    CHECK(wrong("https://a.test/{{seat}}", {"one"}) == "");
    for (const std::string url : {"http://a.test/x", "https://{{app}}/x", "https://a{{app}}/x", "https://a.test",
                                  "https:///x", "/x", "javascript:x"}) {
        CAPTURE(url);
        CHECK_THAT(wrong(url, {}), Catch::Contains("must begin with https://"));
    }
    CHECK_THAT(wrong("https://a.test/{{user}}", {}), Catch::Contains("ticket link shows {{user}}"));
    CHECK_THAT(wrong("https://a.test/x", {}, " "), Catch::Contains("link_title is empty"));
    CHECK_THAT(wrong("https://a.test/x", {"{{{seat}}}"}), Catch::Contains("checklist item has a raw tag"));
    CHECK_THAT(wrong("https://a.test/x", {"one\ntwo"}), Catch::Contains("not one line"));
    CHECK_THAT(wrong("https://a.test/x", {" "}), Catch::Contains("not one line"));
    CHECK_THAT(mistakes("t", ""), Catch::Contains("only template_id makes good"));
}

TEST_CASE("mistakes of a template are found when it is loaded")
{
    CHECK(mistakes("{{app}}", "{{! a remark }}{{#reason}}{{ seat }}{{/reason}}") == "");
    CHECK_THAT(mistakes("{{user}}", "d"),
               Catch::Contains("title shows {{user}}") && Catch::Contains("app, seat, reason, approver"));
    CHECK_THAT(mistakes("t", "{{^reason}}{{#seat}}{{typo}}{{/seat}}{{/reason}}"), Catch::Contains("{{typo}}"));
    CHECK_THAT(mistakes("t", "{{{seat}}}"), Catch::Contains("raw tag"));
    CHECK_THAT(mistakes("t", "{{& seat}}"), Catch::Contains("raw tag"));
    CHECK_THAT(mistakes("t", "{{=<% %>=}}<%& seat %>"), Catch::Contains("delimiters"));
    CHECK_THAT(mistakes("t", "{{> seat}}"), Catch::Contains("partial"));
    CHECK_THAT(mistakes("t", "{{seat"), Catch::Contains("without its }}"));
    CHECK_THAT(mistakes("t", "{{#seat}}"), Catch::Contains("no mustache template"));
    CHECK_THAT(mistakes("t", "{{/seat}}"), Catch::Contains("no mustache template"));
    CHECK_THAT(mistakes(" ", "d"), Catch::Contains("title is empty"));
    CHECK_THAT(mistakes("{{a}}", "{{b}}"), Catch::Contains("{{a}}") && Catch::Contains("{{b}}"));
    auto wrong = settings("t", "d");
    wrong.priority = 5;
    CHECK_THROWS_AS(ticket_template(wrong, known), setup_error);
}

}  // namespace reclaim::delivery
