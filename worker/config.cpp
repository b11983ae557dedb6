#include "worker/config.hpp"

#include "common/config/duration.hpp"
#include "common/config/reader.hpp"
#include "common/queue/database.hpp"
#include "worker/policy_config.hpp"

#include <algorithm>

namespace reclaim::worker {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds day = 24h;

retry_policy read_retry(config::table section, retry_policy defaults)
{
    defaults.attempts_max = static_cast<int>(section.integer("attempts_max", defaults.attempts_max, 1, 100));
    defaults.base = section.duration("base", defaults.base, 10ms, 1h);
    defaults.cap = section.duration("cap", defaults.cap, defaults.base, day);
    return defaults;
}

look_schedule read_schedule(config::table& section, std::string_view key, look_schedule fallback)
{
    if (!section.has(key))
        return fallback;
    look_schedule out;
    for (const auto& text : section.texts(key)) {
        const auto after = config::parse_duration(text);
        if (!after || *after < 10ms || *after > 365 * day || (!out.empty() && *after <= out.back()))
            section.problem(key, "must be durations up to a year, the shortest first; write for example [\"1h\", "
                                 "\"1d\", \"7d\"], or [] for none");
        else
            out.push_back(*after);
    }
    return out;
}

queue::breaker_settings read_breaker(config::table section)
{
    queue::breaker_settings out;
    out.failures_max = static_cast<int>(section.integer("failures_max", out.failures_max, 1, 1000));
    out.base = section.duration("base", out.base, std::chrono::milliseconds(100), std::chrono::hours(1));
    out.cap = section.duration("cap", out.cap, std::chrono::seconds(1), std::chrono::hours(24));
    if (out.cap < out.base)
        section.problem("cap", "is shorter than base; give it at least as much");
    return out;
}

// Where an app names no schedule of its own, the one that is returned counts.
look_schedule read_later_looks(config::table section, later_looks_config& out)
{
    out.at_once = static_cast<int>(section.integer("at_once", out.at_once, 1, 100));
    out.poll = section.duration("poll", out.poll, 20ms, 1h);
    out.retry = read_retry(section.sub("retry"), out.retry);
    return read_schedule(section, "after", {1h, day, 7 * day});
}

delivery::draft_settings read_draft(config::table& section)
{
    delivery::draft_settings out;
    out.to = read_origin(section, "url");
    if (auto token = section.optional_secret("token"))
        out.with = connectors::credential{"Authorization", "Bearer ", std::move(*token)};
    out.model = section.text("model");
    out.prompt = section.text("prompt");
    out.time_max = section.duration("time_max", out.time_max, 100ms, 10s);
    out.bytes_max = static_cast<std::size_t>(section.integer("bytes_max", 2000, 100, 20000));
    return out;
}

delivery::message_format read_format(config::table& section)
{
    const auto found = delivery::find_message_format(section.text("format", "standard"));
    if (!found)
        section.problem("format", "must be \"standard\", \"plain\" or \"slack\"");
    return found.value_or(delivery::message_format::standard);
}

// What signs for an endpoint: none where it verifies nothing, as Slack's does.
std::vector<secret> read_signing_secrets(config::table& section, delivery::message_format format)
{
    const bool some =
        section.has("secret") || section.has("secret_file") || section.has("secret_env") || section.has("secret_files");
    return format == delivery::message_format::slack && !some ? std::vector<secret>() : section.secrets("secret");
}

// A URL may be a secret itself, such as that of Slack's incoming webhooks.
std::string read_endpoint_url(config::table& section)
{
    if (section.has("url_file") || section.has("url_env"))
        return std::string(section.required_secret("url").reveal());
    return section.text("url");
}

std::optional<http::proxy> read_proxy(config::table section)
{
    if (!section.present())
        return std::nullopt;
    http::proxy out;
    out.at = read_origin(section, "url");
    if (!out.at.host.empty() && (out.at.how != http::origin::scheme::http || !out.at.base_path.empty()))
        section.problem("url", "must be http://host:port; what goes through the proxy is encrypted all the same");
    out.user = section.text("user", "");
    if (!out.user.empty())
        out.password = section.required_secret("password");
    return out;
}

route_config read_route(config::table& section, bool has_proxy, bool proxied)
{
    route_config out{section.optional_path("ca_file"), section.flag("proxy", proxied)};
    if (out.proxied && !has_proxy)
        section.problem("proxy", "there is none; add [proxy] with its url, or remove this");
    return out;
}

confirmation_config read_confirmation(config::table section, bool has_proxy)
{
    confirmation_config out;
    for (auto& [name, endpoint] : section.subs("endpoints")) {
        const auto format = read_format(endpoint);
        out.endpoints.push_back({name, read_endpoint_url(endpoint), read_signing_secrets(endpoint, format), format});
    }
    for (auto& allowed : section.items("allowed_hosts")) {
        const auto format = read_format(allowed);
        out.allowed_hosts.push_back({allowed.text("host"), read_signing_secrets(allowed, format), format,
                                     allowed.flag("private_addresses", false)});
    }
    // Not unless asked for: the proxy would resolve the callbacks' names, out of our sight.
    out.route = read_route(section, has_proxy, false);
    // The sample schedule of Standard Webhooks: ten tries over about three days.
    out.schedule = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
    const auto tries = section.texts("schedule");
    if (!tries.empty()) {
        out.schedule.clear();
        for (const auto& text : tries) {
            const auto wait = config::parse_duration(text);
            if (!wait || *wait < 10ms)
                section.problem("schedule",
                                "holds something that is not a duration; write for example [\"5s\", \"5m\", \"2h\"]");
            else
                out.schedule.push_back(*wait);
        }
    }
    return out;
}

void read_worker(config::table section, options& out)
{
    out.in_flight_max = static_cast<int>(section.integer("in_flight_max", out.in_flight_max, 1, 10000));
    out.lease = section.duration("lease", out.lease, 2s, 60s);
    out.poll = section.duration("poll", out.database.pooled ? 500ms : 2000ms, 20ms, 60s);
    out.grace = section.duration("grace", out.grace, 0ms, 60s);
    out.call_time = section.duration("call_time", out.call_time, 100ms, 60s);
    out.wait_for_ticket = section.duration("wait_for_ticket", out.wait_for_ticket, 10ms, 7 * day);
    out.crashes_max = static_cast<int>(section.integer("crashes_max", out.crashes_max, 1, 1000));
    out.revoke_retry = read_retry(section.sub("revoke_retry"), out.revoke_retry);
    out.ticket_retry = read_retry(section.sub("ticket_retry"), out.ticket_retry);
    auto ops = section.sub("ops");
    out.ops_address = ops.text("address", "127.0.0.1");
    out.ops_port = static_cast<std::uint16_t>(ops.integer("port", 0, 0, 65535));
    const auto level = section.text("log", "info");
    if (level == "debug")
        out.log_level = log::level::debug;
    else if (level == "warn")
        out.log_level = log::level::warn;
    else if (level != "info")
        section.problem("log", "must be \"debug\", \"info\" or \"warn\"");
}

}  // namespace

