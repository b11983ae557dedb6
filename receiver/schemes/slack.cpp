// Slack's requests, of the Events API and of buttons alike: HMAC-SHA256 over "v0:timestamp:body" in hex. No delivery id
// is signed; every click carries a trigger id of its own in the body.
#include "common/crypto/encoding.hpp"
#include "receiver/schemes/signed_parts.hpp"

namespace reclaim::receiver::schemes {

namespace {

constexpr std::string_view prefix = "v0=";

class slack : public scheme {
public:
    slack(hmac_keys keys, std::chrono::seconds tolerance) : keys_(std::move(keys)), tolerance_(tolerance) {}

    result<proof, refusal> verify(const http::request& request,
                                  std::chrono::system_clock::time_point now) const override
    {
        const auto timestamp = only_header(request.headers, "x-slack-request-timestamp");
        if (!timestamp)
            return timestamp.error();
        auto given = only_header(request.headers, "x-slack-signature");
        if (!given)
            return given.error();
        const auto sent = parse_unix_seconds(*timestamp);
        if (!sent || !is_near(*sent, now, tolerance_) || !given->starts_with(prefix))
            return refusal::unproven;
        given->remove_prefix(prefix.size());
        const auto* const signer =
            keys_.find_signer({"v0:", *timestamp, ":", request.body}, {&*given, 1}, &crypto::to_hex);
        if (!signer)
            return refusal::unproven;
        return prove_by_body(*signer, request.body);
    }

private:
    hmac_keys keys_;
    std::chrono::seconds tolerance_;
};

}  // namespace

made_scheme make_slack(const scheme_options& options)
{
    return make_with_text_keys<slack>(options, options.tolerance.value_or(std::chrono::seconds(300)));
}

}  // namespace reclaim::receiver::schemes
