#include "graphql.hpp"

#include <algorithm>
#include <cstdlib>

namespace sandbox::graphql {
namespace {

using errors = std::vector<std::string>;

constexpr long long int_max = 2'147'483'647;  // GraphQL's Int has 32 bits

std::string quoted(std::string_view text)
{
    return "\"" + std::string{text} + "\"";
}

bool is_input_type(const schema& s, std::string_view type)
{
    const auto name = base_name(type);
    return s.inputs.contains(name) || s.enums.contains(name) || s.scalars.contains(name);
}

// May a variable declared as `given` stand where `wanted` is expected?
bool fits(std::string_view given, std::string_view wanted)
{
    if (required(wanted))
        return required(given) && fits(nullable(given), nullable(wanted));
    if (required(given))
        return fits(nullable(given), wanted);
    const auto wanted_item = item_of(wanted);
    const auto given_item = item_of(given);
    if (wanted_item.empty() || given_item.empty())
        return wanted == given;
    return fits(given_item, wanted_item);
}

class document_check {
public:
    document_check(const schema& s, const operation& op, errors& found) : schema_{s}, op_{op}, found_{found} {}

    void run();

private:
    void check_variables();
    void check_selections(std::string_view type, const std::vector<selection>& all);
    void check_args(const selection& field, const field_def& def);
    void check_literal(const literal& v, std::string_view type, bool has_default);
    void check_scalar(const literal& v, std::string_view type);
    void check_use(const literal& v, std::string_view type, bool has_default);

