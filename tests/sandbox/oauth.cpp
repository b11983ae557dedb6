#include "oauth.hpp"

#include <algorithm>

#include "jwt.hpp"

namespace sandbox {
namespace {

constexpr std::string_view jwt_bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::string_view jwt_client = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::int64_t assertion_age_max_s = 3600;  // Okta's and Google's limit
constexpr std::int64_t clock_tolerance_s = 60;

std::optional<std::string> form_decode(std::string_view text)
{
    std::string spaced{text};
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return percent_decode(spaced);
}

// Nothing when a name comes twice or an escape is broken (RFC 6749 3.2: "must not be included more than once").
std::optional<std::map<std::string, std::string, std::less<>>> parse_form(std::string_view body)
{
    std::map<std::string, std::string, std::less<>> out;
    while (!body.empty()) {
        const auto pair = body.substr(0, body.find('&'));
        body = pair.size() == body.size() ? std::string_view{} : body.substr(pair.size() + 1);
        const auto equals = pair.find('=');
        if (equals == pair.npos)
            return {};
        const auto name = form_decode(pair.substr(0, equals));
        const auto value = form_decode(pair.substr(equals + 1));
        if (!name || !value || !out.emplace(*name, *value).second)
            return {};
    }
    return out;
}

std::string member(const std::map<std::string, std::string, std::less<>>& of, std::string_view name)
{
    const auto found = of.find(name);
    return found == of.end() ? "" : found->second;
}

std::string text_of(const json::value& object, std::string_view name)
{
    const json::value* found = json::find(object, name);
    return found && found->IsString() ? std::string{json::view(*found)} : "";
}

std::optional<std::int64_t> number_of(const json::value& object, std::string_view name)
{
    const json::value* found = json::find(object, name);
    return found && found->IsInt64() ? std::optional{found->GetInt64()} : std::nullopt;
}

std::map<std::string, std::string> texts_below(const json::value& config, std::string_view name)
{
    std::map<std::string, std::string> out;
    if (const json::value* section = json::find(config, name))
        for (const auto& [key, value] : section->GetObject())
            out.emplace(json::view(key), json::view(value));
    return out;
}

}  // namespace

void oauth::configure(const json::value& config)
{
    json::allow_only(config, {"clients"}, "oauth");
    const json::value* list = json::find(config, "clients");
    if (!list || !list->IsArray())
        throw json::bad_input{"\"clients\" is a list"};
    for (const json::value& one : list->GetArray()) {
        json::allow_only(one,
                         {"id", "path", "grant", "auth", "secret", "public_key", "algorithm", "audience", "subject",
                          "scope", "names_of_key", "fields", "lifetime_s"},
                         "a client");
        client made;
        made.id = json::need_text(one, "id");
        made.path = json::need_text(one, "path");
        made.grant = json::need_text(one, "grant");
        made.auth = json::get_text(one, "auth").value_or("");
        made.secret = json::get_text(one, "secret").value_or("");
        made.public_key = json::get_text(one, "public_key").value_or("");
        made.algorithm = json::get_text(one, "algorithm").value_or("RS256");
        made.audience = json::get_text(one, "audience").value_or("");
        made.subject = json::get_text(one, "subject").value_or("");
        made.scope = json::get_text(one, "scope").value_or("");
        made.names_of_key = texts_below(one, "names_of_key");
        made.fields = texts_below(one, "fields");
        made.lifetime_s = json::get_int(one, "lifetime_s").value_or(3600);
        std::erase_if(clients_, [&](const client& old) { return old.id == made.id && old.path == made.path; });
        clients_.push_back(std::move(made));
    }
}

bool oauth::serves(const request& r) const
{
    const auto path = r.target.substr(0, r.target.find('?'));
    return std::any_of(clients_.begin(), clients_.end(), [&](const client& one) { return one.path == path; });
}

std::int64_t oauth::revoke()
{
    const auto count =
        std::count_if(live_.begin(), live_.end(), [](const auto& one) { return one.second > epoch_us(); });
    live_.clear();
    return count;
}

bool oauth::is_live(std::string_view token) const
{
    const auto found = live_.find(token);
    return found != live_.end() && found->second > epoch_us();
}

call oauth::read(const request& r)
{
    call c;
    c.vendor = "oauth";
    c.op = "oauth.token";
    c.act = [this, &r](call& mine) { return issue(r, mine); };
    return c;
}

// By the name it gives itself, wherever its vendor has that: an issuer knows its clients before it believes them.
const oauth::client* oauth::find(const request& r, const form& sent) const
{
    std::string id = member(sent, "client_id");
    if (const auto basic = r.header("Authorization"); id.empty() && basic.starts_with("Basic ")) {
        const auto both = base64_decode(basic.substr(6)).value_or("");
        id = form_decode(both.substr(0, both.find(':'))).value_or("");
    }
    if (const auto token = read_jwt(member(sent, "assertion")); id.empty() && token)
        id = text_of(token->claims, "iss");
    const auto path = r.target.substr(0, r.target.find('?'));
    const auto found = std::find_if(clients_.begin(), clients_.end(),
                                    [&](const client& one) { return one.path == path && one.id == id; });
    return found == clients_.end() ? nullptr : &*found;
}

answer oauth::issue(const request& r, call& c)
{
    const auto sent = parse_form(r.body);
    std::optional<refusal> no;
    const client* who = sent ? find(r, *sent) : nullptr;
    const auto type = r.header("Content-Type");
    if (r.method != "POST")
        no = refusal{405, "invalid_request", "a token is asked for by POST"};
    else if (type.substr(0, type.find(';')) != "application/x-www-form-urlencoded" || !sent || !r.query.empty())
        no = refusal{400, "invalid_request", "the request is no form, or repeats a parameter"};
    else if (!who)
        no = refusal{401, "invalid_client", "the client is not known"};
    else
        no = judge(*who, r, *sent);
    if (who)
        c.note("client", who->id);
    if (no) {
        c.did = effect::refused;
        c.note("error", no->code);
        c.note("words", no->words);
        return {no->status,
                json::writer{}.open().put("error", no->code).put("error_description", no->words).close().take()};
    }
    const std::string token = "tok_" + std::to_string(++issued_) + "_" + ids_.uuid_v4();
    live_[token] = epoch_us() + who->lifetime_s * 1'000'000;
    c.did = effect::applied;
    c.note("issued", issued_);
    return {200,
            json::writer{}
                .open()
                .put("token_type", "Bearer")
                .put("expires_in", who->lifetime_s)
                .put("access_token", token)
                .close()
                .take(),
            "application/json",
            {{"Cache-Control", "no-store"}}};
}

std::optional<oauth::refusal> oauth::judge(const client& who, const request& r, const form& sent)
{
    if (member(sent, "grant_type") != who.grant)
        return refusal{400, "unsupported_grant_type", "this client may not use that grant"};
    if (who.grant == jwt_bearer)
        return judge_assertion(who, member(sent, "assertion"), true);
    if (auto no = judge_client(who, r, sent))
        return no;
    if (member(sent, "scope") != who.scope)
        return refusal{400, "invalid_scope", "one or more scopes are not granted to the client"};
    for (const auto& [name, value] : who.fields)
        if (member(sent, name) != value)
            return refusal{400, "invalid_request", "bad " + name};
    return {};
}

// Exactly one way of proving who it is, the one it is registered for.
std::optional<oauth::refusal> oauth::judge_client(const client& who, const request& r, const form& sent)
{
    const auto basic = r.header("Authorization");
    const bool posted = sent.contains("client_secret"), asserted = sent.contains("client_assertion");
    const std::string used = !basic.empty() && !posted && !asserted ? "client_secret_basic"
                             : basic.empty() && posted && !asserted ? "client_secret_post"
                             : basic.empty() && !posted && asserted ? "private_key_jwt"
                                                                    : "none or more than one";
    if (used != who.auth)
        return refusal{401, "invalid_client", "the client is not registered for " + used};
    if (used == "private_key_jwt") {
        if (member(sent, "client_assertion_type") != jwt_client)
            return refusal{400, "invalid_request", "client_assertion_type is wrong"};
        return judge_assertion(who, member(sent, "client_assertion"), false);
    }
    std::optional<std::string> secret = member(sent, "client_secret");
    if (used == "client_secret_basic") {
        const auto both = base64_decode(basic.substr(basic.find(' ') + 1)).value_or("");
        secret = form_decode(both.substr(std::min(both.size(), both.find(':') + 1)));
    }
    if (who.secret.empty() || secret != who.secret)
        return refusal{401, "invalid_client", "the client secret supplied is invalid"};
    return {};
}

std::optional<oauth::refusal> oauth::judge_assertion(const client& who, const std::string& text, bool is_grant)
{
    const auto refuse = [&](std::string words) {
        return refusal{is_grant ? 400u : 401u, is_grant ? "invalid_grant" : "invalid_client", std::move(words)};
    };
    const auto token = read_jwt(text);
    if (!token)
        return refuse("the assertion is no signed token");
    if (text_of(token->header, "alg") != who.algorithm)
        return refuse("the assertion's alg is not " + who.algorithm);
    for (const auto& [name, value] : who.names_of_key)
        if (text_of(token->header, name) != value)
            return refuse("no key has that " + name);
    if (!is_signed_by(*token, who.algorithm, who.public_key))
        return refuse("the assertion's signature is wrong");
    const auto& claims = token->claims;
    const auto now = epoch_s();
    const auto exp = number_of(claims, "exp"), iat = number_of(claims, "iat"), nbf = number_of(claims, "nbf");
    if (text_of(claims, "iss") != who.id || text_of(claims, "sub") != (is_grant ? who.subject : who.id))
        return refuse("iss or sub is wrong");
    if (text_of(claims, "aud") != who.audience)
        return refuse("aud is wrong");
    if (!exp || *exp <= now || *exp > now + assertion_age_max_s + clock_tolerance_s)
        return refuse("exp is past, or too far away");
    if ((is_grant && !iat) || iat.value_or(0) > now + clock_tolerance_s || nbf.value_or(0) > now + clock_tolerance_s)
        return refuse("iat or nbf is in the future");
    if (is_grant && (text_of(claims, "scope") != who.scope || *exp - *iat > assertion_age_max_s))
        return refuse("the scope is not granted, or exp is too far from iat");
    const std::string jti = text_of(claims, "jti");
    if (!is_grant && (jti.empty() || !used_.insert(jti).second))
        return refuse("jti is missing, or was used before");
    return {};
}

answer oauth::throttled(const throttle& t)
{
    answer a{t.status == 0 ? 429u : t.status, R"({"error":"temporarily_unavailable"})"};
    if (t.retry_after)
        a.headers.emplace_back("Retry-After", std::to_string(t.wait.count()));
    return a;
}

}  // namespace sandbox