options read_config(const std::string& path)
{
    auto file = config::file::load(path);
    return read_config(file);
}

options read_config(config::file& from)
{
    options out;
    auto root = from.root();
    root.ignore("receiver");  // the other program's part of the same file
    root.ignore("seal");      // the sealer's: its key is not for workers to read
    out.database = queue::read_database(root.sub("database"), "reclaim-worker");
    read_worker(root.sub("worker"), out);
    out.proxy = read_proxy(root.sub("proxy"));
    for (auto& [name, section] : root.subs("connectors")) {
        connector_config one;
        one.name = name;
        if (const auto recipe = section.optional_path("recipe"))
            one.recipe_path = *recipe;
        else
            section.problem("recipe", "is missing; name a recipe file, for example one of deploy/recipes");
        one.to = read_origin(section, "url");
        one.with = read_credential(section);
        one.route = read_route(section, out.proxy.has_value(), out.proxy.has_value());
        one.calls = connectors::read_call_limits(section);
        out.connectors.push_back(std::move(one));
    }
    out.breaker = read_breaker(root.sub("worker").sub("breaker"));
    const auto schedule = read_later_looks(root.sub("worker").sub("later_looks"), out.later_looks);
    if (auto section = root.sub("linear"); section.present()) {
        linear_config linear;
        linear.to = read_origin(section, "url");
        linear.with = read_fixed_credential(section, "raw");
        linear.route = read_route(section, out.proxy.has_value(), out.proxy.has_value());
        linear.checklists = read_checklists(section);
        linear.ticket = read_ticket(section.sub("ticket"), linear.checklists);
        linear.comment_on_drift = section.flag("comment_on_drift", false);
        if (auto draft = section.sub("draft"); draft.present()) {
            linear.draft = read_draft(draft);
            linear.draft_route = read_route(draft, out.proxy.has_value(), out.proxy.has_value());
        }
        out.linear = std::move(linear);
    }
    for (auto& [name, section] : root.subs("apps")) {
        app_config one;
        one.connector = section.text("connector");
        one.later_looks = read_schedule(section, "later_looks", schedule);
        for (auto& [key, value] : section.sub("vars").text_members())
            one.variables.emplace(key, value);
        if (out.linear)
            one.ticket = read_ticket(section.sub("ticket"), out.linear->checklists, out.linear->ticket);
        else if (section.has("ticket"))
            section.problem("ticket", "is of no use without a [linear] section; add one, or take this away");
        const bool known = std::any_of(out.connectors.begin(), out.connectors.end(),
                                       [&](const auto& c) { return c.name == one.connector; });
        if (!known && !one.connector.empty())
            section.problem("connector", "names a connector that no [connectors.NAME] section describes");
        out.apps.emplace(name, std::move(one));
    }
    std::set<std::string, std::less<>> apps;
    for (const auto& [name, app] : out.apps)
        apps.insert(name);
    out.policy_json = read_policy(root.sub("policy"), apps);
    out.confirmation = read_confirmation(root.sub("confirmation"), out.proxy.has_value());
    from.finish();
    return out;
}

}  // namespace reclaim::worker
