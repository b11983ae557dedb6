#include "okta.hpp"

namespace sandbox {
namespace {

// Okta's rule for sendEmail, the only query parameter these operations have.
bool send_email_ok(std::string_view query)
{
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query = pair.size() == query.size() ? std::string_view{} : query.substr(pair.size() + 1);
        if (pair.starts_with("sendEmail=") && pair != "sendEmail=true" && pair != "sendEmail=false")
            return false;
    }
    return true;
}

}  // namespace

// A path template: "*" stands for one id. The fields are named for the log in the order of the stars.
struct okta::route {
    std::string_view op;
    std::string_view method;
    std::vector<std::string_view> path;
    std::vector<std::string_view> fields;
    handler act;
};

const std::vector<okta::route>& okta::routes()
{
    static const std::vector<route> table{
        {"okta.get_app", "GET", {"apps", "*"}, {"app"}, &okta::get_app},
        {"okta.get_app_user", "GET", {"apps", "*", "users", "*"}, {"app", "user"}, &okta::get_app_user},
        {"okta.assign_app_user", "POST", {"apps", "*", "users"}, {"app"}, &okta::assign_app_user},
        {"okta.delete_app_user", "DELETE", {"apps", "*", "users", "*"}, {"app", "user"}, &okta::delete_app_user},
        {"okta.delete_group_user",
         "DELETE",
         {"groups", "*", "users", "*"},
         {"group", "user"},
         &okta::delete_group_user},
        {"okta.get_user_groups", "GET", {"users", "*", "groups"}, {"user"}, &okta::get_user_groups},
        {"okta.get_user", "GET", {"users", "*"}, {"user"}, &okta::get_user},
        {"okta.deactivate_user", "POST", {"users", "*", "lifecycle", "deactivate"}, {"user"}, &okta::deactivate_user},
    };
    return table;
}

call okta::read(const request& r)
{
    call c;
    c.vendor = "okta";
    c.op = "okta.unknown";
    handler h = &okta::unknown_path;
    for (const route& candidate : routes()) {
        if (!r.path_ok || r.path.size() != candidate.path.size() + 2 || r.path[1] != "v1")
            continue;
        std::vector<std::string_view> ids;
        bool fits = true;
        for (std::size_t i = 0; i < candidate.path.size() && fits; ++i) {
            const std::string& segment = r.path[i + 2];
            if (candidate.path[i] != "*")
                fits = segment == candidate.path[i];
            else if ((fits = !segment.empty()))
                ids.push_back(segment);
        }
        if (!fits)
            continue;
        if (candidate.method != r.method) {
            h = &okta::wrong_method;
            continue;
        }
        c.op = candidate.op;
        h = candidate.act;
        for (std::size_t i = 0; i < ids.size(); ++i)
            c.note(candidate.fields[i], ids[i]);
        break;
    }
    // The one operation whose body names the user.
    if (json::document body; c.op == "okta.assign_app_user" && json::parse(body, r.body) && body.IsObject())
        if (const auto* id = json::find(body, "id"); id && id->IsString())
            c.note("user", json::view(*id));
    if (const std::string* user_id = c.noted("user"))
        c.subject = *user_id;
    c.note("op_key", r.header("Reclaim-Operation"));
    c.note("fence", r.header("Reclaim-Fence"));
    c.act = [this, &r, h](call& mine) { return guarded(r, mine, h); };
    return c;
}

bool okta::is_authorized(const request& r) const
{
    const auto shown = r.header("Authorization");
    if (by_oauth_)
        return shown.starts_with("Bearer ") && issuer_.is_live(shown.substr(7));
    return !token_.empty() && shown == "SSWS " + token_;
}

// What Okta checks before it looks at the operation.
answer okta::guarded(const request& r, call& c, handler h)
{
    if (!is_authorized(r))
        return refuse(c, 401, "E0000011", "Invalid token provided");
    if (window_.calls > 0) {
        if (epoch_s() >= window_.ends_s) {
            window_.ends_s = epoch_s() + window_.seconds;
            window_.used = 0;
        }
        if (window_.used >= window_.calls) {
            c.did = effect::refused;
            return throttled({.wait = std::chrono::seconds(window_.ends_s - epoch_s())});
        }
        ++window_.used;
    }
    if (r.method == "POST" && !r.has_length)
        return refuse(c, 411, "E0000003", "The request body was not well-formed.");
    if (!r.body.empty() && !r.has_json_body())
        return refuse(c, 400, "E0000021",
                      "Bad request. Accept and/or Content-Type headers likely do not match supported values.");
    if (!send_email_ok(r.query))
        return refuse(c, 400, "E0000001", "Api validation failed: sendEmail", "sendEmail: must be true or false");
    return (this->*h)(r, c);
}

