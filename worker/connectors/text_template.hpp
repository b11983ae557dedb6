#pragma once
// "/apps/{app_id}/users/{subject}": text with named holes, in which a value stays a value. In a path it becomes one
// percent-encoded segment and in JSON one string, so seat data can add neither a path, nor a query, nor structure.
#include "common/base/error.hpp"
#include "common/json/document.hpp"
#include "common/json/writer.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::connectors {

using variables = std::map<std::string, std::string, std::less<>>;

// Why a template could not be filled: it is about one variable, and never repeats its value.
struct unfilled {
    unfilled() = default;
    unfilled(std::string_view variable, std::string_view what)
        : why("{" + std::string(variable) + "} " + std::string(what))
    {}
    std::string why;
};

class text_template {
public:
    // The error says what is wrong with the braces.
    static result<text_template> parse(std::string_view text);

    const std::string& source() const { return source_; }
    std::vector<std::string> names() const;

    result<std::string, unfilled> fill(const variables& from) const;
    // Every byte outside RFC 3986's unreserved set is encoded. Refuses a value that would change which resource is
    // meant: an empty one (the collection instead of the member), "." and "..".
    result<std::string, unfilled> fill_path(const variables& from) const;

private:
    struct piece {
        std::string text;  // literal text, or the name of a variable
        bool is_variable;
    };
    std::string source_;
    std::vector<piece> pieces_;
};

// A JSON document whose strings are templates. Filled node by node and written anew; text is never pasted into text.
class json_template {
public:
    static result<json_template> parse(std::string_view json_text);

    std::vector<std::string> names() const;
    result<std::string, unfilled> fill(const variables& from) const;

private:
    json::document shape_;
    std::map<std::string, text_template, std::less<>> strings_;  // by the string as it stands in the document
};

}  // namespace reclaim::connectors
