#include "worker/vendors.hpp"

#include "common/base/overloaded.hpp"
#include "worker/connectors/engine.hpp"
#include "worker/credentials/oauth.hpp"
#include "worker/credentials/static_header.hpp"
#include "worker/delivery/special_address.hpp"

#include <set>

namespace reclaim::worker {

const std::vector<std::string_view> ticket_field_names = {"app",       "seat",        "subject", "email",   "approver",
                                                          "requester", "approval_id", "reason",  "outcome", "job_id"};

namespace {

constexpr std::size_t drafts_envelope_bytes = 32 * 1024;  // what comes around a draft

// Found at start, rather than by the first removal that cannot be written.
void require_variables(const std::string& app, const connectors::recipe& how, const connectors::variables& given)
{
    std::string names;
    for (const std::string& name : connectors::find_missing(how, given))
        names += (names.empty() ? "" : ", ") + name;
    if (!names.empty())
        throw setup_error("[apps." + app + "] vars: the recipe " + how.name + " needs " + names + "; add it to vars");
}

http::client_options public_only(http::client_options options)
{
    options.may_reach = [](const boost::asio::ip::address& address) { return !delivery::is_special(address); };
    return options;
}

std::shared_ptr<credentials::credential> make_credential(const credential_config& from, connectors::exchange send)
{
    using made = std::shared_ptr<credentials::credential>;
    return std::visit(
        overloaded{
            [](const connectors::credential& key) -> made { return std::make_shared<credentials::static_header>(key); },
            [&](const credentials::grant_settings& how) -> made {
                return std::make_shared<credentials::oauth>(how, std::move(send));
            },
        },
        from);
}

}  // namespace

connectors::target target_of(const vendors::app& app, const std::string& seat, const std::string& subject,
                             const std::string& email)
{
    connectors::target out;
    out.variables = *app.variables;
    out.variables["seat"] = seat;
    out.variables["subject"] = subject;
    out.variables["email"] = email;
    return out;
}

vendors::vendors(boost::asio::any_io_executor executor, const options& from, const wire& around,
                 const turnstiles& turns)
    : config_(from),
      to_public_(executor, public_only(client_options_for(from.confirmation.route))),
      callbacks_(from.confirmation.endpoints, from.confirmation.allowed_hosts)
{
    std::map<std::string, connectors::extent, std::less<>> takes;  // by connector
    for (const auto& one : from.connectors) {
        auto recipe = connectors::load_recipe(one.recipe_path);
        takes.emplace(one.name, recipe.takes);
        std::vector<connectors::variables> apps;
        for (const auto& [name, app] : from.apps) {
            if (app.connector != one.name)
                continue;
            require_variables(name, recipe, app.variables);
            apps.push_back(app.variables);
        }
        const auto real = connectors::through(client_for(executor, one.route));
        auto& before = turns(one.name, recipe.limits.calls.with(one.calls));
        turns_.emplace(one.name, &before);
        // Tokens are not asked for through `around`: that is for what may change something at the vendor.
        auto made = std::make_unique<connectors::engine>(std::move(recipe), around(real), one.to,
                                                         make_credential(one.with, real), std::move(apps), before);
        credentials_.emplace(one.name, [&engine = *made, real](const credential_config& with) {
            engine.use(make_credential(with, real));
        });
        connectors_.emplace(one.name, std::move(made));
    }
    if (from.linear)
        set_up_linear(executor, takes);
    requester_ = std::make_unique<delivery::requester>(
        connectors::through(to_public_), connectors::through(client_for(executor, from.confirmation.route)));
}

vendors::~vendors() = default;

void vendors::set_up_linear(boost::asio::any_io_executor executor,
                            const std::map<std::string, connectors::extent, std::less<>>& takes)
{
    const linear_config& how = *config_.linear;
    std::set<std::string> teams{how.ticket.settings.team_id};
    for (const auto& [name, app] : config_.apps) {
        const bool account = takes.at(app.connector) == connectors::extent::account;
        auto settings = app.ticket->settings;
        settings.checklist = how.checklists.at(app.ticket->checklist.value_or(account ? "account" : "seat"));
        if (how.draft)
            settings.prompt = how.draft->prompt;
        teams.insert(settings.team_id);
        try {
            tickets_.emplace(name, delivery::ticket_template(std::move(settings), ticket_field_names));
        } catch (const setup_error& e) {
            throw setup_error("[apps." + name + "], with [linear.ticket]: " + e.what());
        }
    }
    linear_ = std::make_unique<delivery::linear>(connectors::through(client_for(executor, how.route)), how.to, how.with,
                                                 std::vector(teams.begin(), teams.end()));
    if (how.draft) {
        http::client_options small = client_options_for(how.draft_route);
        small.answer_bytes_max = how.draft->bytes_max + drafts_envelope_bytes;
        drafters_client_ = std::make_unique<http::client>(executor, small);
        drafter_ = std::make_unique<delivery::drafter>(connectors::through(*drafters_client_), *how.draft);
    }
}

http::client& vendors::client_for(boost::asio::any_io_executor executor, const route_config& by)
{
    auto& found = clients_[{by.ca_file.value_or(""), by.proxied}];
    if (!found)
        found = std::make_unique<http::client>(executor, client_options_for(by));
    return *found;
}

http::client_options vendors::client_options_for(const route_config& by) const
{
    http::client_options options;
    options.ca_file = by.ca_file;
    if (by.proxied)
        options.through = config_.proxy;
    options.connections_per_origin_max = static_cast<std::size_t>(config_.in_flight_max);
    return options;
}

std::optional<vendors::app> vendors::find_app(std::string_view name) const
{
    const auto it = config_.apps.find(name);
    if (it == config_.apps.end())
        return std::nullopt;
    const auto form = tickets_.find(name);
    return app{it->second.connector,
               connectors_.find(it->second.connector)->second.get(),
               turns_.find(it->second.connector)->second,
               &it->second.variables,
               &it->second.later_looks,
               form == tickets_.end() ? nullptr : &form->second};
}

result<delivery::endpoint> vendors::endpoint_for(const std::string& source, const std::string& callback_url) const
{
    return callback_url.empty() ? callbacks_.by_name(source) : callbacks_.by_url(callback_url);
}

void vendors::use_secrets(const options& fresh)
{
    callbacks_ = delivery::callback_policy(fresh.confirmation.endpoints, fresh.confirmation.allowed_hosts);
    for (const auto& one : fresh.connectors)
        credentials_.at(one.name)(one.with);
    if (linear_)
        linear_->use(fresh.linear->with);
    if (drafter_)
        drafter_->use(fresh.linear->draft->with);
    if (fresh.proxy) {
        for (auto& [route, client] : clients_)
            client->use_proxy_password(fresh.proxy->password);
        to_public_.use_proxy_password(fresh.proxy->password);
        if (drafters_client_)
            drafters_client_->use_proxy_password(fresh.proxy->password);
    }
}

void vendors::close()
{
    for (auto& [route, client] : clients_)
        client->close();
    to_public_.close();
    if (drafters_client_)
        drafters_client_->close();
}

}  // namespace reclaim::worker
