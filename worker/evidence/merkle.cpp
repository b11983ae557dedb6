#include "worker/evidence/merkle.hpp"

#include <algorithm>
#include <bit>

namespace reclaim::worker::evidence {

digest leaf_hash(std::string_view line)
{
    return crypto::sha256({std::string_view("\0", 1), line});
}

digest node_hash(const digest& left, const digest& right)
{
    return crypto::sha256({"\1", crypto::as_bytes(left), crypto::as_bytes(right)});
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
