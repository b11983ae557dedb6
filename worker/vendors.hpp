#pragma once
// Everything outside that this worker talks to, built from its configuration: one HTTP client per way out, one
// connector per [connectors.NAME], Linear and the requesters.
#include "common/http/client.hpp"
#include "worker/config.hpp"
#include "worker/connectors/connector.hpp"
#include "worker/connectors/recipe.hpp"
#include "worker/delivery/draft.hpp"
#include "worker/delivery/linear.hpp"
#include "worker/delivery/requester.hpp"

#include <functional>
#include <memory>

namespace reclaim::worker {

class vendors {
public:
    // What connectors send through, given what really sends; a sample catches there what it must not send.
    using wire = std::function<connectors::exchange(connectors::exchange)>;
    // What stands before a connector's requests, by its name and limits; it must outlive the vendors.
    using turnstiles =
        std::function<connectors::turnstile&(const std::string& name, const connectors::call_limits& limits)>;
    static connectors::turnstile& open(const std::string&, const connectors::call_limits&)
    {
        return connectors::turnstile::open();
    }
    // Throws setup_error listing what is wrong with recipes, templates, endpoints and certificates.
    vendors(boost::asio::any_io_executor executor, const options& from, const wire& around = std::identity(),
            const turnstiles& turns = open);
    ~vendors();

    struct app {
        std::string connector_name;
        connectors::connector* connector = nullptr;
        connectors::turnstile* turns = nullptr;
        const std::map<std::string, std::string, std::less<>>* variables = nullptr;
        const look_schedule* later_looks = nullptr;
        const delivery::ticket_template* ticket = nullptr;  // null when no ticket is wanted
    };
    // Nothing when the configuration does not know the app.
    std::optional<app> find_app(std::string_view name) const;

    // Null when no ticket is wanted.
    delivery::linear* linear() { return linear_.get(); }
    // Null when no draft is wanted.
    delivery::drafter* drafter() { return drafter_.get(); }

    delivery::requester& requester() { return *requester_; }
    // The callback URL of the approval when it has one and it is allowed, else the source's own endpoint.
    result<delivery::endpoint> endpoint_for(const std::string& source, const std::string& callback_url) const;

    const std::map<std::string, std::unique_ptr<connectors::connector>, std::less<>>& all_connectors() const
    {
        return connectors_;
    }

    // Those of the same configuration, read anew; requests under way end with those they have. Throws setup_error, and
    // then has changed nothing, when a confirmation's secret is no key.
    void use_secrets(const options& fresh);

    void close();

private:
    void set_up_linear(boost::asio::any_io_executor executor,
                       const std::map<std::string, connectors::extent, std::less<>>& takes);
    http::client& client_for(boost::asio::any_io_executor executor, const route_config& by);
    http::client_options client_options_for(const route_config& by) const;

    const options& config_;
    std::map<std::pair<std::string, bool>, std::unique_ptr<http::client>> clients_;  // by CA file, and whether proxied
    // Of its own, for places that an approval has named: a connection that was made for a place of the configuration,
    // whose address nobody judged, must not be kept for one of these. Where these go through the proxy, that
    // judges them: it looks the name up.
    http::client to_public_;
    std::map<std::string, std::unique_ptr<connectors::connector>, std::less<>> connectors_;
    std::map<std::string, std::function<void(const credential_config&)>>
        credentials_;  // by connector: puts it in place
    std::map<std::string, connectors::turnstile*, std::less<>> turns_;
    std::unique_ptr<delivery::linear> linear_;
    std::unique_ptr<http::client> drafters_client_;
    std::unique_ptr<delivery::drafter> drafter_;
    std::map<std::string, delivery::ticket_template, std::less<>> tickets_;  // by app
    std::unique_ptr<delivery::requester> requester_;
    delivery::callback_policy callbacks_;
};

// Whose seat, with the app's variables, as a recipe's templates name them.
connectors::target target_of(const vendors::app& app, const std::string& seat, const std::string& subject,
                             const std::string& email);

// The fields a ticket template may show.
extern const std::vector<std::string_view> ticket_field_names;

}  // namespace reclaim::worker
