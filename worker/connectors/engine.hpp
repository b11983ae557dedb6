#pragma once
// The connector that runs a recipe. It never repeats a request, never follows a redirect, and believes a 404 only while
// the recipe's health call vouches for base URL and credential. What to do next belongs to the attempt. A look reads as
// many pages as the recipe allows; a removal that needs something only a look can tell looks first, and is sent only
// when that shows the seat held.
#include "worker/connectors/connector.hpp"
#include "worker/connectors/exchange.hpp"
#include "worker/connectors/recipe.hpp"
#include "worker/connectors/slots.hpp"
#include "worker/credentials/credential.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reclaim::connectors {

class engine : public connector {
public:
    // `apps` are the variables of every app configured on this vendor: health() proves each of them and names all that
    // fail.
    engine(recipe how, exchange send, http::origin to, std::shared_ptr<credentials::credential> with,
           std::vector<variables> apps, turnstile& turns = turnstile::open());
    // From the next request on; those under way end with the one they have. What the other one proved is void.
    void use(std::shared_ptr<credentials::credential> with);

    boost::asio::awaitable<answer> look(const target& whose, const operation& by,
                                        async::steady::time_point deadline) override;
    boost::asio::awaitable<answer> remove(const target& whose, const operation& by,
                                          async::steady::time_point deadline) override;
    bool can_restore() const override { return recipe_.restore.has_value(); }
    boost::asio::awaitable<answer> restore(const target& whose, std::string captured, const operation& by,
                                           async::steady::time_point deadline) override;
    boost::asio::awaitable<std::optional<outcome>> probe(async::steady::time_point deadline) override;
    boost::asio::awaitable<std::string> health(async::steady::time_point deadline) override;

    const recipe& how() const { return recipe_; }

private:
    struct attempt;  // what one request came to
    struct sight;    // what one or more requests showed
    boost::asio::awaitable<attempt> ask(const call& what, const variables& of, const operation* by,
                                        async::steady::time_point deadline, std::string page = "");
    boost::asio::awaitable<sight> see(const variables& of, const operation& by, async::steady::time_point deadline);
    boost::asio::awaitable<sight> judge(const call& what, attempt tried, const variables& of,
                                        async::steady::time_point deadline);
    boost::asio::awaitable<std::optional<outcome>> find_trouble_of(const variables& app,
                                                                   async::steady::time_point deadline);
    boost::asio::awaitable<std::optional<outcome>> doubt_a_404(const variables& app,
                                                               async::steady::time_point deadline);

    recipe recipe_;
    exchange send_;
    http::origin to_;
    std::shared_ptr<credentials::credential> with_;
    std::vector<variables> apps_;
    turnstile& turns_;
    slots in_flight_;
    slots proving_{1};                                                         // a burst of 404s shares one health call
    std::map<std::string, async::steady::time_point, std::less<>> proven_at_;  // by the target of the health call
};

}  // namespace reclaim::connectors
