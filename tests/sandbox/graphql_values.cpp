#include "graphql.hpp"

#include <cstdlib>

// Values at run time: variables against their declared types, literals into JSON.
namespace sandbox::graphql {
namespace {

using errors = std::vector<std::string>;

bool digits_at(std::string_view text, std::size_t from, std::size_t count)
{
    return text.size() >= from + count && text.substr(from, count).find_first_not_of("0123456789") == text.npos;
}

bool is_scalar(const schema& s, std::string_view type, const json::value& v)
{
    if (const auto values = s.enums.find(type); values != s.enums.end())
        return v.IsString() && values->second.contains(json::view(v));
    if (type == "Int")
        return v.IsInt();
    if (type == "Float")
        return v.IsNumber();
    if (type == "Boolean")
        return v.IsBool();
    if (type == "ID")
        return v.IsString() || v.IsInt64();
    if (type == "JSON" || type == "JSONObject")
        return type == "JSON" || v.IsObject();
    if (type == "DateTime" || type == "TimelessDate")
        return v.IsString() && is_date(type, json::view(v));
    return v.IsString();
}

class variable_check {
public:
    variable_check(const schema& s, const variable& v, errors& found) : schema_{s}, variable_{v}, found_{found} {}

    void run(const json::value& v) { check(v, variable_.type, variable_.name); }

private:
    void wrong(const std::string& at, const json::value& v, const std::string& why)
    {
        found_.push_back("Variable \"$" + variable_.name + "\" got invalid value " + json::print(v) + " at \"" + at +
                         "\"; " + why);
    }
    void check(const json::value& v, std::string_view type, const std::string& at);

    const schema& schema_;
    const variable& variable_;
    errors& found_;
};

void variable_check::check(const json::value& v, std::string_view type, const std::string& at)
{
    if (v.IsNull()) {
        if (required(type))
            wrong(at, v, "Expected non-nullable type \"" + std::string{type} + "\" not to be null.");
        return;
    }
    type = nullable(type);
    if (const auto item = item_of(type); !item.empty()) {
        if (!v.IsArray())
            return check(v, item, at);
        for (rapidjson::SizeType i = 0; i < v.Size(); ++i)
            check(v[i], item, at + "[" + std::to_string(i) + "]");
        return;
    }
    const auto input = schema_.inputs.find(type);
    if (input == schema_.inputs.end()) {
        if (!is_scalar(schema_, type, v))
            wrong(at, v, "Expected type \"" + std::string{type} + "\".");
        return;
    }
    if (!v.IsObject())
        return wrong(at, v, "Expected type \"" + std::string{type} + "\" to be an object.");
    for (const auto& member : v.GetObject()) {
        const std::string name{json::view(member.name)};
        const auto def = input->second.find(name);
        if (def == input->second.end())
            wrong(at, v, "Field \"" + name + "\" is not defined by type \"" + std::string{type} + "\".");
        else
            check(member.value, def->second.type, at + "." + name);
    }
    for (const auto& [name, def] : input->second)
        if (required(def.type) && !def.has_default && !json::find(v, name))
            wrong(at, v, "Field \"" + name + "\" of required type \"" + def.type + "\" was not provided.");
}

// False: the value is a variable that was not given.
bool evaluate(const literal& v, const json::value& variables, json::value& out, json::allocator& a)
{
    switch (v.is) {
    case literal::kind::null:
        out.SetNull();
        return true;
    case literal::kind::boolean:
        out.SetBool(v.text == "true");
        return true;
    case literal::kind::integer:
        out.SetInt64(std::strtoll(v.text.c_str(), nullptr, 10));
        return true;
    case literal::kind::real:
        out.SetDouble(std::strtod(v.text.c_str(), nullptr));
        return true;
    case literal::kind::text:
    case literal::kind::name:
        out = json::text(v.text, a);
        return true;
    case literal::kind::variable: {
        const json::value* given = json::find(variables, v.text);
        if (given)
            out.CopyFrom(*given, a);
        return given != nullptr;
    }
    case literal::kind::list:
        out.SetArray();
        for (const literal& item : v.items) {
            json::value element;  // a variable that was not given is null inside a list
            evaluate(item, variables, element, a);
            out.PushBack(element, a);
        }
        return true;
    case literal::kind::object:
        out.SetObject();
        for (const auto& [name, member] : v.members) {
            json::value element;
            if (evaluate(member, variables, element, a))
                out.AddMember(json::text(name, a), element, a);
        }
        return true;
    }
    return false;
}

}  // namespace

// The date is checked; of a time it is only asked that it follows one.
bool is_date(std::string_view type, std::string_view text)
{
    if (text.size() < 10 || !digits_at(text, 0, 4) || text[4] != '-' || !digits_at(text, 5, 2) || text[7] != '-' ||
        !digits_at(text, 8, 2))
        return false;
    const auto month = text.substr(5, 2);
    const auto day = text.substr(8, 2);
    const bool whole = month >= "01" && month <= "12" && day >= "01" && day <= "31";
    return whole && (type == "TimelessDate" ? text.size() == 10 : text.size() == 10 || text[10] == 'T');
}

std::vector<std::string> coerce_variables(const schema& s, const operation& op, const json::value* given,
                                          json::document& out)
{
    errors found;
    out.SetObject();
    for (const variable& v : op.variables) {
        json::value value;
        const json::value* sent = given ? json::find(*given, v.name) : nullptr;
        if (sent) {
            variable_check{s, v, found}.run(*sent);
            value.CopyFrom(*sent, out.GetAllocator());
        } else if (v.fallback) {
            evaluate(*v.fallback, out, value, out.GetAllocator());
        } else {
            if (required(v.type))
                found.push_back("Variable \"$" + v.name + "\" of required type \"" + v.type + "\" was not provided.");
            continue;
        }
        out.AddMember(json::text(v.name, out.GetAllocator()), value, out.GetAllocator());
    }
    return found;
}

json::value evaluate_args(const selection& field, const json::value& variables, json::allocator& a)
{
    json::value out{rapidjson::kObjectType};
    for (const auto& [name, v] : field.args) {
        json::value element;
        if (evaluate(v, variables, element, a))
            out.AddMember(json::text(name, a), element, a);
    }
    return out;
}

}  // namespace sandbox::graphql
