#include "worker/connectors/recipe.hpp"

#include "common/base/error.hpp"
#include "common/config/reader.hpp"
#include "worker/connectors/rule_reader.hpp"

#include <algorithm>

namespace reclaim::connectors {

namespace {

using namespace std::chrono_literals;

// Which conclusions each request allows. A check changes nothing, so it can never have "done" anything; only it can
// find the seat "held"; "recheck" after a check would be a circle.
constexpr verdict of_check[] = {verdict::held,      verdict::absent,    verdict::scheduled,
                                verdict::inherited, verdict::throttled, verdict::retry,
                                verdict::denied,    verdict::refused,   verdict::unknown};
constexpr verdict of_revoke[] = {verdict::done,    verdict::absent, verdict::scheduled, verdict::inherited,
                                 verdict::recheck, verdict::retry,  verdict::throttled, verdict::denied,
                                 verdict::refused, verdict::unknown};
// Absent after a call that gives back would be a wonder; held says that the seat was there already.
constexpr verdict of_restore[] = {verdict::done,      verdict::held,   verdict::recheck, verdict::retry,
                                  verdict::throttled, verdict::denied, verdict::refused, verdict::unknown};
constexpr verdict of_any[] = {verdict::throttled, verdict::retry, verdict::denied, verdict::refused, verdict::unknown};

constexpr std::string_view methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

call read_call(config::table at, call::purpose why, std::span<const verdict> allowed, const std::vector<rule>& common,
               std::span<const std::string> declared)
{
    call made;
    made.why = why;
    made.method = at.text("method");
    if (std::find(std::begin(methods), std::end(methods), made.method) == std::end(methods))
        at.problem("method", "must be one of GET, POST, PUT, PATCH, DELETE");
    made.path = read_template(at, "path", declared);
    if (!made.path.source().starts_with('/'))
        at.problem("path", "must start with '/'");
    if (const auto text = at.optional_text("body")) {
        auto body = json_template::parse(*text);
        if (body) {
            require_declared(at, "body", body->names(), declared);
            made.body = std::move(*body);
        } else {
            at.problem("body", body.error());
        }
    }
    made.rules = read_rules(at, allowed, declared);
    made.rules.insert(made.rules.end(), common.begin(), common.end());
    if (config::table echoed = at.sub("echo"); echoed.present()) {
        echo wanted;
        wanted.at = echoed.text("at");
        wanted.equals = read_template(echoed, "equals", declared);
        if (!json::is_pointer(wanted.at))
            echoed.problem("at", "is no JSON pointer; write it like /id");
        made.echo = std::move(wanted);
    }
    return made;
}

call read_check(config::table at, const std::vector<rule>& common, std::span<const std::string> declared)
{
    call made = read_call(at, call::purpose::check, of_check, common, declared);
    made.assignment_at = at.text("assignment", "");
    if (!json::is_pointer(made.assignment_at))
        at.problem("assignment", "is no JSON pointer; write it like /scope");
    // Every removal ends with a look that must be able to say so.
    if (std::none_of(made.rules.begin(), made.rules.end(), [](const rule& r) { return r.gives == verdict::absent; }))
        at.problem("classify", "has no rule with result = \"absent\", so no removal could ever be proven");
    return made;
}

// What the look captures has names of its own, which the request may use beside the declared ones.
std::optional<call> read_restore(config::table at, call& check, const std::vector<rule>& common,
                                 std::span<const std::string> declared)
{
    if (!at.present())
        return std::nullopt;
    std::vector<std::string> known(declared.begin(), declared.end());
    config::table captured = at.sub("capture");
    for (auto& [name, pointer] : captured.text_members()) {
        if (!json::is_pointer(pointer))
            captured.problem(name, "is no JSON pointer; write it like /role");
        if (std::find(known.begin(), known.end(), name) != known.end())
            captured.problem(name, "is a variable already; give what is captured another name");
        check.captures.push_back({name, pointer});
        known.push_back(name);
    }
    return read_call(at, call::purpose::restore, of_restore, common, known);
}

call read_health(config::table at, const std::vector<rule>& common, std::span<const std::string> declared)
{
    call made = read_call(at, call::purpose::health, of_any, common, declared);
    made.expected = read_statuses(at, "expect");
    if (made.expected.all())
        at.problem("expect", "must list the statuses that prove base URL and credential, e.g. [\"200\"]");
    return made;
}

recipe_limits read_limits(config::table at)
{
    recipe_limits made;
    made.timeout = at.duration("timeout", made.timeout, 1s, 120s);
    made.in_flight_max = static_cast<std::size_t>(at.integer("in_flight_max", 32, 1, 512));
    made.health_max_age = at.duration("health_max_age", made.health_max_age, 5s, 1h);
    return made;
}

recipe read(config::file from)
{
    recipe made;
    config::table root = from.root();
    made.name = root.text("name");
    made.variables = root.texts("variables");
    made.request_id_header = root.text("request_id_header", "");
    made.headers = root.sub("headers").text_members();
    const std::vector<rule> common = read_rules(root, of_any, made.variables);
    made.check = read_check(root.sub("check"), common, made.variables);
    made.revoke = read_call(root.sub("revoke"), call::purpose::revoke, of_revoke, common, made.variables);
    made.health = read_health(root.sub("health"), common, made.variables);
    made.restore = read_restore(root.sub("restore"), made.check, common, made.variables);
    made.waits = read_waits(root);
    made.limits = read_limits(root.sub("limits"));
    from.finish();
    return made;
}

}  // namespace

recipe load_recipe(const std::string& path)
{
    return read(config::file::load(path));
}

recipe parse_recipe(std::string_view text, std::string name)
{
    return read(config::file::parse(text, std::move(name)));
}

}  // namespace reclaim::connectors
