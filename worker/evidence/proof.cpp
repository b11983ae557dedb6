#include "worker/evidence/proof.hpp"

namespace reclaim::worker::evidence {

proving_tree::proving_tree(frontier start, const std::vector<std::uint64_t>& places) : tree_(std::move(start))
{
    for (const auto place : places)
        proofs_.push_back({place, {}});
}

void proving_tree::tell(const frontier::join& of)
{
    for (auto& one : proofs_) {
        if (one.place >= of.begin && one.place < of.middle)
            one.path.push_back(of.right);
        else if (one.place >= of.middle && one.place < of.end)
            one.path.push_back(of.left);
    }
}

void proving_tree::append(const digest& leaf)
{
    tree_.append(leaf, [this](const frontier::join& of) { tell(of); });
}

digest proving_tree::finish(std::vector<inclusion>& proofs)
{
    const auto root = tree_.root([this](const frontier::join& of) { tell(of); });
    proofs = std::move(proofs_);
    return root;
}

std::optional<digest> root_by_proof(const digest& leaf, const inclusion& proof, std::uint64_t size)
{
    if (proof.place >= size)
        return std::nullopt;
    std::uint64_t at = proof.place, last = size - 1;
    digest out = leaf;
    for (const auto& sibling : proof.path) {
        if (last == 0)
            return std::nullopt;
        if (at & 1 || at == last) {
            out = node_hash(sibling, out);
            // A subtree without a neighbour goes up as it is.
            for (; !(at & 1) && at != 0; at >>= 1, last >>= 1) {
            }
        } else {
            out = node_hash(out, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 ? std::optional(out) : std::nullopt;
}

}  // namespace reclaim::worker::evidence
