// A shared token in the Authorization header. It proves nothing about the body, and whoever reads one request can write
// others, so it is taken only from clients that have shown a certificate: there nobody in between reads or writes.
#include "receiver/schemes/signed_parts.hpp"

namespace reclaim::receiver::schemes {

namespace {

constexpr std::string_view prefix = "Bearer ";
constexpr std::size_t token_bytes_min = 24;

class bearer : public scheme {
public:
    explicit bearer(const std::vector<secret>& tokens)
    {
        for (const secret& each : tokens)
            tokens_.push_back({each, {key_id(each.reveal()), crypto::hmac_sha256(each)}});
    }

    result<proof, refusal> verify(const http::request& request, std::chrono::system_clock::time_point) const override
    {
        const auto given = only_header(request.headers, "authorization");
        if (!given)
            return given.error();
        if (!given->starts_with(prefix))
            return refusal::unproven;
        for (const auto& [text, signer] : tokens_)
            if (crypto::equal_in_constant_time(given->substr(prefix.size()), text.reveal()))
                return prove_by_body(signer, request.body);
        return refusal::unproven;
    }

private:
    struct token {
        secret text;
        hmac_keys::key signer;
    };
    std::vector<token> tokens_;
};

}  // namespace

made_scheme make_bearer(const scheme_options& options)
{
    for (const secret& each : options.secrets)
        if (each.reveal().size() < token_bytes_min)
            return {boost::system::in_place_error, "holds a token of " + std::to_string(each.reveal().size()) +
                                                       " bytes; write 24 random ones or more into it"};
    return std::unique_ptr<const scheme>(std::make_unique<bearer>(options.secrets));
}

}  // namespace reclaim::receiver::schemes
