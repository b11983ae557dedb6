#include "worker/connectors/capture.hpp"

#include "common/json/writer.hpp"
#include "worker/connectors/conditions.hpp"

#include <algorithm>

namespace reclaim::connectors {
namespace {

constexpr std::size_t captured_bytes_max = 16 * 1024;
constexpr json::limits captured_limits{.depth_max = 34, .members_max = 65536};

// The order of members means nothing, that of elements does.
bool same(json::value a, json::value b)
{
    if (a.kind() != b.kind())
        return false;
    if (a.kind() == json::kind::object) {
        const auto members = a.members();
        return members.size() == b.members().size() &&
               std::all_of(members.begin(), members.end(), [&](const auto& m) { return same(m.second, b[m.first]); });
    }
    if (a.kind() == json::kind::array) {
        const auto left = a.elements();
        const auto right = b.elements();
        return std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
    }
    return a.serialize() == b.serialize();
}

}  // namespace

std::string read_captured(const std::vector<capture>& wanted, json::value body)
{
    json::writer out;
    out.begin_object();
    bool any = false;
    for (const capture& one : wanted) {
        if (const auto node = body.at(one.at)) {
            out.key(one.name).raw(node.serialize());
            any = true;
        }
    }
    out.end_object();
    std::string text = out.take();
    return any && text.size() <= captured_bytes_max ? text : "";
}

variables scalars_of(std::string_view captured)
{
    variables out;
    if (const auto before = json::document::parse(captured, captured_limits))
        for (const auto& [name, node] : before->root().members())
            if (auto text = scalar_text(node))
                out.emplace(name, std::move(*text));
    return out;
}

std::vector<std::string> find_not_given_back(std::string_view before, std::string_view now)
{
    std::vector<std::string> out;
    const auto was = json::document::parse(before, captured_limits);
    const auto is = json::document::parse(now, captured_limits);
    if (!was)
        return out;
    for (const auto& [name, node] : was->root().members())
        if (!is || !same(node, is->root()[name]))
            out.emplace_back(name);
    return out;
}

}  // namespace reclaim::connectors
