#include "worker/connectors/engine.hpp"

#include "common/base/overloaded.hpp"
#include "worker/connectors/classify.hpp"
#include "worker/connectors/pages.hpp"
#include "worker/connectors/write_request.hpp"

#include <algorithm>
#include <set>

namespace reclaim::connectors {

using async::steady;

// Either a response, or why there is none.
struct engine::attempt {
    std::optional<http::response> got;
    outcome otherwise;
    bool left = false;  // without a response: the request may have reached the vendor
};

struct engine::sight {
    answer what;
    variables saved;   // of an answer that reads "held"
    std::string next;  // target of the next page, "" for none
};

namespace {

constexpr std::size_t request_id_bytes_max = 128;

// A header value that goes into the audit row: printable and short.
std::string as_evidence(std::string_view text)
{
    std::string out(text.substr(0, request_id_bytes_max));
    std::erase_if(out, [](char c) { return c < 0x20 || c > 0x7e; });
    return out;
}

evidence make_evidence(const call& made, const http::response& got, const std::string& request_id_header)
{
    evidence proof{made.operation(), static_cast<int>(got.status), "", ""};
    if (!request_id_header.empty())
        proof.request_id = as_evidence(http::find(got.headers, request_id_header).value_or(""));
    return proof;
}

outcome lost(const http::failure& how)
{
    if (how.what == http::failure::kind::not_sent)
        return not_sent{how.why};
    return unknown{how.why};
}

// Without a credential nothing can be sent.
outcome unsent(const credentials::unavailable& why)
{
    if (why.what == credentials::unavailable::kind::refused)
        return denied{why.why};
    if (why.wait)
        return throttled{*why.wait, why.why};
    return not_sent{why.why};
}

// For a person at start-up or in the log of a closed gate.
std::string describe(const outcome& trouble)
{
    return std::visit(overloaded{
                          [](const removed&) { return std::string("unexpected answer"); },
                          [](const already_absent&) { return std::string("unexpected answer"); },
                          [](const scheduled&) { return std::string("unexpected answer"); },
                          [](const held&) { return std::string("unexpected answer"); },
                          [](const still_present& t) { return t.why; },
                          [](const look_again& t) { return t.why; },
                          [](const throttled& t) { return t.why; },
                          [](const retry& t) { return t.why + "; the vendor has trouble"; },
                          [](const denied& t) { return t.why; },
                          [](const refused& t) { return t.why; },
                          [](const not_sent& t) { return t.why + "; check address, network and certificates"; },
                          [](const no_turn& t) { return t.why; },
                          [](const unknown& t) { return t.why + "; check that the base URL is the vendor's API"; },
                      },
                      trouble);
}

}  // namespace

engine::engine(recipe how, exchange send, http::origin to, std::shared_ptr<credentials::credential> with,
               std::vector<variables> apps, turnstile& turns)
    : recipe_(std::move(how)),
      send_(std::move(send)),
      to_(std::move(to)),
      with_(std::move(with)),
      apps_(std::move(apps)),
      turns_(turns),
      in_flight_(recipe_.limits.in_flight_max)
{}

void engine::use(std::shared_ptr<credentials::credential> with)
{
    with_ = std::move(with);
    proven_at_.clear();
}

asio::awaitable<answer> engine::look(const target& whose, const operation& by, steady::time_point deadline)
{
    sight seen = co_await see(whose.variables, by, deadline);
    co_return std::move(seen.what);
}

asio::awaitable<answer> engine::remove(const target& whose, const operation& by, steady::time_point deadline)
{
    variables of = whose.variables;
    if (!recipe_.check.saves.empty()) {
        sight first = co_await see(of, by, deadline);
        // Nothing that removes was sent, so even an unreadable look is not an unknown effect.
        if (const auto* unclear = std::get_if<unknown>(&first.what.what))
            first.what.what = retry{unclear->why};
        first.what.left = false;
        if (!std::holds_alternative<held>(first.what.what))
            co_return std::move(first.what);
        of.merge(first.saved);
    }
    of.insert_or_assign("operation", by.key);
    attempt tried = co_await ask(recipe_.revoke, of, &by, deadline);
    sight seen = co_await judge(recipe_.revoke, std::move(tried), of, deadline);
    co_return std::move(seen.what);
}

// A page that does not show the seat only says so of itself: absence is what the last one says.
asio::awaitable<engine::sight> engine::see(const variables& of, const operation& by, steady::time_point deadline)
{
    const call& check = recipe_.check;
    sight seen;
    std::string page;
    for (std::size_t pages = 1;; ++pages) {
        attempt tried = co_await ask(check, of, &by, deadline, page);
        seen = co_await judge(check, std::move(tried), of, deadline);
        if (seen.next.empty())
            break;
        if (pages == check.next->pages_max) {
            seen.what.what = unknown{"the list has more than " + std::to_string(pages) + " pages; narrow the look"};
            break;
        }
        page = std::move(seen.next);
    }
    co_return seen;
}

asio::awaitable<answer> engine::restore(const target& whose, std::string captured, const operation& by,
                                        steady::time_point deadline)
{
    variables of = whose.variables;
    of.merge(scalars_of(captured));
    attempt tried = co_await ask(*recipe_.restore, of, &by, deadline);
    sight seen = co_await judge(*recipe_.restore, std::move(tried), of, deadline);
    co_return std::move(seen.what);
}

asio::awaitable<engine::attempt> engine::ask(const call& what, const variables& of, const operation* by,
                                             steady::time_point deadline, std::string page)
{
    const auto limit = std::min(deadline, steady::now() + recipe_.limits.timeout);
    const auto slot = co_await in_flight_.take(limit);
    if (!slot)
        co_return attempt{std::nullopt, not_sent{"no free place among the requests in flight to this vendor"}};
    for (bool again = false;; again = true) {
        // Before the turn, which is for a call that is sent at once; a token that ends meanwhile is like a revoked one.
        const auto with = with_;  // use() may put another in its place while this one is waited for
        const auto who = co_await with->present(limit);
        if (!who)
            co_return attempt{std::nullopt, unsent(who.error())};
        auto request = write_request(what, recipe_.headers, who->header, of);
        if (!request)
            co_return attempt{std::nullopt, refused{request.error().why}};
        if (!page.empty())
            request->target = page;
        if (by) {
            request->headers.push_back({"Reclaim-Operation", by->key});
            request->headers.push_back({"Reclaim-Fence", std::to_string(by->fence)});
        }
        std::optional<pass> turn;
        if (by && by->turn)
            turn = std::exchange(*by->turn, pass());
        if (!turn || !turn->good_at(steady::now())) {
            turn.reset();  // its place goes back before another is asked for
            turn = co_await turns_.enter(of, limit);
        }
        if (!turn)
            co_return attempt{std::nullopt, no_turn{"the connector's limit let no call through in time"}};
        auto got = co_await send_(to_, std::move(*request), std::min(limit, turn->end_by()));
        if (by)  // a call about a seat: what proves the connection does so for others too, and is judged by who asked
            turns_.heard(got && got->status < 500, got ? "status " + std::to_string(got->status) : got.error().why);
        if (!got)
            co_return attempt{std::nullopt, lost(got.error()), got.error().what != http::failure::kind::not_sent};
        if (recipe_.allowance && got->status < 400) {  // one that is refused for it closes the gate instead
            if (const auto slow = find_slowdown(*recipe_.allowance, got->headers, std::chrono::system_clock::now()))
                turns_.slow_down(*slow);
        }
        // A token may be revoked before its time. Sending once more is safe for a removal too: 401 says that the
        // request "has not been applied" (RFC 9110 15.5.2), so nothing happened that could happen twice. Only once: a
        // second 401 is about us and not about a token, and is judged by the recipe as ever.
        const bool renewable = !again && got->status == 401 && (with != with_ || with->rejected(who->edition));
        if (!renewable)
            co_return attempt{std::move(*got), unknown{}, true};
    }
}

asio::awaitable<engine::sight> engine::judge(const call& what, attempt tried, const variables& of,
                                             steady::time_point deadline)
{
    if (!tried.got)
        co_return sight{{std::move(tried.otherwise), {what.operation(), 0, "", ""}, tried.left}, {}, ""};
    const http::response& got = *tried.got;
    reading read = classify(what, recipe_.waits, got, of, std::chrono::system_clock::now());
    sight seen{{std::move(read.what), make_evidence(what, got, recipe_.request_id_header)}, std::move(read.saved), ""};
    seen.what.proof.assignment = std::move(read.assignment);
    seen.what.captured = std::move(read.captured);
    if (std::holds_alternative<denied>(seen.what.what))
        proven_at_.clear();
    if (!std::holds_alternative<already_absent>(seen.what.what))
        co_return seen;
    if (got.status >= 400) {
        // A wrong base URL, a wrong app id and a lost permission answer "not found" too.
        if (auto trouble = co_await doubt_a_404(of, deadline))
            seen.what.what = std::move(*trouble);
    } else if (what.next) {
        const auto first = write_target(what, of);
        auto next = find_next(*what.next, got, to_, first ? *first : "");
        if (next)
            seen.next = std::move(*next);
        else
            seen.what.what = unknown{next.error().why};
    }
    co_return seen;
}

asio::awaitable<std::optional<outcome>> engine::doubt_a_404(const variables& app, steady::time_point deadline)
{
    const auto key = write_target(recipe_.health, app);
    if (!key)
        co_return refused{key.error().why};
    const auto turn = co_await proving_.take(deadline);
    if (!turn)
        co_return retry{"\"not found\" could not be vouched for in time"};
    const auto proven = proven_at_.find(*key);
    if (proven != proven_at_.end() && steady::now() - proven->second < recipe_.limits.health_max_age)
        co_return std::nullopt;
    auto trouble = co_await find_trouble_of(app, deadline);
    // The seat's own call was answered, so whatever kept the health call from its answer says nothing about the seat.
    if (trouble && (std::holds_alternative<not_sent>(*trouble) || std::holds_alternative<no_turn>(*trouble)))
        co_return retry{"\"not found\" could not be vouched for: " + describe(*trouble)};
    co_return trouble;
}

asio::awaitable<std::optional<outcome>> engine::find_trouble_of(const variables& app, steady::time_point deadline)
{
    const auto key = write_target(recipe_.health, app);
    attempt tried = co_await ask(recipe_.health, app, nullptr, deadline);
    std::optional<outcome> trouble;
    if (tried.got)
        trouble = find_trouble(recipe_.health, recipe_.waits, *tried.got, app, std::chrono::system_clock::now());
    else
        trouble = std::move(tried.otherwise);
    const auto now = steady::now();
    std::erase_if(proven_at_, [&](const auto& entry) { return now - entry.second >= recipe_.limits.health_max_age; });
    if (!key)
        co_return trouble;
    if (trouble)
        proven_at_.erase(*key);
    else
        proven_at_.insert_or_assign(*key, now);
    co_return trouble;
}

asio::awaitable<std::optional<outcome>> engine::probe(steady::time_point deadline)
{
    co_return co_await find_trouble_of(apps_.empty() ? variables() : apps_.front(), deadline);
}

asio::awaitable<std::string> engine::health(steady::time_point deadline)
{
    std::set<std::string> asked;  // apps may share one health call
    std::string troubles;
    for (const variables& app : apps_) {
        const auto path = write_target(recipe_.health, app);
        if (path && !asked.insert(*path).second)
            continue;
        const auto trouble = co_await find_trouble_of(app, deadline);
        if (!trouble)
            continue;
        troubles += (troubles.empty() ? "" : "; ") + recipe_.name + ": " + recipe_.health.method + " " +
                    (path ? *path : recipe_.health.path.source()) + ": " + describe(*trouble);
        if (std::holds_alternative<denied>(*trouble))
            break;  // one credential serves all apps
    }
    co_return troubles;
}

}  // namespace reclaim::connectors
