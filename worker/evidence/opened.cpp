#include "worker/evidence/opened.hpp"

#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"
#include "worker/evidence/disclosure.hpp"
#include "worker/evidence/mapped_file.hpp"

#include <algorithm>
#include <charconv>

namespace reclaim::worker::evidence {
namespace {

[[noreturn]] void refuse()
{
    throw unreadable("names/disclosures.ndjson is not of the form that FORMAT.md describes");
}

}  // namespace

std::string_view disclosures_of(std::string_view& from, std::int64_t place)
{
    const auto begin = from.data();
    while (!from.empty()) {
        constexpr std::string_view head = "{\"leaf_index\":";  // is always first: the rest is read when its event is
        std::int64_t of = 0;
        if (!from.starts_with(head) ||
            std::from_chars(from.data() + head.size(), from.data() + from.size(), of).ec != std::errc())
            refuse();
        if (of > place)
            break;
        std::string_view line;
        take_line(from, line);
    }
    return {begin, static_cast<std::size_t>(from.data() - begin)};
}

opened_commitments judge_disclosures(const flat_line& event, std::string_view disclosures, std::int64_t place,
                                     report& to)
{
    const auto bytes = crypto::from_hex(event.raw("commitments"));
    const auto committed = bytes ? split_commitments(*bytes) : std::nullopt;
    if (!committed) {
        to.bad("the event at place " + std::to_string(place) + " is not of the form that FORMAT.md describes");
        return {};
    }
    opened_commitments out{{}, disclosures};
    for (const auto& [letter, digest] : *committed)
        out.hidden += letter;
    flat_line one;
    for (std::string_view line; take_line(disclosures, line);) {
        if (!one.read(line))
            refuse();
        const auto field = one.raw("field");
        const auto salt = crypto::from_hex(one.raw("salt"));
        auto value = one.text("value");
        if (value && field == std::string_view(&body_letter, 1))
            value = crypto::from_base64(*value);
        if (field.size() != 1 || !salt || !value)
            refuse();
        const auto digest = crypto::sha256({*salt, *value});
        const auto fits =
            std::find(committed->begin(), committed->end(), std::pair(field.front(), crypto::as_bytes(digest)));
        if (fits != committed->end()) {
            std::erase(out.hidden, field.front());
            continue;
        }
        out.lines = {};
        to.bad("disclosure '" + std::string(field) + "' of place " + std::to_string(place) +
               " is not what the event commits to: the name was changed");
    }
    return out;
}

}  // namespace reclaim::worker::evidence