answer okta::unknown_path(const request&, call& c)
{
    return refuse(c, 404, "E0000008", "The requested path was not found");
}

answer okta::wrong_method(const request&, call& c)
{
    return refuse(c, 405, "E0000022", "The endpoint does not support the provided HTTP method");
}

answer okta::get_app(const request& r, call&)
{
    const std::string& id = r.path[3];
    if (!apps_.contains(id))
        return not_found(id, "AppInstance");
    json::writer out;
    out.open().put("id", id).put("name", id).put("label", id).put("status", "ACTIVE").put("signOnMode", "SAML_2_0");
    return with_headers({200, out.close().take()});
}

answer okta::get_app_user(const request& r, call& c)
{
    if (!apps_.contains(r.path[3]))
        return not_found(r.path[3], "AppInstance");
    const assignment* a = held_assignment(r.path[3], r.path[5]);
    if (!a)
        return not_found(r.path[5], "AppUser");
    c.note("generation", a->generation);
    return with_headers({200, app_user_body(r.path[5], *a)});
}

// Strict where Okta's answer is not known: whoever has the app directly is refused, so that giving it twice is seen.
answer okta::assign_app_user(const request& r, call& c)
{
    if (!apps_.contains(r.path[3]))
        return not_found(r.path[3], "AppInstance");
    const auto invalid = [&](std::string_view cause) {
        return refuse(c, 400, "E0000001", "Api validation failed: appUser", cause);
    };
    json::document body;
    const std::string* named = c.noted("user");
    if (!r.has_json_body() || !json::parse(body, r.body) || !body.IsObject() || !named)
        return invalid("id: The field cannot be left blank");
    try {
        json::allow_only(body, {"id", "scope"}, "the app user");
        if (json::get_text(body, "scope").value_or("USER") != "USER")
            return invalid("scope: only USER can be assigned");
    } catch (const json::bad_input& e) {
        return invalid(e.what());
    }
    const std::string id = *named;  // noting more may move it
    const auto found = users_.find(id);
    if (found == users_.end())
        return not_found(id, "User");
    if (found->second.status != "ACTIVE")
        return refuse(c, 403, "E0000038", "This operation is not allowed in the user's current status.");
    assignment& a = apps_.find(r.path[3])->second[id];
    if (a.direct)
        return invalid("id: the user is assigned to this app already");
    found->second.apps.insert(r.path[3]);
    a.direct = true;
    a.status = "ACTIVE";
    a.created_us = epoch_us();
    c.note("generation", ++a.generation);
    c.did = effect::applied;
    return with_headers({200, app_user_body(id, a)});
}

answer okta::delete_app_user(const request& r, call& c)
{
    if (!apps_.contains(r.path[3]))
        return not_found(r.path[3], "AppInstance");
    assignment* a = held_assignment(r.path[3], r.path[5]);
    if (!a)
        return not_found(r.path[5], "AppUser");
    c.note("generation", a->generation);
    // Also when a direct assignment exists beside the group's: Okta refuses the whole call.
    if (!a->groups.empty())
        return refuse(
            c, 403, "E0000046", "Deactivate application for user forbidden.",
            "The application cannot be unassigned from the user while their group memberships grant them access");
    a->drop();
    c.did = effect::applied;
    return with_headers({204});
}

answer okta::delete_group_user(const request& r, call& c)
{
    const std::string& group = r.path[3];
    if (!groups_.contains(group))
        return not_found(group, "UserGroup");
    const auto found = users_.find(r.path[5]);
    if (found == users_.end())
        return not_found(r.path[5], "User");
    if (found->second.groups.erase(group) == 0)
        return non_member_status_ == 204 ? with_headers({204}) : not_found(r.path[5], "User");
    for (const std::string& app : found->second.apps) {
        assignment& a = apps_.find(app)->second[r.path[5]];
        if (a.groups.erase(group) > 0) {
            c.note("app", app);
            c.note("generation", a.generation);
        }
    }
    c.did = effect::applied;
    return with_headers({204});
}

