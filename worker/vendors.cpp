#include "worker/vendors.hpp"

#include "worker/connectors/engine.hpp"

namespace reclaim::worker {

const std::vector<std::string_view> ticket_field_names = {"app",       "seat",        "subject", "email",   "approver",
                                                          "requester", "approval_id", "reason",  "outcome", "job_id"};

namespace {

// Found at start, rather than by the first removal that cannot be written.
void require_variables(const std::string& app, const connectors::recipe& how, const connectors::variables& given)
{
    std::string names;
    for (const std::string& name : connectors::find_missing(how, given))
        names += (names.empty() ? "" : ", ") + name;
    if (!names.empty())
        throw setup_error("[apps." + app + "] vars: the recipe " + how.name + " needs " + names + "; add it to vars");
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
      callbacks_(from.confirmation.endpoints, from.confirmation.allowed_hosts)
{
    for (const auto& one : from.connectors) {
        auto recipe = connectors::load_recipe(one.recipe_path);
        std::vector<connectors::variables> apps;
        for (const auto& [name, app] : from.apps) {
            if (app.connector != one.name)
                continue;
            require_variables(name, recipe, app.variables);
            apps.push_back(app.variables);
        }
        auto send = around(connectors::through(client_for(executor, one.ca_file)));
        auto& before = turns(one.name, recipe.limits.calls.with(one.calls));
        turns_.emplace(one.name, &before);
        connectors_.emplace(one.name, std::make_unique<connectors::engine>(std::move(recipe), std::move(send), one.to,
                                                                           one.with, std::move(apps), before));
    }
    if (from.linear) {
        linear_ = std::make_unique<delivery::linear>(connectors::through(client_for(executor, from.linear->ca_file)),
                                                     from.linear->to, from.linear->with, from.linear->ticket.team_id);
        ticket_ = std::make_unique<delivery::ticket_template>(from.linear->ticket, ticket_field_names);
    }
    requester_ =
        std::make_unique<delivery::requester>(connectors::through(client_for(executor, from.confirmation.ca_file)));
}

vendors::~vendors() = default;

http::client& vendors::client_for(boost::asio::any_io_executor executor, const std::optional<std::string>& ca_file)
{
    auto& found = clients_[ca_file.value_or("")];
    if (!found) {
        http::client_options options;
        options.ca_file = ca_file;
        options.connections_per_origin_max = static_cast<std::size_t>(config_.in_flight_max);
        found = std::make_unique<http::client>(executor, options);
    }
    return *found;
}

std::optional<vendors::app> vendors::find_app(std::string_view name) const
{
    const auto it = config_.apps.find(name);
    if (it == config_.apps.end())
        return std::nullopt;
    return app{it->second.connector, connectors_.find(it->second.connector)->second.get(),
               turns_.find(it->second.connector)->second, &it->second.variables, &it->second.later_looks};
}

result<delivery::endpoint> vendors::endpoint_for(const std::string& source, const std::string& callback_url) const
{
    return callback_url.empty() ? callbacks_.by_name(source) : callbacks_.by_url(callback_url);
}

void vendors::close()
{
    for (auto& [ca_file, client] : clients_)
        client->close();
}

}  // namespace reclaim::worker
