#pragma once

#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "json.hpp"

// The part of GraphQL that a strict judge needs: one reader for documents and for schemas, validation of the first
// against the second, and coercion of variables. A type is kept as it is spelled ("[String!]!"): the few questions
// asked of it are about its first and last character. Fragments, directives and block strings are refused by name.
namespace sandbox::graphql {

struct argument;

struct literal {
    enum class kind { null, boolean, integer, real, text, name, variable, list, object };
    kind is = kind::null;
    std::string text;  // a scalar's value, an enum's or a variable's name
    std::vector<literal> items;
    std::vector<argument> members;
};

// Also a member of an input object: both are a name and a value.
struct argument {
    std::string name;
    literal value;
};

struct selection {
    std::string key;  // the alias, or the name
    std::string name;
    std::vector<argument> args;
    std::vector<selection> selections;
};

struct variable {
    std::string name;
    std::string type;
    std::optional<literal> fallback;
};

struct operation {
    std::string kind = "query";
    std::string name;
    std::vector<variable> variables;
    std::vector<selection> selections;
};

struct document {
    std::vector<operation> operations;
};

struct input_def {
    std::string type;
    bool has_default = false;
};
using input_fields = std::map<std::string, input_def, std::less<>>;

struct field_def {
    std::string type;
    input_fields args;
};
using object_def = std::map<std::string, field_def, std::less<>>;

struct schema {
    std::map<std::string, object_def, std::less<>> objects;
    std::map<std::string, input_fields, std::less<>> inputs;
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> enums;
    std::set<std::string, std::less<>> scalars{"ID", "String", "Int", "Float", "Boolean"};
};

struct syntax_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

document parse_document(std::string_view text);
schema parse_schema(std::string_view text);

inline bool required(std::string_view type)
{
    return type.ends_with('!');
}
std::string_view nullable(std::string_view type);            // "[A!]!" -> "[A!]"
std::string_view item_of(std::string_view type);             // "[A!]" -> "A!", empty unless a list
std::string_view base_name(std::string_view type);           // "[A!]!" -> "A"
std::string_view root_type(const operation& op);             // Query or Mutation
bool is_date(std::string_view type, std::string_view text);  // of a DateTime or a TimelessDate

// What is wrong with the document itself, whatever its variables are. Empty: it may be executed.
std::vector<std::string> validate(const schema& s, const document& d);

// Fills `out` with the operation's variables, defaults applied; what is wrong with them comes back.
std::vector<std::string> coerce_variables(const schema& s, const operation& op, const json::value* given,
                                          json::document& out);

// A selection's arguments as JSON. One whose variable was not given is left out.
json::value evaluate_args(const selection& field, const json::value& variables, json::allocator& a);

}  // namespace sandbox::graphql
