#include "receiver/schemes/scheme.hpp"

#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"

namespace reclaim::receiver::schemes {

made_scheme make_scheme(std::string_view name, const scheme_options& options)
{
    struct entry {
        std::string_view name;
        made_scheme (*make)(const scheme_options&);
    };
    static constexpr entry known[] = {
        {"standard", &make_standard},
    };
    std::string names;
    for (const entry& each : known) {
        if (each.name == name)
            return each.make(options);
        names += (names.empty() ? "" : ", ") + std::string(each.name);
    }
    return {boost::system::in_place_error, "this signature scheme is unknown; known are: " + names};
}

std::string key_id(std::string_view key)
{
    const auto digest = crypto::sha256(key);
    return crypto::to_hex(crypto::as_bytes(digest).substr(0, 4));
}

}  // namespace reclaim::receiver::schemes
