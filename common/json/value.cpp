#include "common/json/document.hpp"
#include "common/json/rapidjson.hpp"

#include <algorithm>
#include <charconv>

namespace reclaim::json {

namespace {

const rapidjson::Value& tree(const void* node)
{
    return *static_cast<const rapidjson::Value*>(node);
}

std::string_view text_of(const rapidjson::Value& node)
{
    return {node.GetString(), node.GetStringLength()};
}

std::string unescape(std::string_view token)
{
    std::string name;
    for (std::size_t at = 0; at < token.size(); ++at)
        name += token[at] != '~' ? token[at] : token[++at] == '0' ? '~' : '/';
    return name;
}

// "0" or digits without a leading zero: "01" names nothing, so that each element has one pointer.
std::optional<rapidjson::SizeType> array_index(std::string_view token)
{
    rapidjson::SizeType index = 0;
    const char* end = token.data() + token.size();
    const auto [stop, failure] = std::from_chars(token.data(), end, index);
    if (failure != std::errc{} || stop != end || (token.front() == '0' && token.size() > 1))
        return std::nullopt;
    return index;
}

}  // namespace

kind value::kind() const
{
    if (!node_)
        return json::kind::missing;
    switch (tree(node_).GetType()) {
    case rapidjson::kNullType:
        return json::kind::null;
    case rapidjson::kFalseType:
    case rapidjson::kTrueType:
        return json::kind::boolean;
    case rapidjson::kObjectType:
        return json::kind::object;
    case rapidjson::kArrayType:
        return json::kind::array;
    case rapidjson::kStringType:
        return json::kind::string;
    case rapidjson::kNumberType:
        return json::kind::number;
    }
    return json::kind::missing;
}

std::optional<std::string_view> value::string() const
{
    if (kind() != json::kind::string)
        return std::nullopt;
    return text_of(tree(node_));
}

std::optional<std::int64_t> value::integer() const
{
    if (!node_ || !tree(node_).IsInt64())
        return std::nullopt;
    return tree(node_).GetInt64();
}

std::optional<double> value::number() const
{
    if (kind() != json::kind::number)
        return std::nullopt;
    return tree(node_).GetDouble();
}

std::optional<bool> value::boolean() const
{
    if (kind() != json::kind::boolean)
        return std::nullopt;
    return tree(node_).GetBool();
}

value value::at(std::string_view pointer) const
{
    if (!is_pointer(pointer))
        return {};
    value here = *this;
    while (here && !pointer.empty()) {
        pointer.remove_prefix(1);
        const std::string_view token = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(token.size());
        if (here.kind() == json::kind::array) {
            const auto index = array_index(token);
            const auto& node = tree(here.node_);
            here = index && *index < node.Size() ? value(&node[*index]) : value();
        } else {
            here = token.find('~') == token.npos ? here[token] : here[unescape(token)];
        }
    }
    return here;
}

value value::operator[](std::string_view key) const
{
    if (kind() != json::kind::object)
        return {};
    const auto& object = tree(node_);
    const auto found = std::find_if(object.MemberBegin(), object.MemberEnd(),
                                    [key](const auto& member) { return text_of(member.name) == key; });
    return found != object.MemberEnd() ? value(&found->value) : value();
}

std::vector<value> value::elements() const
{
    std::vector<value> all;
    if (kind() != json::kind::array)
        return all;
    for (const auto& element : tree(node_).GetArray())
        all.push_back(value(&element));
    return all;
}

std::vector<std::pair<std::string_view, value>> value::members() const
{
    std::vector<std::pair<std::string_view, value>> all;
    if (kind() != json::kind::object)
        return all;
    for (const auto& member : tree(node_).GetObject())
        all.emplace_back(text_of(member.name), value(&member.value));
    return all;
}

std::string value::serialize() const
{
    if (!node_)
        return {};
    // RapidJSON recurses here, one level per level of nesting: limits::depth_max bounds both.
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> writer(text);
    tree(node_).Accept(writer);
    return {text.GetString(), text.GetSize()};
}

bool is_pointer(std::string_view text)
{
    if (!text.empty() && text.front() != '/')
        return false;
    for (auto at = text.find('~'); at != text.npos; at = text.find('~', at + 1))
        if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1'))
            return false;
    return true;
}

}  // namespace reclaim::json
