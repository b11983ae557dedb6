#include "okta.hpp"

// The test's side of the Okta org: fixtures in, state out. No client of the real API can reach any of this.
namespace sandbox {

void okta::configure(const json::value& config)
{
    json::allow_only(config, {"token", "oauth", "apps", "groups", "absent_member_status", "limit"}, "okta");
    const auto token = json::get_text(config, "token");
    const auto status = json::get_int(config, "absent_member_status");
    if (status && *status != 204 && *status != 404)
        throw json::bad_input{"\"absent_member_status\" is 204 or 404"};
    if (token)
        token_ = *token;
    if (const auto by_oauth = json::get_bool(config, "oauth"))
        by_oauth_ = *by_oauth;
    if (status)
        non_member_status_ = static_cast<unsigned>(*status);
    if (const auto* limit = json::find(config, "limit")) {
        json::allow_only(*limit, {"calls", "seconds"}, "okta.limit");
        window_ = {json::get_int(*limit, "calls").value_or(0), json::get_int(*limit, "seconds").value_or(60), 0, 0};
    }
    for (const std::string& app : json::get_texts(config, "apps"))
        apps_.try_emplace(app);
    for (const std::string& group : json::get_texts(config, "groups"))
        groups_.insert(group);
}

std::int64_t okta::assign(const json::value& what)
{
    json::allow_only(what, {"app", "users", "prefix", "from", "count", "scope", "groups", "status", "role"},
                     "the assignment");
    const std::string app = json::need_text(what, "app");
    const std::string scope = json::get_text(what, "scope").value_or("USER");
    const std::string status = json::get_text(what, "status").value_or("ACTIVE");
    const std::string role = json::get_text(what, "role").value_or("");
    auto groups = json::get_texts(what, "groups");
    auto ids = json::get_texts(what, "users");
    const auto found = apps_.find(app);
    if (found == apps_.end())
        throw json::bad_input{"no app \"" + app + "\" is configured"};
    if (scope != "USER" && scope != "GROUP")
        throw json::bad_input{"\"scope\" is USER or GROUP"};
    if (scope == "GROUP" && groups.empty())
        throw json::bad_input{"scope GROUP needs \"groups\""};
    if (const auto prefix = json::get_text(what, "prefix")) {
        const auto from = json::get_int(what, "from").value_or(1);
        for (std::int64_t i = 0, count = json::get_int(what, "count").value_or(0); i < count; ++i)
            ids.push_back(*prefix + std::to_string(from + i));
    }
    if (ids.empty())
        throw json::bad_input{"give \"users\", or \"prefix\" and \"count\""};
    groups_.insert(groups.begin(), groups.end());
    for (const std::string& id : ids) {
        user& u = users_[id];
        u.status = "ACTIVE";
        u.apps.insert(app);
        u.groups.insert(groups.begin(), groups.end());
        assignment& a = found->second[id];
        a.direct = scope == "USER";
        a.groups = {groups.begin(), groups.end()};
        a.status = status;
        a.role = role;
        a.created_us = epoch_us();
        ++a.generation;
    }
    return static_cast<std::int64_t>(ids.size());
}

std::string okta::assignments(const std::string& app) const
{
    const auto found = apps_.find(app);
    if (found == apps_.end())
        throw json::bad_input{"no app \"" + app + "\" is configured"};
    json::writer out;
    out.open().open("users");
    for (const auto& [id, a] : found->second) {
        if (!a.held())
            continue;
        out.open(id).put("status", a.status).put("scope", a.direct ? "USER" : "GROUP").put("generation", a.generation);
        out.open_list("groups");
        for (const std::string& group : a.groups)
            out.put(group);
        out.close_list().close();
    }
    return out.close().close().take();
}

}  // namespace sandbox
