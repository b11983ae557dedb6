#include "requester.hpp"

#include <cstdlib>

#include <openssl/crypto.h>

#include "digest.hpp"

namespace sandbox {
namespace {

bool fresh(std::string_view timestamp, std::int64_t tolerance_s)
{
    if (timestamp.empty() || timestamp.size() > 12 || timestamp.find_first_not_of("0123456789") != timestamp.npos)
        return false;
    const std::int64_t sent = std::strtoll(std::string{timestamp}.c_str(), nullptr, 10);
    return std::abs(epoch_s() - sent) <= tolerance_s;
}

// A signature list is split on spaces; versions that are not ours are skipped, as the specification asks.
bool any_signature_matches(std::string_view list, const std::string& mac)
{
    while (!list.empty()) {
        const auto entry = list.substr(0, list.find(' '));
        list = entry.size() == list.size() ? std::string_view{} : list.substr(entry.size() + 1);
        if (!entry.starts_with("v1,"))
            continue;
        const auto given = base64_decode(entry.substr(3));
        if (given && given->size() == mac.size() && ::CRYPTO_memcmp(given->data(), mac.data(), mac.size()) == 0)
            return true;
    }
    return false;
}

}  // namespace

bool requester::signature_ok(const request& r, const std::string& endpoint) const
{
    const auto id = r.header("webhook-id");
    const auto timestamp = r.header("webhook-timestamp");
    const auto found = endpoints_.find(endpoint);
    // A dot inside the id would let id and timestamp trade characters under the same signature.
    if (found == endpoints_.end() || id.empty() || id.find('.') != id.npos ||
        !fresh(timestamp, found->second.tolerance_s))
        return false;
    std::string signed_text{id};
    signed_text.append(".").append(timestamp).append(".").append(r.body);
    for (const std::string& secret : found->second.secrets)
        if (any_signature_matches(r.header("webhook-signature"), hmac_sha256(secret, signed_text)))
            return true;
    return false;
}

call requester::read(const request& r)
{
    call c;
    c.vendor = "requester";
    const bool known = r.path_ok && r.path.size() == 2 && endpoints_.contains(r.path[1]);
    c.op = known && r.method == "POST" ? "requester.post" : "requester.invalid";
    if (!known || r.method != "POST") {
        c.act = [known](call& mine) {
            mine.did = effect::refused;
            return known ? answer{405, "", "text/plain", {{"Allow", "POST"}}} : answer{404, "", "text/plain"};
        };
        return c;
    }
    const bool ok = signature_ok(r, r.path[1]);
    c.subject = std::string{r.header("webhook-id")};
    c.note("endpoint", r.path[1]);
    c.note("webhook_id", r.header("webhook-id"));
    c.note("body_sha256", sha256_hex(r.body));
    c.note("sig_ok", ok);
    json::document body;
    if (json::parse(body, r.body)) {
        if (const json::value* type = json::find(body, "type"); type && type->IsString())
            c.note("says", json::view(*type));
        if (const json::value* data = json::find(body, "data"))
            if (const json::value* id = json::find(*data, "approval_id"); id && id->IsString())
                c.note("approval_id", json::view(*id));
    }
    c.note("body", r.body);
    c.act = [this, &r, ok](call& mine) { return receive(r, mine, ok); };
    return c;
}

answer requester::receive(const request& r, call& c, bool ok)
{
    c.did = effect::refused;
    if (!ok)
        return {401, "", "text/plain"};
    if (!r.has_json_body())
        return {415, "", "text/plain"};
    if (!c.noted("says"))
        return {400, "", "text/plain"};
    const std::string id = r.path[1] + " " + std::string{r.header("webhook-id")};
    const auto [at, first] = by_id_.try_emplace(id, deliveries_.size());
    if (first)
        deliveries_.push_back({r.path[1], std::string{r.header("webhook-id")}, std::string{r.body}, epoch_us(), 0});
    ++deliveries_[at->second].count;
    c.did = first ? effect::applied : effect::none;
    return {204};
}

answer requester::throttled(const throttle& t)
{
    answer a{t.status == 0 ? 429u : t.status, "", "text/plain"};
    if (t.retry_after)
        a.headers.emplace_back("Retry-After", std::to_string(t.wait.count()));
    return a;
}

void requester::configure(const json::value& config)
{
    if (!config.IsObject())
        throw json::bad_input{"\"requester\" must be an object"};
    std::map<std::string, endpoint, std::less<>> all;
    for (const auto& member : config.GetObject()) {
        json::allow_only(member.value, {"secrets", "tolerance_s"}, "a requester");
        auto& made = all[std::string{json::view(member.name)}];
        for (const std::string& secret : json::get_texts(member.value, "secrets")) {
            const std::string_view text{secret};
            const auto key = base64_decode(text.starts_with("whsec_") ? text.substr(6) : text);
            if (!key || key->size() < 24)
                throw json::bad_input{"a secret must be base64 of at least 24 bytes"};
            made.secrets.push_back(*key);
        }
        made.tolerance_s = json::get_int(member.value, "tolerance_s").value_or(made.tolerance_s);
    }
    endpoints_ = std::move(all);
}

std::string requester::deliveries() const
{
    json::writer out;
    out.open().open_list("deliveries");
    for (const delivery& d : deliveries_)
        out.open()
            .put("endpoint", d.endpoint)
            .put("webhook_id", d.webhook_id)
            .put("at_us", d.at_us)
            .put("count", d.count)
            .put("body", d.body)
            .close();
    return out.close_list().close().take();
}

}  // namespace sandbox
