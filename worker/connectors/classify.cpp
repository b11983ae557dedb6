#include "worker/connectors/classify.hpp"

#include "common/json/document.hpp"
#include "worker/connectors/conditions.hpp"
#include "worker/connectors/wait.hpp"

#include <algorithm>

namespace reclaim::connectors {

namespace {

// When the vendor asks for a pause but names no time.
constexpr std::chrono::milliseconds wait_unsaid = std::chrono::seconds(30);

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

// Text from an answer that will stand in our next request.
bool is_usable(std::string_view text)
{
    constexpr std::size_t bytes_max = 1024;
    return !text.empty() && text.size() <= bytes_max &&
           std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

std::vector<std::string> values_of(const saved_value& wanted, const http::response& got, json::value body,
                                   const variables& of)
{
    std::vector<std::string> found;
    if (!wanted.header.empty()) {
        if (const auto value = http::find(got.headers, wanted.header))
            found.emplace_back(*value);
        return found;
    }
    for (const json::value node : select(wanted.from, body, of).nodes)
        if (auto text = scalar_text(node))
            found.push_back(std::move(*text));
    return found;
}

// A seat whose removal would have to be guessed at is not held but a question for a person.
void save(reading& into, const call& made, const http::response& got, json::value body, const variables& of)
{
    for (const saved_value& wanted : made.saves) {
        auto found = values_of(wanted, got, body, of);
        if (found.size() > 1) {
            into.what = refused{status_text(got) + " tells more than one {" + wanted.name +
                                "}; a person must say which is meant"};
            return;
        }
        if (!found.empty() && is_usable(found.front()))
            into.saved.emplace(wanted.name, std::move(found.front()));
        else if (!wanted.is_optional) {
            into.what = unknown{status_text(got) + " does not tell {" + wanted.name + "}, which the removal needs"};
            return;
        }
    }
}

}  // namespace

reading classify(const call& made, std::span<const wait_rule> waits, const http::response& got, const variables& of,
                 std::chrono::system_clock::time_point now)
{
    const auto parsed = json::document::parse(got.body, answer_limits);
    const auto body = parsed ? parsed->root() : json::value();
    reading read{judge(made, waits, got, body, of, now), "", {}};
    if (std::holds_alternative<held>(read.what))
        save(read, made, got, body, of);
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
