#include "worker/delivery/message_format.hpp"

#include "common/json/document.hpp"
#include "common/json/writer.hpp"

#include <stdexcept>

namespace reclaim::delivery {

namespace {

std::string render_plain(json::value root)
{
    json::writer out;
    out.begin_object();
    for (const auto* name : {"type", "timestamp"})
        out.key(name).raw(root[name].serialize());
    for (const auto& [name, value] : root["data"].members())
        out.key(name).raw(value.serialize());
    out.end_object();
    return out.take();
}

// Slack reads "<...>" as a link or a mention, so its three characters are escaped as Slack asks, and makes links of
// bare addresses too, except in code. A backtick would end the code.
std::string code_span(std::string_view value)
{
    std::string out = "`";
    for (const char c : value) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '`':
            out += '\'';
            break;
        case '\n':
        case '\r':
            out += ' ';
            break;
        default:
            out += c;
        }
    }
    return out += '`';
}

// "seat.removal.completed" as "Seat removal completed".
std::string title_of(std::string_view type)
{
    std::string out(type);
    for (char& c : out)
        if (c == '.')
            c = ' ';
    if (out.front() >= 'a' && out.front() <= 'z')
        out.front() = static_cast<char>(out.front() - 'a' + 'A');
    return out;
}

std::string render_slack(json::value root)
{
    const json::value data = root["data"];
    const auto code_of = [&](std::string_view pointer) { return code_span(data.at(pointer).string().value_or("")); };
    // The type is one of our own names, so nothing in it is anybody's markup.
    std::string text = "*" + title_of(*root["type"].string()) + "*: " + code_of("/seat") + " in " + code_of("/app") +
                       ", approved by " + code_of("/approver") + " as " + code_of("/approval_id") +
                       ". Outcome: " + code_of("/outcome");
    if (data["reason"].string())
        text += ", because " + code_of("/reason");
    if (data.at("/ticket/identifier").string())
        text += ". Ticket " + code_of("/ticket/identifier");
    json::writer out;
    out.begin_object().member("text", text + ".").end_object();
    return out.take();
}

}  // namespace

std::optional<message_format> find_message_format(std::string_view name)
{
    if (name == "standard")
        return message_format::standard;
    if (name == "plain")
        return message_format::plain;
    if (name == "slack")
        return message_format::slack;
    return std::nullopt;
}

std::string render(message_format as, std::string frozen)
{
    if (as == message_format::standard)
        return frozen;
    const auto document = json::document::parse(frozen);
    if (!document || !document->root()["type"].string().has_value() || document->root()["type"].string()->empty())
        throw std::invalid_argument("a frozen message is a JSON object with a type");
    return as == message_format::plain ? render_plain(document->root()) : render_slack(document->root());
}

}  // namespace reclaim::delivery