answer okta::get_user_groups(const request& r, call&)
{
    const auto found = users_.find(r.path[3]);
    if (found == users_.end())
        return not_found(r.path[3], "User");
    std::string body = "[";
    for (const std::string& group : found->second.groups) {
        json::writer out;
        out.open().put("id", group).put("type", "OKTA_GROUP").open("profile").put("name", group).close().close();
        body += (body.size() > 1 ? "," : "") + out.take();
    }
    return with_headers({200, body + "]"});
}

answer okta::get_user(const request& r, call&)
{
    const auto found = users_.find(r.path[3]);
    if (found == users_.end())
        return not_found(r.path[3], "User");
    const std::string mail = r.path[3] + "@example.com";
    json::writer out;
    out.open().put("id", r.path[3]).put("status", found->second.status).null("transitioningToStatus");
    out.open("profile").put("login", mail).put("email", mail).close().close();
    return with_headers({200, out.take()});
}

answer okta::deactivate_user(const request& r, call& c)
{
    const auto found = users_.find(r.path[3]);
    if (found == users_.end())
        return not_found(r.path[3], "User");
    if (found->second.status == "DEPROVISIONED")
        return refuse(c, 400, "E0000001", "Api validation failed: user", "The user is already deactivated.");
    for (const std::string& app : found->second.apps)
        apps_.find(app)->second[r.path[3]].drop();
    found->second.status = "DEPROVISIONED";
    found->second.groups.clear();
    c.did = effect::applied;
    return with_headers({200, "{}"});
}

void okta::assignment::drop()
{
    direct = false;
    groups.clear();
    role.clear();
}

okta::assignment* okta::held_assignment(const std::string& app, const std::string& user_id)
{
    auto& users = apps_.find(app)->second;
    const auto found = users.find(user_id);
    return found == users.end() || !found->second.held() ? nullptr : &found->second;
}

std::string okta::app_user_body(const std::string& id, const assignment& a)
{
    const std::string created = iso_time(a.created_us);
    json::writer out;
    out.open().put("id", id).null("externalId").put("created", created).put("lastUpdated", created);
    out.put("scope", a.direct ? "USER" : "GROUP").put("status", a.status).put("statusChanged", created);
    out.put("syncState", "DISABLED").open("credentials").put("userName", id + "@example.com").close();
    out.open("profile").put("email", id + "@example.com");
    if (!a.role.empty())
        out.put("role", a.role);
    out.close().close();
    return out.take();
}

answer okta::with_headers(answer a)
{
    a.headers.emplace_back("X-Okta-Request-Id", "Z" + std::to_string(ids_.next()));
    const bool counted = window_.calls > 0;
    a.headers.emplace_back("X-Rate-Limit-Limit", std::to_string(counted ? window_.calls : 600));
    a.headers.emplace_back("X-Rate-Limit-Remaining", std::to_string(counted ? window_.calls - window_.used : 599));
    a.headers.emplace_back("X-Rate-Limit-Reset", std::to_string(counted ? window_.ends_s : epoch_s() + 60));
    return a;
}

answer okta::error(unsigned status, std::string_view code, std::string_view summary, std::string_view cause)
{
    json::writer out;
    out.open().put("errorCode", code).put("errorSummary", summary).put("errorLink", code);
    out.put("errorId", "oae" + std::to_string(ids_.next())).open_list("errorCauses");
    if (!cause.empty())
        out.open().put("errorSummary", cause).close();
    out.close_list().close();
    return with_headers({status, out.take()});
}

answer okta::refuse(call& c, unsigned status, std::string_view code, std::string_view summary, std::string_view cause)
{
    c.did = effect::refused;
    return error(status, code, summary, cause);
}

answer okta::not_found(std::string_view id, std::string_view type)
{
    return error(404, "E0000007", "Not found: Resource not found: " + std::string{id} + " (" + std::string{type} + ")");
}

answer okta::throttled(const throttle& t)
{
    answer a = error(429, "E0000047", "API call exceeded rate limit due to too many requests.");
    a.status = t.status == 0 ? 429 : t.status;
    a.headers.resize(1);  // keeps the request id
    a.headers.emplace_back("X-Rate-Limit-Limit", t.concurrency ? "0" : "600");
    a.headers.emplace_back("X-Rate-Limit-Remaining", "0");
    a.headers.emplace_back("X-Rate-Limit-Reset", std::to_string(epoch_s() + t.wait.count()));
    if (t.retry_after)
        a.headers.emplace_back("Retry-After", std::to_string(t.wait.count()));
    return a;
}

}  // namespace sandbox
