#include "faults.hpp"

#include <algorithm>
#include <array>

namespace sandbox {
namespace {

struct kind_entry {
    std::string_view name;
    fault_kind kind;
    std::vector<std::string_view> params;
};

const std::vector<kind_entry>& kinds()
{
    static const std::vector<kind_entry> table{
        {"latency", fault_kind::latency, {"ms", "jitter_ms"}},
        {"rate_limit", fault_kind::rate_limit, {"seconds", "http", "retry_after", "concurrency"}},
        {"status", fault_kind::status, {"status", "body"}},
        {"html", fault_kind::html, {"status"}},
        {"truncate", fault_kind::truncate, {}},
        {"apply_then_reset", fault_kind::apply_then_reset, {}},
        {"reset_before", fault_kind::reset_before, {}},
        {"delay_then_apply", fault_kind::delay_then_apply, {"ms"}},
        {"endless", fault_kind::endless, {"ms"}},
        {"slow_drip", fault_kind::slow_drip, {"ms"}},
        {"hold", fault_kind::hold, {"apply"}},
        {"wrong_user_echo", fault_kind::wrong_user_echo, {}},
        {"gone", fault_kind::gone, {}},
    };
    return table;
}

constexpr std::array<std::string_view, 25> known_ops{"oauth.token",
                                                     "okta.get_app",
                                                     "okta.get_app_user",
                                                     "okta.assign_app_user",
                                                     "okta.delete_app_user",
                                                     "okta.delete_group_user",
                                                     "okta.get_user_groups",
                                                     "okta.get_user",
                                                     "okta.deactivate_user",
                                                     "okta.unknown",
                                                     "linear.issueCreate",
                                                     "linear.issue",
                                                     "linear.attachmentCreate",
                                                     "linear.commentCreate",
                                                     "linear.issues",
                                                     "linear.team",
                                                     "linear.viewer",
                                                     "linear.attachmentsForURL",
                                                     "linear.rateLimitStatus",
                                                     "linear.invalid",
                                                     "requester.post",
                                                     "requester.invalid",
                                                     "drafter.chat",
                                                     "drafter.invalid",
                                                     "unknown.path"};

bool covers(std::string_view pattern, std::string_view op)
{
    if (pattern.ends_with('*'))
        return op.starts_with(pattern.substr(0, pattern.size() - 1));
    return pattern == op;
}

std::chrono::milliseconds get_ms(const json::value& v, std::string_view name, std::int64_t otherwise)
{
    return std::chrono::milliseconds{json::get_int(v, name).value_or(otherwise)};
}

unsigned get_status(const json::value& v, std::string_view name, unsigned otherwise)
{
    const auto status = json::get_int(v, name).value_or(otherwise);
    if (status != otherwise && (status < 200 || status > 599))
        throw json::bad_input{"\"" + std::string{name} + "\" must be an HTTP status"};
    return static_cast<unsigned>(status);
}

const kind_entry& need_kind(const std::string& name)
{
    for (const kind_entry& entry : kinds())
        if (entry.name == name)
            return entry;
    throw json::bad_input{"no fault kind is named \"" + name + "\""};
}

void allow_only_params_of(const kind_entry& kind, const json::value& v)
{
    static constexpr std::array<std::string_view, 6> common{"on", "kind", "probability", "times", "nth", "match"};
    if (!v.IsObject())
        throw json::bad_input{"a rule must be an object"};
    for (const auto& member : v.GetObject()) {
        const auto name = json::view(member.name);
        if (std::find(common.begin(), common.end(), name) == common.end() &&
            std::find(kind.params.begin(), kind.params.end(), name) == kind.params.end())
            throw json::bad_input{"a rule of kind " + std::string{kind.name} + " takes no \"" + std::string{name} +
                                  "\""};
    }
}

}  // namespace

bool fault_plan::rule::matches(const call& c) const
{
    if (!covers(on, c.op))
        return false;
    return std::all_of(match.begin(), match.end(), [&](const auto& wanted) {
        const std::string* noted = c.noted(wanted.first);
        return noted && *noted == wanted.second;
    });
}

// The dice fall at every match, also when `times` is used up: the sequence must not depend on earlier luck.
bool fault_plan::rule::fires()
{
    ++seen;
    const bool lucky = luck.fraction() < probability;
    const bool now = lucky && (!nth || seen == *nth) && (!times || fired < *times);
    if (now)
        ++fired;
    return now;
}

fault_plan::rule fault_plan::read_rule(const json::value& v)
{
    const kind_entry& kind = need_kind(json::need_text(v, "kind"));
    allow_only_params_of(kind, v);
    rule r;
    r.on = json::need_text(v, "on");
    if (std::none_of(known_ops.begin(), known_ops.end(), [&](std::string_view op) { return covers(r.on, op); }))
        throw json::bad_input{"no operation is covered by \"" + r.on + "\""};
    r.probability = json::get_number(v, "probability").value_or(1);
    if (!(r.probability >= 0 && r.probability <= 1))
        throw json::bad_input{"\"probability\" must be between 0 and 1"};
    r.times = json::get_int(v, "times");
    r.nth = json::get_int(v, "nth");
    if (r.nth == 0)
        throw json::bad_input{"\"nth\" counts from 1"};
    if (const json::value* match = json::find(v, "match")) {
        if (!match->IsObject())
            throw json::bad_input{"\"match\" must be an object"};
        for (const auto& member : match->GetObject())
            r.match.emplace_back(json::view(member.name), json::need_text(*match, json::view(member.name)));
    }
    fault& f = r.gives;
    f.kind = kind.kind;
    f.name = kind.name;
    const std::int64_t pause = f.kind == fault_kind::slow_drip ? 20 : f.kind == fault_kind::endless ? 10 : 1000;
    f.delay = get_ms(v, "ms", pause);
    r.jitter = get_ms(v, "jitter_ms", 0);
    f.limit.wait = std::chrono::seconds{json::get_int(v, "seconds").value_or(1)};
    f.limit.status = get_status(v, "http", 0);
    f.limit.retry_after = json::get_bool(v, "retry_after").value_or(false);
    f.limit.concurrency = json::get_bool(v, "concurrency").value_or(false);
    f.status = get_status(v, "status", f.kind == fault_kind::html ? 200 : 503);
    f.body = json::get_text(v, "body").value_or("");
    const auto apply = json::get_text(v, "apply").value_or("after");
    if (apply != "before" && apply != "after")
        throw json::bad_input{"\"apply\" is \"before\" or \"after\""};
    f.apply_before = apply == "before";
    return r;
}

void fault_plan::replace(const json::value& plan)
{
    json::allow_only(plan, {"seed", "rules"}, "the fault plan");
    const auto seed = json::get_int(plan, "seed");
    const json::value* list = json::find(plan, "rules");
    if (!list || !list->IsArray())
        throw json::bad_input{"\"rules\" must be a list"};
    std::vector<rule> rules;
    for (const json::value& v : list->GetArray())
        rules.push_back(read_rule(v));
    if (seed)
        seed_ = static_cast<std::uint64_t>(*seed);
    dice seeds{seed_};
    for (rule& r : rules)
        r.luck = dice{seeds.next()};
    rules_ = std::move(rules);
}

verdict fault_plan::decide(const call& c)
{
    verdict out;
    for (rule& r : rules_) {
        const bool slows = r.gives.kind == fault_kind::latency;
        if ((!slows && out.hit.kind != fault_kind::none) || !r.matches(c) || !r.fires())
            continue;
        if (slows) {
            const auto extra = static_cast<double>(r.jitter.count()) * r.luck.fraction();
            out.latency += r.gives.delay + std::chrono::milliseconds{static_cast<std::int64_t>(extra)};
        } else {
            out.hit = r.gives;
        }
    }
    return out;
}

std::string fault_plan::report() const
{
    json::writer out;
    out.open().put("seed", static_cast<std::int64_t>(seed_)).open_list("rules");
    for (const rule& r : rules_)
        out.open().put("on", r.on).put("kind", r.gives.name).put("seen", r.seen).put("fired", r.fired).close();
    out.close_list().close();
    return out.take();
}

}  // namespace sandbox
