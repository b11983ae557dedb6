#include "worker/evidence/disclosure.hpp"

#include "common/crypto/encoding.hpp"
#include "common/queue/event_line.hpp"

namespace reclaim::worker::evidence {
namespace {

constexpr std::size_t salt_bytes = 16;
constexpr std::size_t digest_bytes = 32;

}  // namespace

std::optional<std::string> salt_of(std::string_view salts, char letter)
{
    for (; salts.size() > salt_bytes; salts.remove_prefix(1 + salt_bytes))
        if (salts.front() == letter)
            return std::string(salts.substr(1, salt_bytes));
    return std::nullopt;
}

std::string line(const disclosure& what)
{
    std::string out = "{\"leaf_index\":" + std::to_string(what.leaf_index) + ",\"field\":\"" + what.letter +
                      "\",\"salt\":\"" + crypto::to_hex(what.salt) + "\",\"value\":";
    queue::append_quoted(out, what.letter == body_letter ? crypto::to_base64(what.value) : what.value);
    return out + '}';
}

std::optional<std::vector<std::pair<char, std::string_view>>> split_commitments(std::string_view bytes)
{
    std::vector<std::pair<char, std::string_view>> out;
    if (bytes.size() % (1 + digest_bytes) != 0)
        return std::nullopt;
    for (; !bytes.empty(); bytes.remove_prefix(1 + digest_bytes))
        out.emplace_back(bytes.front(), bytes.substr(1, digest_bytes));
    return out;
}

}  // namespace reclaim::worker::evidence
