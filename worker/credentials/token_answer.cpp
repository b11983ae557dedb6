#include "worker/credentials/token_answer.hpp"

#include "common/http/text.hpp"
#include "common/json/document.hpp"
#include "worker/connectors/wait.hpp"

#include <algorithm>
#include <charconv>

namespace reclaim::credentials {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t words_bytes_max = 200;
constexpr std::chrono::seconds lifetime_max = 24h;

unavailable refused(std::string why)
{
    return {unavailable::kind::refused, std::move(why)};
}

// Printable and short, and nothing at all where it repeats a secret of ours.
std::string as_words(std::string_view text, const grant_settings& asked)
{
    const auto ours = asked.client_secret.reveal();
    if (!ours.empty() && text.find(ours) != text.npos)
        return "";
    std::string out(text.substr(0, words_bytes_max));
    std::replace_if(out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, ' ');
    return out;
}

// Some issuers write the number as a text.
std::optional<std::int64_t> whole_number(const json::value& from)
{
    if (const auto number = from.integer())
        return number;
    const auto text = from.string().value_or("");
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

result<granted, unavailable> read_success(const grant_settings& asked, const json::value& body)
{
    const auto token = body["access_token"].string().value_or("");
    const auto kind = body["token_type"].string().value_or("");
    if (http::same_text(kind, "DPoP"))
        return refused("the issuer binds its tokens to a key (DPoP), which is not supported; turn that off for this "
                       "client");
    const bool sendable = std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (token.empty() || !sendable || !http::same_text(kind, "Bearer"))
        return unavailable{unavailable::kind::later,
                           "the token endpoint's answer holds no bearer token; check token_url"};
    std::chrono::seconds lifetime = asked.lifetime;
    if (const auto told = body["expires_in"]) {
        const auto seconds = whole_number(told);
        if (!seconds || *seconds <= 0)
            return unavailable{unavailable::kind::later, "the token endpoint's answer holds an unreadable expires_in"};
        lifetime = std::chrono::seconds(std::min<std::int64_t>(*seconds, lifetime_max.count()));
    }
    return granted{secret(std::string(token)), lifetime};
}

}  // namespace

result<granted, unavailable> read_token_answer(const grant_settings& asked, const http::response& got,
                                               std::chrono::system_clock::time_point now)
{
    const auto parsed = json::document::parse(got.body);
    const json::value body = parsed ? parsed->root() : json::value();
    if (got.status == 200)
        return read_success(asked, body);

    const auto code = body["error"].string().value_or("");
    std::string why = "the token endpoint answered " + std::to_string(got.status);
    if (!code.empty())
        why += " " + as_words(code, asked);
    if (const auto words = as_words(body["error_description"].string().value_or(""), asked); !words.empty())
        why += ": " + words;
    if (code == "use_dpop_nonce" || code == "invalid_dpop_proof")
        return refused(why + "; turn off proof of possession (DPoP) for this client, it is not supported");
    const bool passes = got.status == 408 || got.status == 429 || got.status >= 500 ||
                        code == "temporarily_unavailable" || code == "server_error";
    if (passes)
        return unavailable{unavailable::kind::later, std::move(why), connectors::retry_after(got.headers, now)};
    if (got.status >= 400)
        return refused(why + "; check client, key or secret, scope, and what the issuer allows this client");
    return refused(why + "; token_url must be the endpoint itself, redirects are not followed");
}

std::optional<std::chrono::seconds> clock_difference(const http::response& got,
                                                     std::chrono::system_clock::time_point now)
{
    const auto date = connectors::parse_http_date(http::find(got.headers, "Date").value_or(""));
    if (!date)
        return std::nullopt;
    return std::chrono::duration_cast<std::chrono::seconds>(*date - now);
}

}  // namespace reclaim::credentials
