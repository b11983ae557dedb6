#include "receiver/commitments.hpp"

#include "common/crypto/digest.hpp"

namespace reclaim::receiver {

namespace {

constexpr std::size_t salt_bytes = 16;
constexpr char body_letter = 'b';

}  // namespace

commitments commit_to(const personal_fields& fields, std::string_view body)
{
    commitments out;
    if (fields.empty())
        return out;
    const std::string random = crypto::random_bytes((fields.size() + 1) * salt_bytes);
    std::string salted;
    const auto commit = [&](std::size_t nth, char letter, std::string_view value) {
        salted.assign(random, nth * salt_bytes, salt_bytes);
        out.salts.append(1, letter).append(salted);
        salted.append(value);
        out.commitments.append(1, letter).append(crypto::as_bytes(crypto::sha256(salted)));
    };
    for (std::size_t nth = 0; nth < fields.size(); ++nth)
        commit(nth, fields[nth].first, fields[nth].second);
    commit(fields.size(), body_letter, body);
    return out;
}

}  // namespace reclaim::receiver
