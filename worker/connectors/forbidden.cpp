#include "worker/connectors/forbidden.hpp"

#include <algorithm>
#include <cctype>
#include <regex>

namespace reclaim::connectors {

namespace {

struct forbidden_path {
    std::string_view method;
    const char* path;  // ECMAScript, any letter case
    std::string_view why;
};

// A path is matched as the recipe writes it, holes and all, and wherever the vendor's base path ends.
constexpr forbidden_path forbidden_paths[] = {
    {"DELETE",
     R"(.*/(groups|directoryroles|administrativeunits|applications|serviceprincipals)/[^/]+/(members|owners)/[^/]+)",
     "deletes the user's account itself on Microsoft Graph; end the path with /$ref"},
    {"DELETE", R"((.*/)?(v1\.0|beta)/(users|groups|devices|directoryobjects)/[^/]+)",
     "deletes the account or the group itself on Microsoft Graph; name a licence, a membership or an app role"},
    {"DELETE", R"(.*/api/v1/users/[^/]+)",
     "deletes the account itself at Okta, and answers alike when it only deactivates; use lifecycle/deactivate"},
    {"DELETE", R"(.*/admin/directory/v1/users/[^/]+)",
     "deletes the account and its data at Google; suspend it or delete the licence assignment"},
    {"DELETE", R"((.*/)?groups/[^/]+)", "deletes the whole group; remove one member of it"},
};

bool same_letters(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
    });
}

void check_path(const call& revoke, std::vector<std::string>& found)
{
    // GitLab's own API has the shape of Graph's, and there it is the right one.
    const bool is_gitlab = revoke.path.source().find("/api/v4/groups/") != std::string::npos;
    for (const forbidden_path& bad : forbidden_paths) {
        const std::regex shape(bad.path, std::regex::icase);
        if (revoke.method == bad.method && !is_gitlab && std::regex_match(revoke.path.source(), shape))
            found.emplace_back(bad.why);
    }
    // Zoom's default is the harmless one, and one word beside it destroys the person's recordings.
    for (const pair_template& part : revoke.query) {
        if (revoke.method == "DELETE" && part.name == "action" && part.value.source() != "disassociate")
            found.emplace_back("may destroy data at Zoom; write action = \"disassociate\"");
    }
}

// SCIM: a removal names what it removes, in brackets. `members` alone empties the group, no path at all more than that.
void check_scim_operation(json::value operation, std::vector<std::string>& found)
{
    const auto op = operation["op"].string().value_or("");
    const auto path = operation["path"].string().value_or("");
    const bool removes = same_letters(op, "remove");
    const std::regex filter_with_hole(R"(\[[^\]]*\{[a-z0-9_]+\}[^\]]*\])");
    const bool chooses = std::regex_search(path.begin(), path.end(), filter_with_hole);
    if (op.find('{') != std::string_view::npos)
        found.emplace_back("holds an operation named by a variable; write the word itself");
    if (!chooses && (removes || same_letters(path, "members")))
        found.emplace_back("holds a SCIM operation that takes everybody at its path; choose one with a filter: "
                           "\"path\": \"members[value eq \\\"{subject}\\\"]\"");
}

void check_body(json::value body, std::vector<std::string>& found)
{
    for (const auto& [name, operations] : body.members()) {
        if (same_letters(name, "Operations"))
            for (const json::value operation : operations.elements())
                check_scim_operation(operation, found);
    }
}

// Graph takes both lists in one call, so that the wrong one gives a licence.
void check_licences(const call& revoke, json::value body, std::vector<std::string>& found)
{
    if (!same_letters(revoke.path.source().substr(revoke.path.source().rfind('/') + 1), "assignLicense"))
        return;
    const auto added = body["addLicenses"];
    if (added.kind() != json::kind::array || !added.elements().empty())
        found.emplace_back("gives licences on Microsoft Graph; write \"addLicenses\": [] beside removeLicenses");
}

}  // namespace

std::vector<std::string> find_forbidden(const call& revoke)
{
    std::vector<std::string> found;
    check_path(revoke, found);
    const json::value body = revoke.body ? revoke.body->shape() : json::value();
    check_body(body, found);
    check_licences(revoke, body, found);
    return found;
}

}  // namespace reclaim::connectors
