// Linear's webhooks: HMAC-SHA256 over the body alone, in bare hex. When it was sent stands in the body, in
// milliseconds; where it does not, in a header that is not signed, which keeps honest repeats out and is no proof. So a
// delivery is known by its body.
#include "common/crypto/encoding.hpp"
#include "common/http/text.hpp"
#include "common/json/document.hpp"
#include "receiver/schemes/signed_parts.hpp"

#include <charconv>

namespace reclaim::receiver::schemes {

namespace {

using std::chrono::system_clock;

constexpr std::int64_t milliseconds_max = 9'000'000'000'000;  // year 2255: fits the clock's nanoseconds
constexpr std::size_t header_digits_max = 13;

std::optional<std::int64_t> sent_by_header(const http::headers& in)
{
    const auto text = only_header(in, "linear-timestamp");
    if (!text || text->empty() || text->size() > header_digits_max || !http::all(*text, http::digit_char))
        return std::nullopt;
    std::int64_t out = 0;
    std::from_chars(text->data(), text->data() + text->size(), out);
    return out;
}

// Called after the body is proven: only then is it read.
std::optional<system_clock::time_point> sent_at(const http::request& request)
{
    const auto document = json::document::parse(request.body);
    const auto stated = document ? (*document).at("/webhookTimestamp") : json::value();
    const auto milliseconds = stated ? stated.integer() : sent_by_header(request.headers);
    if (!milliseconds || *milliseconds < 0 || *milliseconds > milliseconds_max)
        return std::nullopt;
    return system_clock::time_point(std::chrono::milliseconds(*milliseconds));
}

class linear : public scheme {
public:
    linear(hmac_keys keys, std::chrono::seconds tolerance) : keys_(std::move(keys)), tolerance_(tolerance) {}

    result<proof, refusal> verify(const http::request& request, system_clock::time_point now) const override
    {
        const auto given = only_header(request.headers, "linear-signature");
        if (!given)
            return given.error();
        const auto* const signer = keys_.find_signer({request.body}, {&*given, 1}, &crypto::to_hex);
        if (!signer)
            return refusal::unproven;
        const auto sent = sent_at(request);
        if (!sent || !is_near(*sent, now, tolerance_))
            return refusal::unproven;
        return prove_by_body(*signer, request.body);
    }

private:
    hmac_keys keys_;
    std::chrono::seconds tolerance_;
};

}  // namespace

made_scheme make_linear(const scheme_options& options)
{
    return make_with_text_keys<linear>(options, options.tolerance.value_or(std::chrono::seconds(60)));
}

}  // namespace reclaim::receiver::schemes
