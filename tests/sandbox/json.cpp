#include "json.hpp"

#include <algorithm>

namespace sandbox::json {
namespace {

constexpr int depth_max = 64;

bool too_deep(std::string_view text)
{
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > depth_max)
                return true;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

// Length of the well-formed UTF-8 sequence at i, 0 if there is none (RFC 3629: no overlongs, no surrogates).
std::size_t sequence_length(std::string_view s, std::size_t i)
{
    const auto byte = [&](std::size_t k) { return k < s.size() ? static_cast<unsigned char>(s[k]) : 0u; };
    const auto tail = [&](std::size_t k) { return (byte(k) & 0xc0u) == 0x80u; };
    const unsigned b = byte(i);
    const unsigned next = byte(i + 1);
    if (b < 0x80)
        return 1;
    if (b >= 0xc2 && b <= 0xdf)
        return tail(i + 1) ? 2 : 0;
    if (b >= 0xe0 && b <= 0xef) {
        const bool second = next >= (b == 0xe0 ? 0xa0u : 0x80u) && next <= (b == 0xed ? 0x9fu : 0xbfu);
        return second && tail(i + 2) ? 3 : 0;
    }
    if (b >= 0xf0 && b <= 0xf4) {
        const bool second = next >= (b == 0xf0 ? 0x90u : 0x80u) && next <= (b == 0xf4 ? 0x8fu : 0xbfu);
        return second && tail(i + 2) && tail(i + 3) ? 4 : 0;
    }
    return 0;
}

bool is_utf8(std::string_view s)
{
    for (std::size_t i = 0; i < s.size();) {
        const auto n = sequence_length(s, i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

std::string mended(std::string_view s)
{
    std::string out;
    for (std::size_t i = 0; i < s.size();) {
        const auto n = sequence_length(s, i);
        out.append(n == 0 ? std::string_view{"\xef\xbf\xbd"} : s.substr(i, n));
        i += std::max<std::size_t>(n, 1);
    }
    return out;
}

bad_input wrong_type(std::string_view name, std::string_view wanted)
{
    return bad_input{"\"" + std::string{name} + "\" must be " + std::string{wanted}};
}

}  // namespace

bool parse(document& into, std::string_view text)
{
    if (too_deep(text))
        return false;
    constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
    return !into.Parse<flags>(text.data(), text.size()).HasParseError();
}

std::string print(const value& v)
{
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> out{buffer};
    v.Accept(out);
    return {buffer.GetString(), buffer.GetSize()};
}

value text(std::string_view s, allocator& a)
{
    return value{s.data(), static_cast<rapidjson::SizeType>(s.size()), a};
}

const value* find(const value& object, std::string_view name)
{
    if (!object.IsObject())
        return nullptr;
    const auto found = object.FindMember(value{rapidjson::StringRef(name.data(), name.size())});
    return found == object.MemberEnd() ? nullptr : &found->value;
}

void allow_only(const value& object, std::initializer_list<std::string_view> names, std::string_view where)
{
    if (!object.IsObject())
        throw wrong_type(where, "an object");
    for (const auto& member : object.GetObject())
        if (std::find(names.begin(), names.end(), view(member.name)) == names.end())
            throw bad_input{"unknown member \"" + std::string{view(member.name)} + "\" in " + std::string{where}};
}

std::string need_text(const value& object, std::string_view name)
{
    auto found = get_text(object, name);
    if (!found)
        throw wrong_type(name, "given");
    return std::move(*found);
}

std::optional<std::string> get_text(const value& object, std::string_view name)
{
    const value* v = find(object, name);
    if (!v)
        return {};
    if (!v->IsString())
        throw wrong_type(name, "a string");
    return std::string{view(*v)};
}

std::optional<std::int64_t> get_int(const value& object, std::string_view name)
{
    const value* v = find(object, name);
    if (!v)
        return {};
    if (!v->IsInt64() || v->GetInt64() < 0)
        throw wrong_type(name, "a whole number, not negative");
    return v->GetInt64();
}

std::optional<double> get_number(const value& object, std::string_view name)
{
    const value* v = find(object, name);
    if (!v)
        return {};
    if (!v->IsNumber())
        throw wrong_type(name, "a number");
    return v->GetDouble();
}

std::optional<bool> get_bool(const value& object, std::string_view name)
{
    const value* v = find(object, name);
    if (!v)
        return {};
    if (!v->IsBool())
        throw wrong_type(name, "true or false");
    return v->GetBool();
}

std::vector<std::string> get_texts(const value& object, std::string_view name)
{
    std::vector<std::string> out;
    const value* v = find(object, name);
    if (!v)
        return out;
    if (!v->IsArray())
        throw wrong_type(name, "a list of strings");
    for (const value& item : v->GetArray()) {
        if (!item.IsString())
            throw wrong_type(name, "a list of strings");
        out.emplace_back(view(item));
    }
    return out;
}

void writer::string(std::string_view v)
{
    if (is_utf8(v)) {
        out_.String(v.data(), static_cast<rapidjson::SizeType>(v.size()));
        return;
    }
    const std::string m = mended(v);
    out_.String(m.data(), static_cast<rapidjson::SizeType>(m.size()));
}

void writer::key(std::string_view k)
{
    out_.Key(k.data(), static_cast<rapidjson::SizeType>(k.size()));
}

writer& writer::open()
{
    out_.StartObject();
    return *this;
}

writer& writer::open(std::string_view k)
{
    string(k);  // keys are user ids too, so they may be any bytes
    out_.StartObject();
    return *this;
}

writer& writer::open_list(std::string_view k)
{
    key(k);
    out_.StartArray();
    return *this;
}

writer& writer::close()
{
    out_.EndObject();
    return *this;
}

writer& writer::close_list()
{
    out_.EndArray();
    return *this;
}

writer& writer::put(std::string_view k, std::string_view v)
{
    key(k);
    string(v);
    return *this;
}

writer& writer::put(std::string_view k, std::int64_t v)
{
    key(k);
    out_.Int64(v);
    return *this;
}

writer& writer::put(std::string_view k, bool v)
{
    key(k);
    out_.Bool(v);
    return *this;
}

writer& writer::put(std::string_view v)
{
    string(v);
    return *this;
}

writer& writer::null(std::string_view k)
{
    key(k);
    out_.Null();
    return *this;
}

}  // namespace sandbox::json
