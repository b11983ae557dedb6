// GitHub's webhooks: HMAC-SHA256 over the body alone, in hex. Jira and other WebSub senders write the same under the
// older header's name. There is no time in it, and the delivery's id is not signed, so that whoever has seen one
// request could send it again with another id: a delivery is therefore known by its body.
#include "common/crypto/encoding.hpp"
#include "receiver/schemes/signed_parts.hpp"

namespace reclaim::receiver::schemes {

namespace {

constexpr std::string_view prefix = "sha256=";

class github : public scheme {
public:
    explicit github(hmac_keys keys) : keys_(std::move(keys)) {}

    result<proof, refusal> verify(const http::request& request, std::chrono::system_clock::time_point) const override
    {
        static constexpr std::string_view name = "x-hub-signature-256";
        static constexpr std::string_view older = "x-hub-signature";  // of GitHub it is SHA-1, and not looked at
        auto given = only_header(request.headers, http::find(request.headers, name) ? name : older);
        if (!given)
            return given.error();
        if (!given->starts_with(prefix))
            return refusal::unproven;
        given->remove_prefix(prefix.size());
        const auto* const signer = keys_.find_signer({request.body}, {&*given, 1}, &crypto::to_hex);
        if (!signer)
            return refusal::unproven;
        return prove_by_body(*signer, request.body);
    }

private:
    hmac_keys keys_;
};

}  // namespace

made_scheme make_github(const scheme_options& options)
{
    return make_with_text_keys<github>(options);
}

}  // namespace reclaim::receiver::schemes
