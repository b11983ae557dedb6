#include "common/json/document.hpp"

#include "common/json/strict_builder.hpp"

namespace reclaim::json {

struct document::impl {
    rapidjson::Document tree;
};

document::document() = default;
document::document(document&&) noexcept = default;
document& document::operator=(document&&) noexcept = default;
document::~document() = default;

value document::root() const
{
    return impl_ ? value(&static_cast<const rapidjson::Value&>(impl_->tree)) : value();
}

result<document, parse_error> document::parse(std::string_view text, limits bounds)
{
    // RapidJSON takes NUL for the end of the text and would leave the rest unread.
    if (const auto nul = text.find('\0'); nul != text.npos)
        return parse_error{"the text holds NUL", nul};

    document parsed;
    parsed.impl_ = std::make_unique<impl>();
    strict_builder builder(parsed.impl_->tree, bounds);
    // A plain memory stream: RapidJSON's encoded one would skip a byte order mark.
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::Reader reader;
    auto read = [&](rapidjson::Document&) {
        constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
        return !reader.Parse<flags>(stream, builder).IsError();
    };
    parsed.impl_->tree.Populate(read);
    if (reader.HasParseError()) {
        const char* why =
            builder.refusal() ? builder.refusal() : rapidjson::GetParseError_En(reader.GetParseErrorCode());
        return parse_error{why, reader.GetErrorOffset()};
    }
    return parsed;
}

}  // namespace reclaim::json
