#include "worker/delivery/draft.hpp"

#include "common/json/document.hpp"
#include "tests/unit/worker/connectors/script.hpp"

#include <catch2/catch.hpp>

namespace reclaim::delivery {

using testing::await_now;
using testing::soon;

namespace {

const std::string waiting =
    R"({"issue":{"id":"i","description":"Removed.\n","priority":2},"attachment":{"issueId":"i"},"draft":"about ada"})";

std::string said(const std::string& content)
{
    return R"({"choices":[{"message":{"role":"assistant","content":")" + content + R"("}}]})";
}

std::string read(unsigned status, const std::string& body, std::size_t bytes_max = 100)
{
    const auto got = read_draft({status, {}, body}, bytes_max);
    return got.text.empty() ? "none: " + got.why_none : got.text;
}

draft_settings settings()
{
    draft_settings how;
    how.to = *http::origin::parse("https://llm.test/base");
    how.with = connectors::credential{"Authorization", "Bearer ", secret("k")};
    how.model = "small";
    return how;
}

}  // namespace

TEST_CASE("a ticket that waits for its draft becomes final with it or without it, and nothing else of it changes")
{
    CHECK(find_prompt(waiting) == "about ada");
    CHECK(settle(waiting, "") ==
          R"({"issue":{"id":"i","priority":2,"description":"Removed.\n"},"attachment":{"issueId":"i"}})");
    CHECK(
        settle(waiting, "Tell the team.") ==
        R"({"issue":{"id":"i","priority":2,"description":"Removed.\n\n**Drafted by a language model, checked by nobody:**\n\n`Tell the team.`\n"},)"
        R"("attachment":{"issueId":"i"}})");
    CHECK_FALSE(find_prompt(settle(waiting, "x")));
    CHECK_FALSE(find_prompt(""));
    CHECK(settle(R"({"issue":{"id":"i"},"draft":"p"})", "") == R"({"issue":{"id":"i"}})");
}

TEST_CASE("nothing a model says can become a link, a mention, a heading or a task")
{
    const auto shown = [](const std::string& text) {
        const auto final = json::document::parse(settle(waiting, text));
        const std::string all(final->at("/issue/description").string().value_or(""));
        return all.substr(all.find(":**\n\n") + 5);
    };
    CHECK(shown("see [here](https://evil.test) @all\n# Now\n- [x] done") ==
          "`see [here](https://evil.test) @all # Now - [x] done`\n");
    CHECK(shown("a` [b](https://evil.test) `c") == "``a` [b](https://evil.test) `c``\n");
}

TEST_CASE("only a chat completion with text is a draft, cut between characters")
{
    CHECK(read(200, said(" Tell the team.\\n")) == "Tell the team.");
    CHECK(read(200, said("abc"), 3) == "abc");
    CHECK(read(200, said("abcd"), 3) == "abc\u2026");
    CHECK(read(200, said("a\u00eb\u00eb"), 2) == "a\u2026");
    for (const std::string body :
         {"", "<html>", "[]", "{}", R"({"choices":[]})", R"({"choices":[{"message":{"content":7}}]})"}) {
        CAPTURE(body);
        CHECK(read(200, body) == "none: no chat completion");
    }
    CHECK(read(200, said(" \\n ")) == "none: an empty one");
    CHECK(read(500, said("text")) == "none: HTTP 500");
    CHECK(read(302, "") == "none: HTTP 302");
}

TEST_CASE("a model is asked with the prompt alone")
{
    testing::script vendor;
    vendor.then(200, said("Yes."));
    drafter api(vendor.play(), settings());
    CHECK(await_now(api.ask("about \"ada\"", soon())) == "Yes.");
    CHECK(vendor.seen.at(0).target == "/v1/chat/completions");
    CHECK(http::find(vendor.seen[0].headers, "authorization") == "Bearer k");
    CHECK(vendor.seen[0].body ==
          R"({"model":"small","messages":[{"role":"user","content":"about \"ada\""}],"stream":false})");
}

TEST_CASE("after a failure no model is asked for a while")
{
    testing::script vendor;
    vendor.then_lost();
    drafter api(vendor.play(), settings());
    CHECK(await_now(api.ask("p", soon())) == "");
    CHECK(await_now(api.ask("p", soon())) == "");
    CHECK(vendor.seen.size() == 1);
}

}  // namespace reclaim::delivery
