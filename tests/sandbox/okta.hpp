#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "call.hpp"
#include "digest.hpp"
#include "json.hpp"
#include "oauth.hpp"

// An Okta org as far as seat removal can see it: apps, who is assigned to them and why, groups, users. It refuses what
// Okta refuses; above all an app user cannot be unassigned while a group grants the app.
namespace sandbox {

class okta final : public vendor {
public:
    // `issuer` knows the tokens, and must outlive it.
    okta(unsigned long long seed, const oauth& issuer) : issuer_{issuer}, ids_{seed} {}

    call read(const request& r) override;
    answer throttled(const throttle& t) override;

    void configure(const json::value& config);
    // Throws json::bad_input. Answers how many users were assigned.
    std::int64_t assign(const json::value& what);
    std::string assignments(const std::string& app) const;

private:
    struct assignment {
        bool direct = false;
        std::set<std::string> groups;  // those that grant this app
        std::string status = "ACTIVE";
        std::string role;  // an attribute of the app profile that no mapping fills in: lost with the assignment
        std::int64_t generation = 0;  // +1 at every assignment: tells a seat from the same seat given again
        std::int64_t created_us = 0;
        bool held() const { return direct || !groups.empty(); }
        void drop();
    };
    struct user {
        std::string status = "ACTIVE";
        std::set<std::string> groups;
        std::set<std::string> apps;
    };
    using handler = answer (okta::*)(const request&, call&);
    struct route;
    static const std::vector<route>& routes();

    answer guarded(const request& r, call& c, handler h);
    answer get_app(const request& r, call& c);
    answer get_app_user(const request& r, call& c);
    answer assign_app_user(const request& r, call& c);
    answer delete_app_user(const request& r, call& c);
    answer delete_group_user(const request& r, call& c);
    answer get_user_groups(const request& r, call& c);
    answer get_user(const request& r, call& c);
    answer deactivate_user(const request& r, call& c);
    answer unknown_path(const request& r, call& c);
    answer wrong_method(const request& r, call& c);

    assignment* held_assignment(const std::string& app, const std::string& user_id);
    std::string app_user_body(const std::string& id, const assignment& a);
    answer with_headers(answer a);
    answer error(unsigned status, std::string_view code, std::string_view summary, std::string_view cause = {});
    answer refuse(call& c, unsigned status, std::string_view code, std::string_view summary,
                  std::string_view cause = {});
    answer not_found(std::string_view id, std::string_view type);

    bool is_authorized(const request& r) const;

    const oauth& issuer_;
    std::string token_;
    bool by_oauth_ = false;             // then an access token is asked for, and the other is not good
    unsigned non_member_status_ = 204;  // what a group DELETE answers for a non-member: both were never ruled out
    std::map<std::string, std::unordered_map<std::string, assignment>, std::less<>> apps_;
    std::unordered_map<std::string, user> users_;
    std::set<std::string> groups_;
    dice ids_;
    struct {
        std::int64_t calls = 0;  // 0: none
        std::int64_t seconds = 0;
        std::int64_t used = 0;
        std::int64_t ends_s = 0;
    } window_;  // a rate limit of fixed windows, as Okta's are
};

}  // namespace sandbox
