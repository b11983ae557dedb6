#include "worker/connectors/recipe.hpp"

#include "common/base/error.hpp"
#include "common/config/reader.hpp"
#include "worker/connectors/forbidden.hpp"
#include "worker/connectors/rule_reader.hpp"

#include <algorithm>
#include <cctype>

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

constexpr std::string_view reading_methods[] = {"GET", "POST"};
constexpr std::string_view methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

// The variables that say whose seat it is; the others are the app's.
constexpr std::string_view of_the_person[] = {"subject", "email", "seat"};

std::vector<std::string> names_in(const call& made)
{
    auto used = made.path.names();
    for (const pair_template& part : made.query) {
        const auto more = part.value.names();
        used.insert(used.end(), more.begin(), more.end());
    }
    if (made.body) {
        const auto more = made.body->names();
        used.insert(used.end(), more.begin(), more.end());
    }
    return used;
}

bool is_saved(const call& check, std::string_view name)
{
    return std::any_of(check.saves.begin(), check.saves.end(), [&](const saved_value& s) { return s.name == name; });
}

// A look at a list may name the person only in its rules, which choose from it.
std::vector<std::string> names_in_rules(const call& check)
{
    std::vector<std::string> used;
    for (const rule& r : check.rules) {
        for (const json_condition& condition : r.json) {
            for (const text_template& value : condition.values) {
                const auto more = value.names();
                used.insert(used.end(), more.begin(), more.end());
            }
        }
    }
    return used;
}

bool name_a_person(const std::vector<std::string>& used, const call& check)
{
    return std::any_of(used.begin(), used.end(), [&](const std::string& name) {
        return std::find(std::begin(of_the_person), std::end(of_the_person), name) != std::end(of_the_person) ||
               is_saved(check, name);
    });
}

std::string read_method(config::table& at, call::purpose why)
{
    const std::string method = at.text("method");
    const auto is_one_of = [&](const auto& words) {
        return std::find(std::begin(words), std::end(words), method) != std::end(words);
    };
    const bool acts = why == call::purpose::revoke || why == call::purpose::restore;
    if (acts && !is_one_of(methods))
        at.problem("method", "must be one of GET, POST, PUT, PATCH, DELETE");
    if (!acts && !is_one_of(reading_methods))
        at.problem("method", "must be GET or POST: this call only reads");
    return method;
}

text_template read_path(config::table& at, std::span<const std::string> declared)
{
    text_template path = read_template(at, "path", declared);
    const std::string& text = path.source();
    if (!text.starts_with('/'))
        at.problem("path", "must start with '/'");
    // With an empty last segment Graph's /$ref would be missing again: that is what a shell makes of an unquoted one.
    if (text.find("//") != std::string::npos || (text.size() > 1 && text.ends_with('/')))
        at.problem("path", "must be segments between single slashes, without one at the end");
    if (text.find_first_of("?#") != std::string::npos)
        at.problem("path", "must not hold a query; write the query as a table, [revoke.query]");
    if (text.find_first_of(" %\"<>\\^`|") != std::string::npos)
        at.problem("path",
                   "must be written plainly, without spaces, quotes or percent signs; values are encoded when sent");
    return path;
}

// Names of headers and of query parts are sent as they stand.
std::vector<pair_template> read_named(config::table at, std::span<const std::string> declared)
{
    auto made = read_pairs(at, declared);
    for (const pair_template& one : made) {
        if (!std::all_of(one.name.begin(), one.name.end(), [](unsigned char c) {
                return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '$';
            }))
            at.problem(one.name, "is no usable name; use letters, digits, '-', '_', '.' and '$'");
    }
    return made;
}

