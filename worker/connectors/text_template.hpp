#pragma once
// "/apps/{app_id}/users/{subject}": text with named holes, in which a value stays a value. In a path it becomes one
// percent-encoded segment, in a query one part, in JSON one string, and between quotes ("userName eq \"{email}\"") one
// quoted word, so seat data can add neither a path, nor a query, nor a filter, nor structure. An empty value fills
// nothing: it would mean everybody.
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

// Bytes of a URL's query: everything that could end or split a part is encoded.
std::string encode_query(std::string_view text);

class text_template {
public:
    // The error says what is wrong with the braces.
    static result<text_template> parse(std::string_view text);

    const std::string& source() const { return source_; }
    std::vector<std::string> names() const;

    // As it stands. Between double quotes a value is escaped as in JSON, which is also SCIM's rule; between single
    // quotes one that holds a quote or a backslash is refused, since vendors differ in how these are escaped.
    result<std::string, unfilled> fill(const variables& from) const;
    // Every byte of a value outside RFC 3986's unreserved set is encoded. Refuses a value that would change which
    // resource is meant: "." and "..".
    result<std::string, unfilled> fill_path(const variables& from) const;
    // One name or value of a query, encoded whole.
    result<std::string, unfilled> fill_query(const variables& from) const;

    bool operator==(const text_template& other) const { return source_ == other.source_; }

private:
    struct piece {
        std::string text;  // literal text, or the name of a variable
        bool is_variable;
        char quote = 0;  // the quotation mark this variable stands between
    };
    static result<std::string, unfilled> value_of(const piece& from, const variables& in);
    void find_quotes();

    std::string source_;
    std::vector<piece> pieces_;
};

// A JSON document whose strings are templates. Filled node by node and written anew; text is never pasted into text.
class json_template {
public:
    static result<json_template> parse(std::string_view json_text);

    std::vector<std::string> names() const;
    result<std::string, unfilled> fill(const variables& from) const;
    json::value shape() const { return shape_.root(); }  // with the holes unfilled

private:
    json::document shape_;
    std::map<std::string, text_template, std::less<>> strings_;  // by the string as it stands in the document
};

}  // namespace reclaim::connectors