    const schema& schema_;
    const operation& op_;
    errors& found_;
    std::set<std::string, std::less<>> used_;
};

void document_check::run()
{
    check_variables();
    check_selections(root_type(op_), op_.selections);
    for (const variable& v : op_.variables)
        if (!used_.contains(v.name))
            found_.push_back("Variable \"$" + v.name + "\" is never used in operation " + quoted(op_.name) + ".");
}

void document_check::check_variables()
{
    std::set<std::string_view> names;
    for (const variable& v : op_.variables) {
        if (!names.insert(v.name).second)
            found_.push_back("There can be only one variable named \"$" + v.name + "\".");
        if (!is_input_type(schema_, v.type))
            found_.push_back("Unknown type " + quoted(base_name(v.type)) + ".");
        else if (v.fallback)
            check_literal(*v.fallback, v.type, false);
    }
}

void document_check::check_selections(std::string_view type, const std::vector<selection>& all)
{
    const object_def& object = schema_.objects.find(type)->second;
    std::set<std::string_view> keys;
    for (const selection& field : all) {
        if (!keys.insert(field.key).second)
            found_.push_back("Fields " + quoted(field.key) + " conflict. Use different aliases on the fields.");
        if (field.name == "__typename")
            continue;
        const auto def = object.find(field.name);
        if (def == object.end()) {
            found_.push_back("Cannot query field " + quoted(field.name) + " on type " + quoted(type) + ".");
            continue;
        }
        check_args(field, def->second);
        const bool composite = schema_.objects.contains(base_name(def->second.type));
        if (composite && field.selections.empty())
            found_.push_back("Field " + quoted(field.name) + " of type " + quoted(def->second.type) +
                             " must have a selection of subfields.");
        else if (!composite && !field.selections.empty())
            found_.push_back("Field " + quoted(field.name) + " must not have a selection since type " +
                             quoted(def->second.type) + " has no subfields.");
        else if (composite)
            check_selections(base_name(def->second.type), field.selections);
    }
}

void document_check::check_args(const selection& field, const field_def& def)
{
    std::set<std::string_view> given;
    for (const auto& [name, v] : field.args) {
        if (!given.insert(name).second)
            found_.push_back("There can be only one argument named " + quoted(name) + ".");
        const auto wanted = def.args.find(name);
        if (wanted == def.args.end())
            found_.push_back("Unknown argument " + quoted(name) + " on field " + quoted(field.name) + ".");
        else
            check_literal(v, wanted->second.type, wanted->second.has_default);
    }
    for (const auto& [name, wanted] : def.args)
        if (required(wanted.type) && !wanted.has_default && !given.contains(name))
            found_.push_back("Field " + quoted(field.name) + " argument " + quoted(name) + " of type " +
                             quoted(wanted.type) + " is required, but it was not provided.");
}

void document_check::check_use(const literal& v, std::string_view type, bool has_default)
{
    used_.insert(v.text);
    const auto declared =
        std::find_if(op_.variables.begin(), op_.variables.end(), [&](const variable& d) { return d.name == v.text; });
    if (declared == op_.variables.end()) {
        found_.push_back("Variable \"$" + v.text + "\" is not defined by operation " + quoted(op_.name) + ".");
        return;
    }
    const bool never_absent = has_default || (declared->fallback && declared->fallback->is != literal::kind::null);
    const auto wanted = never_absent ? nullable(type) : type;
    if (!fits(declared->type, wanted))
        found_.push_back("Variable \"$" + v.text + "\" of type " + quoted(declared->type) +
                         " used in position expecting type " + quoted(type) + ".");
}

void document_check::check_literal(const literal& v, std::string_view type, bool has_default)
{
    if (v.is == literal::kind::variable) {
        check_use(v, type, has_default);
        return;
    }
    if (v.is == literal::kind::null) {
        if (required(type))
            found_.push_back("Expected value of type " + quoted(type) + ", found null.");
        return;
    }
    type = nullable(type);
    if (const auto item = item_of(type); !item.empty()) {
        if (v.is != literal::kind::list)
            check_literal(v, item, false);  // a single value stands for a list of one
        for (const literal& element : v.items)
            check_literal(element, item, false);
        return;
    }
    const auto input = schema_.inputs.find(type);
    if (input == schema_.inputs.end()) {
        check_scalar(v, type);
        return;
    }
    if (v.is != literal::kind::object) {
        found_.push_back("Expected value of type " + quoted(type) + ".");
        return;
    }
    std::set<std::string_view> given;
    for (const auto& [name, member] : v.members) {
        if (!given.insert(name).second)
            found_.push_back("There can be only one input field named " + quoted(name) + ".");
        const auto def = input->second.find(name);
        if (def == input->second.end())
            found_.push_back("Field " + quoted(name) + " is not defined by type " + quoted(type) + ".");
        else
            check_literal(member, def->second.type, def->second.has_default);
    }
    for (const auto& [name, def] : input->second)
        if (required(def.type) && !def.has_default && !given.contains(name))
            found_.push_back("Field \"" + std::string{type} + "." + name + "\" of required type " + quoted(def.type) +
                             " was not provided.");
}

void document_check::check_scalar(const literal& v, std::string_view type)
{
    using kind = literal::kind;
    bool ok = false;
    if (const auto values = schema_.enums.find(type); values != schema_.enums.end())
        ok = v.is == kind::name && values->second.contains(v.text);
    else if (type == "Int")
        ok = v.is == kind::integer && std::abs(std::strtoll(v.text.c_str(), nullptr, 10)) <= int_max;
    else if (type == "Float")
        ok = v.is == kind::integer || v.is == kind::real;
    else if (type == "Boolean")
        ok = v.is == kind::boolean;
    else if (type == "ID")
        ok = v.is == kind::text || v.is == kind::integer;
    else if (type == "JSON" || type == "JSONObject")
        ok = type == "JSON" || v.is == kind::object;
    else if (type == "DateTime" || type == "TimelessDate")
        ok = v.is == kind::text && is_date(type, v.text);
    else
        ok = v.is == kind::text;
    if (!ok)
        found_.push_back("Expected value of type " + quoted(type) + (v.text.empty() ? "" : ", found " + v.text) + ".");
}

}  // namespace

std::string_view nullable(std::string_view type)
{
    return required(type) ? type.substr(0, type.size() - 1) : type;
}

std::string_view item_of(std::string_view type)
{
    type = nullable(type);
    return type.starts_with('[') ? type.substr(1, type.size() - 2) : std::string_view{};
}

std::string_view base_name(std::string_view type)
{
    while (type.starts_with('['))
        type = item_of(type);
    return nullable(type);
}

std::string_view root_type(const operation& op)
{
    return op.kind == "mutation" ? "Mutation" : "Query";
}

std::vector<std::string> validate(const schema& s, const document& d)
{
    errors found;
    std::set<std::string_view> names;
    for (const operation& op : d.operations) {
        if (op.name.empty() && d.operations.size() > 1)
            found.push_back("This anonymous operation must be the only defined operation.");
        if (!names.insert(op.name).second)
            found.push_back("There can be only one operation named " + quoted(op.name) + ".");
        document_check{s, op, found}.run();
    }
    return found;
}

}  // namespace sandbox::graphql
