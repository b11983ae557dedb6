#include "worker/delivery/linear.hpp"

#include "common/base/overloaded.hpp"
#include "common/json/document.hpp"
#include "common/json/writer.hpp"
#include "worker/delivery/linear_answer.hpp"
#include "worker/delivery/linear_documents.hpp"

#include <algorithm>

namespace reclaim::delivery {

namespace asio = boost::asio;

namespace {

using async::steady;
using std::chrono::system_clock;

constexpr std::chrono::seconds request_time_max{20};

std::string as_input(json::value frozen)
{
    return "{\"input\":" + frozen.serialize() + "}";
}

// What became of a request that repeats harmlessly and was not answered.
ticket_answer again(const http::failure& failed)
{
    if (failed.what == http::failure::kind::not_sent)
        return not_sent{failed.why};
    return retry{failed.why};
}

std::string one_variable(std::string_view name, std::string_view value)
{
    json::writer out;
    out.begin_object().key(name).string(value).end_object();
    return out.take();
}

// What a lookup means after Linear said the id is taken: `otherwise` when it then shows no such issue.
ticket_answer after_conflict(ticket_answer found, std::string otherwise)
{
    return std::visit(overloaded{
                          [](opened& o) -> ticket_answer { return std::move(o); },
                          [&](absent&) -> ticket_answer { return refused{std::move(otherwise)}; },
                          [](throttled& t) -> ticket_answer { return std::move(t); },
                          [](denied& d) -> ticket_answer { return std::move(d); },
                          [](refused& r) -> ticket_answer { return std::move(r); },
                          [](retry& r) -> ticket_answer { return unknown{std::move(r.why)}; },
                          [](not_sent& n) -> ticket_answer { return unknown{std::move(n.why)}; },
                          [](unknown& u) -> ticket_answer { return std::move(u); },
                      },
                      found);
}

}  // namespace

linear::linear(connectors::exchange send, http::origin base, connectors::credential with,
               std::vector<std::string> team_ids)
    : send_(std::move(send)),
      base_(std::move(base)),
      with_(std::move(with)),
      team_ids_(std::move(team_ids))
{}

asio::awaitable<result<http::response, http::failure>>
linear::post(std::string_view document, std::string_view variables_json, steady::time_point deadline)
{
    json::writer body;
    body.begin_object().key("query").string(document).key("variables").raw(variables_json).end_object();
    http::request request{
        "POST",
        "/graphql",
        {connectors::as_header(with_), {"Content-Type", "application/json"}, {"Accept", "application/json"}},
        body.take()};
    co_return co_await send_(base_, std::move(request), std::min(deadline, steady::now() + request_time_max));
}

asio::awaitable<ticket_answer> linear::create(const ticket& frozen, steady::time_point deadline)
{
    const auto parsed = json::document::parse(frozen.frozen_json);
    if (!parsed || parsed->at("/issue").kind() != json::kind::object)
        co_return refused{"the frozen ticket is no ticket"};
    const std::string variables = as_input(parsed->at("/issue"));
    const auto got = co_await post(documents::create, variables, deadline);
    if (!got) {
        if (got.error().what == http::failure::kind::not_sent)
            co_return not_sent{got.error().why};
        co_return unknown{got.error().why};
    }
    creation made = read_created(*got, frozen.id, system_clock::now());
    if (const auto* seen = std::get_if<conflict>(&made))
        co_return after_conflict(co_await find(frozen.id, deadline), seen->why_if_absent);
    co_return std::get<ticket_answer>(std::move(made));
}

asio::awaitable<ticket_answer> linear::find(std::string ticket_id, steady::time_point deadline)
{
    const std::string variables = one_variable("id", ticket_id);
    const auto got = co_await post(documents::find, variables, deadline);
    if (!got)
        co_return again(got.error());
    co_return read_found(*got, ticket_id, system_clock::now());
}

asio::awaitable<obstacle> linear::attach(const ticket& frozen, steady::time_point deadline)
{
    const auto parsed = json::document::parse(frozen.frozen_json);
    const auto link = parsed ? parsed->at("/attachment") : json::value();
    if (!link)
        co_return std::nullopt;
    const std::string variables = as_input(link);
    const auto got = co_await post(documents::attach, variables, deadline);
    if (!got)
        co_return again(got.error());
    co_return read_attached(*got, system_clock::now());
}

asio::awaitable<obstacle> linear::comment(std::string id, std::string frozen_json, steady::time_point deadline)
{
    const std::string variables = "{\"input\":" + frozen_json + "}";
    const auto got = co_await post(documents::comment, variables, deadline);
    if (!got)
        co_return again(got.error());
    co_return read_commented(*got, id, system_clock::now());
}

asio::awaitable<std::string> linear::health(steady::time_point deadline)
{
    for (const std::string& team : team_ids_) {
        const std::string variables = one_variable("teamId", team);
        const auto got = co_await post(documents::preflight, variables, deadline);
        if (!got)
            co_return "Linear: " + got.error().why + "; check address, network and certificates";
        if (auto trouble = read_preflight(*got, team); !trouble.empty())
            co_return trouble;
    }
    co_return "";
}

}  // namespace reclaim::delivery
