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

http::origin read_origin(config::table& section, std::string_view key)
{
    const std::string url = section.text(key);
    auto parsed = http::origin::parse(url);
    if (parsed)
        return *parsed;
    if (!url.empty())
        section.problem(key, parsed.error());
    return {};
}

// How a key is presented: auth = "bearer" | "ssws" | "raw", with token_file or token_env.
connectors::credential read_credential(config::table& section, std::string_view auth_default)
{
    connectors::credential out;
    const std::string auth = section.text("auth", auth_default);
    if (auth == "bearer")
        out.prefix = "Bearer ";
    else if (auth == "ssws")
        out.prefix = "SSWS ";
    else if (auth != "raw")
        section.problem("auth", "must be \"bearer\", \"ssws\" or \"raw\"");
    out.header = section.text("auth_header", "Authorization");
    out.key = section.required_secret("token");
    return out;
}

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

// Where an app names no schedule of its own, the one that is returned counts.
look_schedule read_later_looks(config::table section, later_looks_config& out)
{
    out.at_once = static_cast<int>(section.integer("at_once", out.at_once, 1, 100));
    out.poll = section.duration("poll", out.poll, 20ms, 1h);
    out.retry = read_retry(section.sub("retry"), out.retry);
    return read_schedule(section, "after", {1h, day, 7 * day});
}

delivery::draft_settings read_draft(config::table section)
{
    delivery::draft_settings out;
    out.to = read_origin(section, "url");
    if (auto token = section.optional_secret("token"))
        out.with = connectors::credential{"Authorization", "Bearer ", std::move(*token)};
    out.ca_file = section.optional_path("ca_file");
    out.model = section.text("model");
    out.prompt = section.text("prompt");
    out.time_max = section.duration("time_max", out.time_max, 100ms, 10s);
    out.bytes_max = static_cast<std::size_t>(section.integer("bytes_max", 2000, 100, 20000));
    return out;
}

confirmation_config read_confirmation(config::table section)
{
    confirmation_config out;
    for (auto& [name, endpoint] : section.subs("endpoints"))
        out.endpoints.push_back({name, endpoint.text("url"), endpoint.secrets("secret")});
    for (auto& allowed : section.items("allowed_hosts"))
        out.allowed_hosts.push_back({allowed.text("host"), allowed.secrets("secret")});
    out.ca_file = section.optional_path("ca_file");
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
    options out;
    auto file = config::file::load(path);
    auto root = file.root();
    root.ignore("receiver");  // the other program's part of the same file
    root.ignore("seal");      // the sealer's: its key is not for workers to read
    out.database = queue::read_database(root.sub("database"), "reclaim-worker");
    read_worker(root.sub("worker"), out);
    for (auto& [name, section] : root.subs("connectors")) {
        connector_config one;
        one.name = name;
        if (const auto recipe = section.optional_path("recipe"))
            one.recipe_path = *recipe;
        else
            section.problem("recipe", "is missing; name a recipe file, for example one of deploy/recipes");
        one.to = read_origin(section, "url");
        one.with = read_credential(section, "bearer");
        one.ca_file = section.optional_path("ca_file");
        out.connectors.push_back(std::move(one));
    }
    const auto schedule = read_later_looks(root.sub("worker").sub("later_looks"), out.later_looks);
    if (auto section = root.sub("linear"); section.present()) {
        linear_config linear;
        linear.to = read_origin(section, "url");
        linear.with = read_credential(section, "raw");
        linear.ca_file = section.optional_path("ca_file");
        linear.checklists = read_checklists(section);
        linear.ticket = read_ticket(section.sub("ticket"), linear.checklists);
        linear.comment_on_drift = section.flag("comment_on_drift", false);
        if (auto draft = section.sub("draft"); draft.present())
            linear.draft = read_draft(draft);
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
    out.confirmation = read_confirmation(root.sub("confirmation"));
    file.finish();
    return out;
}

}  // namespace reclaim::worker
