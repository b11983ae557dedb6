#include "worker/evidence/merkle.hpp"

#include <algorithm>
#include <bit>

namespace reclaim::worker::evidence {

digest leaf_hash(std::string_view line)
{
    std::string prefixed(1, '\0');
    prefixed.append(line);
    return crypto::sha256(prefixed);
}

digest node_hash(const digest& left, const digest& right)
{
    std::array<char, 65> joined{1};
    std::copy(left.begin(), left.end(), joined.begin() + 1);
    std::copy(right.begin(), right.end(), joined.begin() + 33);
    return crypto::sha256({joined.data(), joined.size()});
}

std::optional<frontier> frontier::restore(std::uint64_t size, std::string_view bytes)
{
    constexpr std::size_t width = std::tuple_size_v<digest>;
    frontier out;
    out.size_ = size;
    if (bytes.size() != width * static_cast<std::size_t>(std::popcount(size)))
        return std::nullopt;
    for (; !bytes.empty(); bytes.remove_prefix(width))
        std::copy_n(bytes.begin(), width, out.peaks_.emplace_back().begin());
    return out;
}

std::string frontier::bytes() const
{
    std::string out;
    for (const auto& peak : peaks_)
        out.append(crypto::as_bytes(peak));
    return out;
}

}  // namespace reclaim::worker::evidence
