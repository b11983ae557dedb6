#include "world.hpp"

namespace sandbox {
namespace {

struct no_such_control {};

std::string query_value(std::string_view query, std::string_view name)
{
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query = pair.size() == query.size() ? std::string_view{} : query.substr(pair.size() + 1);
        if (pair.substr(0, pair.find('=')) == name && pair.find('=') != pair.npos)
            return percent_decode(pair.substr(pair.find('=') + 1)).value_or("");
    }
    return {};
}

json::document body_of(const request& r)
{
    json::document body;
    if (!json::parse(body, r.body))
        throw json::bad_input{"the body is not JSON"};
    return body;
}

}  // namespace

world::world(const std::string& log_file, std::uint64_t seed)
    : log{log_file},
      faults{seed},
      oauth_{seed},
      okta_{seed, oauth_},
      linear_{seed}
{}

void world::configure(const json::value& config)
{
    json::allow_only(config, {"okta", "linear", "requester", "oauth", "drafter"}, "the configuration");
    if (const json::value* section = json::find(config, "okta"))
        okta_.configure(*section);
    if (const json::value* section = json::find(config, "linear"))
        linear_.configure(*section);
    if (const json::value* section = json::find(config, "requester"))
        requester_.configure(*section);
    if (const json::value* section = json::find(config, "oauth"))
        oauth_.configure(*section);
    if (const json::value* section = json::find(config, "drafter"))
        drafter_.configure(*section);
}

call world::receive(const request& r)
{
    const std::string_view first = r.path.empty() ? std::string_view{} : std::string_view{r.path.front()};
    call c;
    if (oauth_.serves(r)) {
        c = oauth_.read(r);
    } else if (first == "api") {
        c = okta_.read(r);
    } else if (first == "graphql") {
        c = linear_.read(r);
    } else if (first == "requester") {
        c = requester_.read(r);
    } else if (first == "v1") {
        c = drafter_.read(r);
    } else {
        c.vendor = "unknown";
        c.op = "unknown.path";
        c.act = [](call& mine) {
            mine.did = effect::refused;
            return answer{404, "not found", "text/plain"};
        };
    }
    c.no = ++calls_;
    c.arrived_us = epoch_us();
    return c;
}

answer world::throttled(const call& c, const throttle& t)
{
    if (c.vendor == "okta")
        return okta_.throttled(t);
    if (c.vendor == "linear")
        return linear_.throttled(t);
    if (c.vendor == "oauth")
        return oauth_.throttled(t);
    if (c.vendor == "drafter")
        return drafter_.throttled(t);
    return requester_.throttled(t);
}

bool world::is_control(const request& r)
{
    return !r.path.empty() && r.path.front() == "_sandbox" && r.header("Sandbox-Control") == "yes";
}

answer world::control(const request& r)
{
    try {
        return {200, obey(r)};
    } catch (const no_such_control&) {
        return {404, json::writer{}.open().put("error", "no such control").close().take()};
    } catch (const json::bad_input& e) {
        return {400, json::writer{}.open().put("error", e.what()).close().take()};
    }
}

std::string world::obey(const request& r)
{
    const std::string_view path = r.target.substr(0, r.target.find('?')).substr(std::string_view{"/_sandbox"}.size());
    const auto is = [&](std::string_view method, std::string_view name) { return r.method == method && path == name; };
    const auto count = [](std::string_view name, std::int64_t n) {
        return json::writer{}.open().put(name, n).close().take();
    };
    if (is("PUT", "/config")) {
        configure(body_of(r));
        return "{}";
    }
    if (is("POST", "/okta/assign"))
        return count("assigned", okta_.assign(body_of(r)));
    if (is("POST", "/oauth/revoke"))
        return count("revoked", oauth_.revoke());
    if (is("GET", "/okta/assignments"))
        return okta_.assignments(query_value(r.query, "app"));
    if (is("GET", "/linear/issues"))
        return linear_.issues();
    if (is("GET", "/requester/deliveries"))
        return requester_.deliveries();
    if (is("PUT", "/faults")) {
        faults.replace(body_of(r));
        return "{}";
    }
    if (is("GET", "/faults"))
        return faults.report();
    if (is("POST", "/release")) {
        ++releases;
        return count("released", held);
    }
    if (is("GET", "/held"))
        return count("held", held);
    if (is("GET", "/ledger"))
        return log.ledger();
    throw no_such_control{};
}

}  // namespace sandbox