call read_call(config::table at, call::purpose why, std::span<const verdict> allowed, const std::vector<rule>& common,
               std::span<const std::string> declared)
{
    call made;
    made.why = why;
    made.method = read_method(at, why);
    made.path = read_path(at, declared);
    made.query = read_named(at.sub("query"), declared);
    made.headers = read_named(at.sub("headers"), declared);
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

std::optional<next_page> read_next(config::table at)
{
    if (!at.present())
        return std::nullopt;
    next_page made;
    const auto link = at.optional_text("link"), cursor = at.optional_text("cursor");
    const bool in_header = at.flag("link_header", false);
    if ((link ? 1 : 0) + (cursor ? 1 : 0) + (in_header ? 1 : 0) != 1)
        at.problem("link", "needs exactly one of: link, link_header = true, cursor");
    made.by = in_header ? next_page::way::link_header : cursor ? next_page::way::cursor : next_page::way::link;
    made.at = link.value_or(cursor.value_or(""));
    if (!json::is_pointer(made.at))
        at.problem(link ? "link" : "cursor", "is no JSON pointer; write it like /next");
    if (cursor)
        made.into = at.text("into");
    made.pages_max = static_cast<std::size_t>(at.integer("pages_max", 20, 1, 100));
    return made;
}

std::vector<saved_value> read_saves(config::table& at, std::span<const std::string> declared)
{
    std::vector<saved_value> made;
    for (auto& [name, from] : at.subs("save")) {
        saved_value next;
        next.name = name;
        next.header = from.text("header", "");
        if (next.header.empty())
            next.from = read_selector(from, declared);
        next.is_optional = from.flag("optional", false);
        if (name == "operation" || std::find(declared.begin(), declared.end(), name) != declared.end())
            from.problem("at", "has the name of a variable that exists already; choose another");
        made.push_back(std::move(next));
    }
    return made;
}

call read_check(config::table at, const std::vector<rule>& common, std::span<const std::string> declared)
{
    call made = read_call(at, call::purpose::check, of_check, common, declared);
    made.next = read_next(at.sub("next"));
    made.saves = read_saves(at, declared);
    if (!name_a_person(names_in(made), made) && !name_a_person(names_in_rules(made), made))
        at.problem("path", "names no person: use {subject}, {email} or {seat} in the request or in its rules");
    made.assignment_at = at.text("assignment", "");
    if (!json::is_pointer(made.assignment_at))
        at.problem("assignment", "is no JSON pointer; write it like /scope");
    // Every removal ends with a look that must be able to say so.
    if (std::none_of(made.rules.begin(), made.rules.end(), [](const rule& r) { return r.gives == verdict::absent; }))
        at.problem("classify", "has no rule with result = \"absent\", so no removal could ever be proven");
    if (std::none_of(made.rules.begin(), made.rules.end(), [](const rule& r) { return r.gives == verdict::held; }))
        at.problem("classify", "has no rule with result = \"held\", so nothing would ever be removed");
    return made;
}

call read_revoke(config::table at, const call& check, const std::vector<rule>& common,
                 std::vector<std::string> declared)
{
    declared.emplace_back("operation");
    for (const saved_value& saved : check.saves)
        declared.push_back(saved.name);
    call made = read_call(at, call::purpose::revoke, of_revoke, common, declared);
    if (!name_a_person(names_in(made), check))
        at.problem("path", "names no person: use {subject}, {email}, {seat} or a saved value in path, query or body");
    for (const std::string& why : find_forbidden(made))
        at.problem(made.body ? "body" : "path", why);
    const auto is_optional = [&](const std::string& name) {
        return std::any_of(check.saves.begin(), check.saves.end(),
                           [&](const saved_value& s) { return s.name == name && s.is_optional; });
    };
    for (pair_template& header : made.headers) {
        const auto names = header.value.names();
        header.is_optional = std::any_of(names.begin(), names.end(), is_optional);
    }
    for (const std::string& name : names_in(made)) {
        if (is_optional(name))
            at.problem("path", "uses {" + name + "}, which the look may not tell; optional values only fit in headers");
    }
    return made;
}

// The word in the file is a promise to the operator, so the calls have to keep it.
capability read_capability(config::table& root, const call& check, const call& revoke)
{
    const std::string word = root.text("capability");
    bool sends_key = false, sends_version = false;
    const auto uses_key = [](const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), "operation") != names.end();
    };
    sends_key = uses_key(names_in(revoke));
    for (const pair_template& header : revoke.headers) {
        const auto names = header.value.names();
        sends_key = sends_key || uses_key(names);
        sends_version = sends_version || (header.name == "If-Match" && !header.is_optional && names.size() == 1 &&
                                          is_saved(check, names[0]));
    }
    if (word == "operation_key" && !sends_key)
        root.problem("capability", "needs {operation} in a header, the query or the body of [revoke]");
    if (word == "precondition" && !sends_version)
        root.problem("capability",
                     "needs If-Match in [revoke.headers] with a value of [check.save], not an optional one");
    if (word == "none" && (sends_key || sends_version))
        root.problem("capability", "is more than \"none\": [revoke] sends an operation key or a precondition");
    if (word == "operation_key")
        return capability::operation_key;
    if (word == "precondition")
        return capability::precondition;
    if (word != "none" && !word.empty())
        root.problem("capability", "must be \"operation_key\", \"precondition\" or \"none\"");
    return capability::none;
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
    call made = read_call(at, call::purpose::restore, of_restore, common, known);
    if (!name_a_person(names_in(made), check))
        at.problem("path", "names no person: use {subject}, {email} or {seat} in path, query or body");
    return made;
}

extent read_extent(config::table& root)
{
    const std::string word = root.text("takes", "seat");
    if (word != "seat" && word != "account")
        root.problem("takes", "must be \"seat\" or \"account\"");
    return word == "account" ? extent::account : extent::seat;
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
    made.calls = read_call_limits(at);
    made.calls.one_call_per = at.text("one_call_per", "");
    if (!made.calls.one_call_per.empty() && std::find(std::begin(of_the_person), std::end(of_the_person),
                                                      made.calls.one_call_per) == std::end(of_the_person))
        at.problem("one_call_per", "must be \"subject\", \"email\" or \"seat\"");
    return made;
}

recipe read(config::file from)
{
    recipe made;
    config::table root = from.root();
    made.name = root.text("name");
    made.takes = read_extent(root);
    made.variables = root.texts("variables");
    made.request_id_header = root.text("request_id_header", "");
    made.headers = read_named(root.sub("headers"), made.variables);
    const std::vector<rule> common = read_rules(root, of_any, made.variables);
    made.check = read_check(root.sub("check"), common, made.variables);
    made.revoke = read_revoke(root.sub("revoke"), made.check, common, made.variables);
    made.offers = read_capability(root, made.check, made.revoke);
    made.health = read_health(root.sub("health"), common, made.variables);
    made.restore = read_restore(root.sub("restore"), made.check, common, made.variables);
    made.waits = read_waits(root);
    made.allowance = read_allowance(root.sub("allowance"));
    made.limits = read_limits(root.sub("limits"));
    from.finish();
    return made;
}

}  // namespace

std::vector<std::string> find_missing(const recipe& how, const variables& app)
{
    std::vector<std::string> missing;
    for (const std::string& name : how.variables) {
        const bool comes_with_job =
            std::find(std::begin(of_the_person), std::end(of_the_person), name) != std::end(of_the_person);
        if (!comes_with_job && (!app.contains(name) || app.find(name)->second.empty()))
            missing.push_back(name);
    }
    return missing;
}

recipe load_recipe(const std::string& path)
{
    return read(config::file::load(path));
}

recipe parse_recipe(std::string_view text, std::string name)
{
    return read(config::file::parse(text, std::move(name)));
}

}  // namespace reclaim::connectors
