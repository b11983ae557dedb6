#include "worker/delivery/draft.hpp"

#include "common/json/document.hpp"
#include "common/json/writer.hpp"
#include "common/log/logger.hpp"
#include "worker/delivery/plain_text.hpp"

#include <algorithm>

namespace reclaim::delivery {

namespace asio = boost::asio;

namespace {

using async::steady;

constexpr std::chrono::seconds pause_after_failure{60};
constexpr int at_once_max = 8;
constexpr std::string_view heading = "**Drafted by a language model, checked by nobody:**";

std::string cut(std::string_view text, std::size_t bytes_max)
{
    if (text.size() <= bytes_max)
        return std::string(text);
    while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xc0) == 0x80)
        --bytes_max;  // not within a character
    return std::string(text.substr(0, bytes_max)) + "\u2026";
}

std::string_view trim(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

http::request make_request(const draft_settings& how, std::string_view prompt)
{
    json::writer body;
    body.begin_object().member("model", how.model).key("messages").begin_array();
    body.begin_object().member("role", "user").member("content", prompt).end_object().end_array();
    body.member("stream", false).end_object();
    http::request out{"POST",
                      "/v1/chat/completions",
                      {{"Content-Type", "application/json"}, {"Accept", "application/json"}},
                      body.take()};
    if (how.with)
        out.headers.push_back(connectors::as_header(*how.with));
    return out;
}

}  // namespace

std::optional<std::string> find_prompt(std::string_view frozen_json)
{
    const auto parsed = json::document::parse(frozen_json);
    const auto prompt = parsed ? parsed->at("/draft").string() : std::nullopt;
    return prompt ? std::optional(std::string(*prompt)) : std::nullopt;
}

std::string settle(std::string_view frozen_json, std::string_view paragraph)
{
    const auto parsed = json::document::parse(frozen_json);
    if (!parsed)
        return std::string(frozen_json);
    const auto issue = parsed->at("/issue");
    std::string description(issue["description"].string().value_or(""));
    if (!paragraph.empty()) {
        if (!description.empty())
            description += description.ends_with('\n') ? "\n" : "\n\n";
        description += std::string(heading) + "\n\n" + as_code(paragraph) + "\n";
    }
    json::writer out;
    out.begin_object().key("issue").begin_object();
    for (const auto& [name, value] : issue.members()) {
        if (name != "description")
            out.key(name).raw(value.serialize());
    }
    if (!description.empty())
        out.member("description", description);
    out.end_object();
    for (const auto& [name, value] : parsed->root().members()) {
        if (name != "issue" && name != "draft")
            out.key(name).raw(value.serialize());
    }
    return out.end_object().take();
}

drafted read_draft(const http::response& got, std::size_t bytes_max)
{
    if (got.status != 200)
        return {"", "HTTP " + std::to_string(got.status)};
    const auto parsed = json::document::parse(got.body);
    const auto said = parsed ? parsed->at("/choices/0/message/content").string() : std::nullopt;
    if (!said)
        return {"", "no chat completion"};
    const auto text = trim(*said);
    if (text.empty())
        return {"", "an empty one"};
    return {cut(text, bytes_max)};
}

drafter::drafter(connectors::exchange send, draft_settings how) : send_(std::move(send)), how_(std::move(how)) {}

asio::awaitable<std::string> drafter::ask(std::string prompt, steady::time_point deadline)
{
    if (steady::now() < not_before_ || under_way_ >= at_once_max)
        co_return "";
    const struct counted {
        int& count;
        explicit counted(int& c) : count(++c) {}
        ~counted() { --count; }
    } call(under_way_);
    http::request request = make_request(how_, prompt);
    const auto got = co_await send_(how_.to, std::move(request), std::min(deadline, steady::now() + how_.time_max));
    drafted draft = got ? read_draft(*got, how_.bytes_max) : drafted{"", got.error().why};
    if (!draft.text.empty())
        co_return std::move(draft.text);
    not_before_ = steady::now() + pause_after_failure;
    log::warn("draft_missing", {{"why", draft.why_none}});
    co_return "";
}

}  // namespace reclaim::delivery
