#include "worker/credential_config.hpp"

#include "common/json/document.hpp"

#include <fstream>
#include <iterator>

namespace reclaim::worker {
namespace {

using namespace std::chrono_literals;
using credentials::assertion_settings;
using credentials::grant_settings;
using way = grant_settings::way;
using proof = grant_settings::proof;

// What its issuer hands out for a service account: a JSON file with the key and its names (Google).
struct service_account {
    std::string email, key_id;
    secret key;
};

service_account read_service_account(config::table& section, const secret& file)
{
    const auto parsed = json::document::parse(file.reveal());
    const auto text = [&](std::string_view name) {
        return std::string(parsed ? parsed->root()[name].string().value_or("") : "");
    };
    service_account out{text("client_email"), text("private_key_id"), secret(text("private_key"))};
    if (out.email.empty() || out.key.empty())
        section.problem("service_account_file", "is not the JSON key of a service account; it must hold client_email "
                                                "and private_key, as it was downloaded");
    return out;
}

way read_way(config::table& section)
{
    const std::string word = section.text("grant", "client_credentials");
    if (word == "jwt_bearer")
        return way::jwt_bearer;
    if (word == "account_credentials")
        return way::account_credentials;
    if (word != "client_credentials")
        section.problem("grant", "must be \"client_credentials\", \"jwt_bearer\" or \"account_credentials\"");
    return way::client_credentials;
}

proof read_proof(config::table& section, bool has_key)
{
    const std::string word = section.text("client_auth", has_key ? "private_key_jwt" : "post");
    if (word == "basic")
        return proof::secret_basic;
    if (word == "private_key_jwt")
        return proof::assertion;
    if (word != "post")
        section.problem("client_auth", "must be \"post\", \"basic\" or \"private_key_jwt\"");
    return proof::secret_post;
}

std::optional<crypto::certificate> read_certificate(config::table& section, const crypto::signing_key& key)
{
    const auto path = section.optional_path("certificate_file");
    if (!path)
        return std::nullopt;
    std::ifstream in(*path, std::ios::binary);
    if (!in) {
        section.problem("certificate_file", "cannot be read; check the path and its permissions");
        return std::nullopt;
    }
    const auto read = crypto::certificate::from_pem(std::string(std::istreambuf_iterator<char>(in), {}), key);
    if (read)
        return *read;
    section.problem("certificate_file", read.error());
    return std::nullopt;
}

// How assertions are signed, by a key of its own or that of a service account.
std::optional<assertion_settings> read_assertion(config::table& section, const secret& pem, std::string_view key_named,
                                                 const std::string& key_id)
{
    const std::string audience = section.text("audience", section.optional_text("token_url").value_or(""));
    const std::string kid = section.text("key_id", key_id);
    const std::string algorithm = section.text("algorithm", section.has("certificate_file") ? "PS256" : "RS256");
    if (algorithm != "RS256" && algorithm != "PS256")
        section.problem("algorithm", "must be \"RS256\" or \"PS256\"");
    const auto key = crypto::signing_key::from_pem(pem);
    if (!key) {
        section.optional_path("certificate_file");  // known, and of no use without the key
        if (!pem.empty())                           // else its absence is reported
            section.problem(key_named, key.error());
        return std::nullopt;
    }
    assertion_settings out{*key, algorithm == "PS256" ? crypto::jwt_algorithm::ps256 : crypto::jwt_algorithm::rs256,
                           kid, read_certificate(section, *key), audience};
    return out;
}

// The key of the configuration that says where the secret of this name is.
std::string key_of(const config::table& section, const std::string& name)
{
    for (const char* ending : {"_env", "_credential"})
        if (section.has(name + ending))
            return name + ending;
    return name + "_file";
}

void read_who(config::table& section, grant_settings& out)
{
    if (section.has("service_account") || section.has(key_of(section, "service_account"))) {
        if (out.by != way::jwt_bearer)
            section.problem(key_of(section, "service_account"), "goes with grant = \"jwt_bearer\"; add that");
        const auto account = read_service_account(section, section.required_secret("service_account"));
        out.client_id = account.email;
        out.assertion = read_assertion(section, account.key, "service_account_file", account.key_id);
        return;
    }
    out.client_id = section.text("client_id");
    const bool has_key = section.has("private_key") || section.has(key_of(section, "private_key"));
    out.proven_by = out.by == way::jwt_bearer ? proof::assertion : read_proof(section, has_key);
    if (out.proven_by == proof::assertion) {
        const secret pem = section.required_secret("private_key");
        out.assertion = read_assertion(section, pem, key_of(section, "private_key"), "");
    } else {
        out.client_secret = section.required_secret("client_secret");
    }
}

grant_settings read_grant(config::table section)
{
    grant_settings out;
    out.to = read_origin(section, "token_url");
    out.target = std::exchange(out.to.base_path, "");
    if (out.target.empty())
        out.target = "/";
    out.by = read_way(section);
    read_who(section, out);
    out.scope = section.text("scope", "");
    if (out.by == way::jwt_bearer)
        out.subject = section.text("subject", "");
    for (auto& [name, value] : section.sub("fields").text_members())
        out.fields.emplace(name, value);
    if (out.by == way::account_credentials && !out.fields.contains("account_id"))
        section.problem("fields", "needs the account; add fields = { account_id = \"...\" }");
    out.lifetime = std::chrono::duration_cast<std::chrono::seconds>(section.duration("lifetime", 10min, 1s, 24h));
    return out;
}

}  // namespace

http::origin read_origin(config::table& section, std::string_view key)
{
    const std::string url = section.text(key);
    auto parsed = http::origin::parse(url);
    if (parsed)
        return *parsed;
    if (!url.empty())
        section.problem(key, parsed.error());
    return {};
}

connectors::credential read_fixed_credential(config::table& section, std::string_view auth_default)
{
    connectors::credential out;
    const std::string auth = section.text("auth", auth_default);
    if (auth == "bearer")
        out.prefix = "Bearer ";
    else if (auth == "ssws")
        out.prefix = "SSWS ";
    else if (auth != "raw")
        section.problem("auth", "must be \"bearer\", \"ssws\" or \"raw\"; \"oauth\" is for connectors");
    out.header = section.text("auth_header", "Authorization");
    out.key = section.required_secret("token");
    return out;
}

credential_config read_credential(config::table& section)
{
    if (section.text("auth", "bearer") != "oauth") {
        if (section.sub("oauth").present())
            section.problem("oauth", "means nothing without auth = \"oauth\"; add that or remove this");
        return read_fixed_credential(section, "bearer");
    }
    auto oauth = section.sub("oauth");
    if (!oauth.present()) {
        section.problem("oauth", "missing; add [connectors.NAME.oauth] with token_url, client_id and a secret or key");
        return credentials::grant_settings{};
    }
    return read_grant(std::move(oauth));
}

}  // namespace reclaim::worker
