#include "worker/evidence/checkpoint.hpp"

#include "common/base/error.hpp"
#include "common/crypto/encoding.hpp"

#include <algorithm>
#include <charconv>

namespace reclaim::worker::evidence {
namespace {

constexpr char ed25519_kind = 1;
constexpr std::string_view private_prefix = "PRIVATE+KEY+";
constexpr std::string_view dash = "\u2014 ";  // begins each signature line

std::string key_id(std::string_view origin, std::string_view public_key)
{
    std::string named(origin);
    named.append("\n").append(1, ed25519_kind).append(public_key);
    return std::string(crypto::as_bytes(crypto::sha256(named)).substr(0, 4));
}

struct key_text {
    std::string_view origin;
    std::string id;
    std::string key;  // 32 bytes
};

std::optional<key_text> split(std::string_view text)
{
    const auto first = text.find('+'), second = text.find('+', std::min(first, text.size() - 1) + 1);
    if (text.empty() || first == std::string_view::npos || second == std::string_view::npos || first == 0)
        return std::nullopt;
    const auto id = crypto::from_hex(text.substr(first + 1, second - first - 1));
    const auto key = crypto::from_base64(text.substr(second + 1));
    if (!id || id->size() != 4 || !key || key->size() != 33 || key->front() != ed25519_kind)
        return std::nullopt;
    return key_text{text.substr(0, first), *id, key->substr(1)};
}

std::string body_of(const checkpoint& what)
{
    return what.origin + '\n' + std::to_string(what.size) + '\n' + crypto::to_base64(crypto::as_bytes(what.root)) +
           "\nsealed_at " + what.sealed_at + '\n';
}

// Takes one line off the front; nothing when there is none that ends.
std::optional<std::string_view> take_line(std::string_view& from)
{
    const auto end = from.find('\n');
    if (end == std::string_view::npos)
        return std::nullopt;
    const auto line = from.substr(0, end);
    from.remove_prefix(end + 1);
    return line;
}

}  // namespace

std::optional<verifier_key> verifier_key::parse(std::string_view text)
{
    const auto parts = split(text);
    if (!parts || parts->id != key_id(parts->origin, parts->key))
        return std::nullopt;
    return verifier_key{std::string(parts->origin), parts->id, parts->key};
}

std::string verifier_key::text() const
{
    return origin + '+' + crypto::to_hex(id) + '+' + crypto::to_base64(std::string(1, ed25519_kind) + public_key);
}

signing_key signing_key::parse(const secret& text)
{
    const auto all = text.reveal();
    const auto parts = all.starts_with(private_prefix) ? split(all.substr(private_prefix.size())) : std::nullopt;
    if (!parts)
        throw setup_error(
            "[seal] key is not of the form PRIVATE+KEY+origin+id+base64: make one with reclaim-worker seal "
            "--new-key FILE --origin NAME");
    signing_key out;
    out.seed_ = secret(parts->key);
    const auto open = crypto::ed25519_public_key(out.seed_);
    out.verifier_ = {std::string(parts->origin), key_id(parts->origin, open), open};
    if (out.verifier_.id != parts->id)
        throw setup_error("[seal] key: its id does not fit it; the file was changed");
    return out;
}

std::string signing_key::generate(std::string_view origin)
{
    if (origin.empty() || origin.find_first_of("+ \t\r\n") != std::string_view::npos)
        throw setup_error("the origin must be a name without blanks and plus signs, such as example.com/reclaim");
    const std::string seed = crypto::random_bytes(32);
    const auto id = key_id(origin, crypto::ed25519_public_key(secret(seed)));
    return std::string(private_prefix) + std::string(origin) + '+' + crypto::to_hex(id) + '+' +
           crypto::to_base64(std::string(1, ed25519_kind) + seed);
}

std::string signing_key::sign(const checkpoint& what) const
{
    const auto body = body_of(what);
    return body + '\n' + std::string(dash) + verifier_.origin + ' ' +
           crypto::to_base64(verifier_.id + crypto::ed25519_sign(seed_, body)) + '\n';
}

std::optional<checkpoint> read_checkpoint(std::string_view note)
{
    std::string_view rest = note;
    const auto origin = take_line(rest), size = take_line(rest), root = take_line(rest), time = take_line(rest),
               blank = take_line(rest);
    constexpr std::string_view time_key = "sealed_at ";
    if (!blank || !blank->empty() || !time->starts_with(time_key))
        return std::nullopt;
    checkpoint out{std::string(*origin), 0, {}, std::string(time->substr(time_key.size()))};
    const auto hash = crypto::from_base64(*root);
    if (!hash || hash->size() != out.root.size() ||
        std::from_chars(size->data(), size->data() + size->size(), out.size).ec != std::errc())
        return std::nullopt;
    std::copy(hash->begin(), hash->end(), out.root.begin());
    return out;
}

std::optional<checkpoint> open_checkpoint(std::string_view note, const verifier_key& by)
{
    auto out = read_checkpoint(note);
    if (!out || out->origin != by.origin)
        return std::nullopt;
    const auto body = body_of(*out);
    if (!note.starts_with(body))
        return std::nullopt;
    const std::string ours = std::string(dash) + by.origin + ' ';
    auto rest = note.substr(body.size());
    while (const auto line = take_line(rest)) {
        if (!line->starts_with(ours))
            continue;
        const auto signature = crypto::from_base64(line->substr(ours.size()));
        if (signature && signature->starts_with(by.id) &&
            crypto::ed25519_verify(by.public_key, body, std::string_view(*signature).substr(by.id.size())))
            return out;
    }
    return std::nullopt;
}

std::optional<checkpoint> open_checkpoint(std::string_view note, const std::vector<verifier_key>& by_one_of)
{
    for (const auto& key : by_one_of)
        if (auto open = open_checkpoint(note, key))
            return open;
    return std::nullopt;
}

}  // namespace reclaim::worker::evidence
