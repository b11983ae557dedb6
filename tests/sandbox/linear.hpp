#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "call.hpp"
#include "graphql.hpp"
#include "linear_store.hpp"

// Linear's GraphQL endpoint: transport rules, authentication, validation, execution of root fields, error bodies. What
// an issue is and when it is refused is linear_store's business.
namespace sandbox {

class linear final : public vendor {
public:
    explicit linear(unsigned long long seed);

    call read(const request& r) override;
    answer throttled(const throttle& t) override;

    void configure(const json::value& config);
    std::string issues() const { return store_.report(); }

private:
    struct checked_document {
        graphql::document document;
        std::vector<std::string> errors;
    };
    struct prepared {
        std::shared_ptr<const checked_document> text;
        const graphql::operation* op = nullptr;
        json::document variables;
        std::vector<json::value> args;  // of the root fields, in order
        std::vector<std::string> errors;
    };

    std::shared_ptr<const checked_document> look_up(std::string_view text);
    std::shared_ptr<prepared> prepare(const request& r);
    const graphql::operation* choose(const checked_document& text, const std::optional<std::string>& name,
                                     std::vector<std::string>& errors) const;
    void note(call& c, const prepared& p) const;
    answer act(const request& r, call& c, const prepared& p);
    answer execute(call& c, const prepared& p);
    bool authorised(std::string_view header) const;
    answer respond(unsigned status, std::string body) const;
    answer fail(unsigned status, const std::vector<linear_error>& errors) const;

    graphql::schema schema_;
    linear_store store_;
    std::string api_key_;
    std::string oauth_token_;
    unsigned user_error_status_ = 200;  // both 200 and 400 have been seen for the same error
    std::unordered_map<std::string, std::shared_ptr<const checked_document>> documents_;
};

}  // namespace sandbox
