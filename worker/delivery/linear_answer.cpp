#include "worker/delivery/linear_answer.hpp"

#include "common/json/document.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace reclaim::delivery {

namespace {

// What one error says, the more decisive the later: of several errors the last in this order counts.
enum class meaning { not_found, refused, damaged, uncertain, denied, throttled, ours_exists };

struct named_meaning {
    std::string_view name;
    meaning is;
};
// extensions.code, then extensions.type in lower case. Anything else is uncertain: look first, then try again.
constexpr named_meaning by_code[] = {
    {"RATELIMITED", meaning::throttled},
    {"AUTHENTICATION_ERROR", meaning::denied},
    {"FORBIDDEN", meaning::denied},
    {"INPUT_ERROR", meaning::refused},
    {"INVALID_INPUT", meaning::refused},
    {"FEATURE_NOT_ACCESSIBLE", meaning::refused},
    {"GRAPHQL_VALIDATION_FAILED", meaning::refused},
};
constexpr named_meaning by_type[] = {
    {"ratelimited", meaning::throttled}, {"authentication error", meaning::denied},
    {"forbidden", meaning::denied},      {"invalid input", meaning::refused},
    {"user error", meaning::refused},    {"usage limit exceeded", meaning::refused},
    {"graphql error", meaning::refused}, {"feature not accessible", meaning::refused},
};

std::string lower(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

template <std::size_t Count>
std::optional<meaning> look_up(const named_meaning (&table)[Count], std::string_view name)
{
    for (const auto& entry : table) {
        if (entry.name == name)
            return entry.is;
    }
    return std::nullopt;
}

// What a create was to make, under which id of ours.
struct made_thing {
    std::string_view kind;  // in lower case
    std::string_view id;
};

meaning meaning_of(json::value error, made_thing ours)
{
    const auto code = error.at("/extensions/code").string().value_or("");
    const auto message = lower(error["message"].string().value_or(""));
    if (code == "INPUT_ERROR") {
        if (message.starts_with("entity not found: issue"))
            return meaning::not_found;
        // The same words about another entity name another object's id and mean damage, not a duplicate.
        const auto shown = error.at("/extensions/userPresentableMessage").string().value_or("");
        if (!ours.id.empty() && message.starts_with("conflict on insert of " + std::string(ours.kind)))
            return shown.find(ours.id) != std::string_view::npos ? meaning::ours_exists : meaning::refused;
        if (message.starts_with("conflict on insert of documentcontent"))
            return meaning::damaged;
    }
    const auto known = look_up(by_code, code);
    const auto type = lower(error.at("/extensions/type").string().value_or(""));
    return known ? *known : look_up(by_type, type).value_or(meaning::uncertain);
}

// For logs and the record: the code and the beginning of the message.
std::string describe(json::value error)
{
    constexpr std::size_t message_bytes_max = 200;
    const auto code = error.at("/extensions/code").string();
    std::string text(code.value_or(error.at("/extensions/type").string().value_or("error without code")));
    std::string message(error["message"].string().value_or("").substr(0, message_bytes_max));
    while (message.size() == message_bytes_max && !message.empty() && (message.back() & 0x80) != 0)
        message.pop_back();  // may be half a character
    return "Linear: " + text.substr(0, 64) + ": " + message;
}

struct trouble {
    meaning is = meaning::uncertain;
    std::string why;
};

// Without errors in the body the status is all there is. 401 and 403 are the credential's; any other 4xx comes from
// something in front of Linear or from a wrong URL and stops every ticket the same way.
std::optional<trouble> read_status(const http::response& got, json::value body)
{
    const auto status = "Linear: HTTP " + std::to_string(got.status);
    if (got.status == 429)
        return trouble{meaning::throttled, status};
    if (got.status == 413)
        return trouble{meaning::refused, status + ": the ticket is too large; shorten the template"};
    if (got.status == 408)
        return trouble{meaning::uncertain, status};
    if (got.status >= 400 && got.status < 500)
        return trouble{meaning::denied, status + " without a GraphQL error; check the URL and the key"};
    if (got.status < 200 || got.status >= 300 || body["data"].kind() != json::kind::object)
        return trouble{meaning::uncertain, status + " without a GraphQL answer"};
    return std::nullopt;
}

std::optional<trouble> find_trouble(const http::response& got, json::value body, made_thing ours = {})
{
    const auto errors = body["errors"];
    if (errors.kind() == json::kind::missing || errors.kind() == json::kind::null)
        return read_status(got, body);
    std::optional<trouble> worst;
    for (const auto& error : errors.elements()) {
        const auto is = meaning_of(error, ours);
        if (!worst || is > worst->is)
            worst = trouble{is, describe(error)};
    }
    return worst ? worst : trouble{meaning::uncertain, "Linear: errors in an unknown form"};
}

std::optional<opened> read_issue(json::value issue, std::string_view ticket_id)
{
    const auto identifier = issue["identifier"].string(), url = issue["url"].string();
    if (issue["id"].string() != ticket_id || !identifier || !url)
        return std::nullopt;
    return opened{std::string(*identifier), std::string(*url)};
}

// Of a mutation whose repeat is harmless: whatever is uncertain may simply be sent again.
obstacle read_added(const http::response& got, std::string_view at, made_thing ours,
                    std::chrono::system_clock::time_point now)
{
    const auto parsed = json::document::parse(got.body);
    const auto body = parsed ? parsed->root() : json::value();
    if (auto bad = find_trouble(got, body, ours)) {
        switch (bad->is) {
        case meaning::ours_exists:
            return std::nullopt;
        case meaning::throttled:
            return throttled{linear_wait(got.headers, now), std::move(bad->why)};
        case meaning::denied:
            return denied{std::move(bad->why)};
        case meaning::refused:
        case meaning::damaged:
        case meaning::not_found:  // the issue: deleted, archived, or out of the key's reach
            return refused{std::move(bad->why)};
        case meaning::uncertain:
            return retry{std::move(bad->why)};
        }
    }
    const auto made = body["data"][at];
    if (made["success"].boolean() == true && made[ours.kind]["id"].string())
        return std::nullopt;
    return retry{"Linear: " + std::string(at) + " answered without success"};
}

}  // namespace

obstacle read_attached(const http::response& got, std::chrono::system_clock::time_point now)
{
    return read_added(got, "attachmentCreate", {"attachment", ""}, now);
}

obstacle read_commented(const http::response& got, std::string_view comment_id,
                        std::chrono::system_clock::time_point now)
{
    return read_added(got, "commentCreate", {"comment", comment_id}, now);
}

creation read_created(const http::response& got, std::string_view ticket_id, std::chrono::system_clock::time_point now)
{
    const auto parsed = json::document::parse(got.body);
    const auto body = parsed ? parsed->root() : json::value();
    const auto made = body.at("/data/issueCreate");
    if (auto bad = find_trouble(got, body, {"issue", ticket_id})) {
        // Errors beside a result: something was done, and only a look tells what.
        if (made.kind() == json::kind::object)
            return unknown{std::move(bad->why)};
        switch (bad->is) {
        case meaning::ours_exists:
            return conflict{
                "Linear: our id is taken, but the issue is not shown; it may be deleted or out of the key's reach"};
        case meaning::damaged:
            return conflict{std::move(bad->why)};
        case meaning::throttled:
            return throttled{linear_wait(got.headers, now), std::move(bad->why)};
        case meaning::denied:
            return denied{std::move(bad->why)};
        case meaning::refused:
        case meaning::not_found:  // something the input names, e.g. a parent issue
            return refused{std::move(bad->why)};
        case meaning::uncertain:
            return unknown{std::move(bad->why)};
        }
    }
    if (made["success"].boolean() != true)
        return unknown{"Linear: issueCreate answered without success"};
    if (auto issue = read_issue(made["issue"], ticket_id))
        return *issue;
    return unknown{"Linear: issueCreate succeeded without showing our issue"};
}

ticket_answer read_found(const http::response& got, std::string_view ticket_id,
                         std::chrono::system_clock::time_point now)
{
    const auto parsed = json::document::parse(got.body);
    const auto body = parsed ? parsed->root() : json::value();
    if (auto bad = find_trouble(got, body, {"issue", ticket_id})) {
        switch (bad->is) {
        case meaning::not_found:
            return absent{};
        case meaning::throttled:
            return throttled{linear_wait(got.headers, now), std::move(bad->why)};
        case meaning::denied:
            return denied{std::move(bad->why)};
        case meaning::refused:
            return refused{std::move(bad->why)};
        case meaning::ours_exists:
        case meaning::damaged:
        case meaning::uncertain:
            return retry{std::move(bad->why)};  // a read changes nothing, so it may simply be repeated
        }
    }
    if (auto issue = read_issue(body.at("/data/issue"), ticket_id))
        return *issue;
    return retry{"Linear: the lookup answered without our issue"};
}

std::string read_preflight(const http::response& got, std::string_view team_id)
{
    const auto parsed = json::document::parse(got.body);
    const auto body = parsed ? parsed->root() : json::value();
    if (auto bad = find_trouble(got, body))
        return bad->is == meaning::denied ? bad->why + "; put a valid key in place" : bad->why;
    if (!body.at("/data/viewer/id").string())
        return "Linear: the key is not recognised; an API key is sent without a scheme word, an OAuth token with "
               "\"Bearer \"";
    if (body.at("/data/team/id").string() != team_id)
        return "Linear: the key does not see team " + std::string(team_id) + "; correct team_id or the key's access";
    return "";
}

}  // namespace reclaim::delivery
