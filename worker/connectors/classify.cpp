#include "worker/connectors/classify.hpp"

#include "common/json/document.hpp"
#include "worker/connectors/conditions.hpp"
#include "worker/connectors/wait.hpp"

namespace reclaim::connectors {

namespace {

// When the vendor asks for a pause but names no time.
constexpr std::chrono::milliseconds wait_unsaid = std::chrono::seconds(30);
constexpr json::limits answer_limits{.depth_max = 32, .members_max = 65536};

std::string status_text(const http::response& got)
{
    return "HTTP " + std::to_string(got.status);
}

bool is_success(const http::response& got)
{
    return got.status >= 200 && got.status < 300;
}

// Empty when a 2xx answer has the shape its request asked for; else what is wrong with it. Without this an HTML login
// page with status 200 would pass for an answer.
std::string find_nonsense(const call& made, const http::response& got, json::value body, const variables& of)
{
    if ((made.why == call::purpose::revoke || made.why == call::purpose::restore) && got.body.empty())
        return "";
    if (body.kind() != json::kind::object && body.kind() != json::kind::array)
        return status_text(got) + " without a JSON document";
    if (made.echo) {
        const auto expected = made.echo->equals.fill(of);
        if (!expected || scalar_text(body.at(made.echo->at)) != *expected)
            return status_text(got) + " speaks of something else: " + made.echo->at + " is not " +
                   made.echo->equals.source();
    }
    return "";
}

outcome conclude(const rule& matched, std::span<const wait_rule> waits, const http::response& got,
                 std::chrono::system_clock::time_point now)
{
    const std::string why = status_text(got) + (matched.why.empty() ? "" : ": " + matched.why);
    switch (matched.gives) {
    case verdict::done:
        return removed{};
    case verdict::absent:
        return already_absent{};
    case verdict::scheduled:
        return scheduled{};
    case verdict::held:
        return held{};
    case verdict::inherited:
        return still_present{why};
    case verdict::recheck:
        return look_again{why};
    case verdict::throttled: {
        // A rule's own wait is for answers whose headers mislead, so it comes first.
        const auto asked = matched.wait ? matched.wait : asked_wait(waits, got.headers, now);
        return throttled{clamp_wait(asked.value_or(wait_unsaid)), why};
    }
    case verdict::retry:
        return retry{why};
    case verdict::denied:
        return denied{why};
    case verdict::refused:
        return refused{why};
    case verdict::unknown:
        return unknown{why};
    }
    return unknown{why};
}

outcome judge(const call& made, std::span<const wait_rule> waits, const http::response& got, json::value body,
              const variables& of, std::chrono::system_clock::time_point now)
{
    if (is_success(got)) {
        if (auto nonsense = find_nonsense(made, got, body, of); !nonsense.empty())
            return unknown{std::move(nonsense)};
    }
    for (const rule& candidate : made.rules) {
        if (meets(candidate, got, body, of))
            return conclude(candidate, waits, got, now);
    }
    return unknown{status_text(got) + " matches no rule of the recipe"};
}

// The assignment becomes part of the audit row: a short word or nothing.
std::string short_word(json::value node)
{
    constexpr std::size_t bytes_max = 64;
    const auto text = node.string().value_or("");
    const bool plain = text.size() <= bytes_max &&
                       text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "abcdefghijklmnopqrstuvwxyz0123456789_-. ") == std::string_view::npos;
    return plain ? std::string(text) : "";
}

}  // namespace

reading classify(const call& made, std::span<const wait_rule> waits, const http::response& got, const variables& of,
                 std::chrono::system_clock::time_point now)
{
    const auto parsed = json::document::parse(got.body, answer_limits);
    const auto body = parsed ? parsed->root() : json::value();
    reading read{judge(made, waits, got, body, of, now), ""};
    if (!made.assignment_at.empty())
        read.assignment = short_word(body.at(made.assignment_at));
    if (std::holds_alternative<held>(read.what))
        read.captured = read_captured(made.captures, body);
    return read;
}

std::optional<outcome> find_trouble(const call& made, std::span<const wait_rule> waits, const http::response& got,
                                    const variables& of, std::chrono::system_clock::time_point now)
{
    const auto parsed = json::document::parse(got.body, answer_limits);
    const auto body = parsed ? parsed->root() : json::value();
    const bool expected = got.status < made.expected.size() && made.expected.test(got.status);
    if (expected && (!is_success(got) || find_nonsense(made, got, body, of).empty()))
        return std::nullopt;
    return judge(made, waits, got, body, of, now);
}

}  // namespace reclaim::connectors
