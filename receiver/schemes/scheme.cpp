#include "receiver/schemes/scheme.hpp"

#include <algorithm>

namespace reclaim::receiver::schemes {

namespace {

constexpr scheme_kind kinds[] = {
    {.name = "standard", .make = &make_standard},
    {.name = "github", .make = &make_github, .signs_time = false},
    {.name = "stripe", .make = &make_stripe},
    // Slack shows whoever clicked a warning, and Linear repeats, for any answer but exactly 200.
    {.name = "slack", .make = &make_slack, .accepted_status = 200},
    {.name = "linear", .make = &make_linear, .accepted_status = 200},
    {.name = "bearer", .make = &make_bearer, .signs_time = false, .behind_client_certificates = true},
};

}  // namespace

const scheme_kind* find_scheme(std::string_view name)
{
    const auto* const found =
        std::find_if(std::begin(kinds), std::end(kinds), [name](const scheme_kind& each) { return each.name == name; });
    return found != std::end(kinds) ? found : nullptr;
}

std::string scheme_names()
{
    std::string out;
    for (const scheme_kind& each : kinds)
        out += (out.empty() ? "" : ", ") + std::string(each.name);
    return out;
}

made_scheme make_scheme(std::string_view name, const scheme_options& options)
{
    if (const auto* const kind = find_scheme(name))
        return kind->make(options);
    return {boost::system::in_place_error, "this signature scheme is unknown; known are: " + scheme_names()};
}

}  // namespace reclaim::receiver::schemes
