#include "graphql.hpp"

#include <algorithm>

namespace sandbox::graphql {
namespace {

constexpr int depth_max = 32;

bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct token {
    enum class kind { end, punctuator, name, integer, real, text };
    kind is = kind::end;
    std::string text;
};

class reader {
public:
    explicit reader(std::string_view text) : text_{text} { advance(); }

    document read_document();
    schema read_schema();

private:
    void advance();
    void skip_ignored();
    void read_number();
    void read_string();
    char read_escape();

    [[noreturn]] void unexpected() const;
    bool at(std::string_view text) const { return now_.is != token::kind::text && now_.text == text; }
    bool take(std::string_view text);
    void need(std::string_view text);
    std::string need_name();

    operation read_operation();
    std::vector<selection> read_selections();
    std::string read_type();
    literal read_literal();
    input_fields read_inputs(std::string_view end);

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
    token now_;
};

void reader::skip_ignored()
{
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c == '#')
            at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
        else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',')
            ++at_;
        else
            break;
    }
}

void reader::advance()
{
    skip_ignored();
    now_ = {};
    if (at_ >= text_.size())
        return;
    const char c = text_[at_];
    if (is_name_start(c)) {
        const auto start = at_;
        while (at_ < text_.size() && (is_name_start(text_[at_]) || is_digit(text_[at_])))
            ++at_;
        now_ = {token::kind::name, std::string{text_.substr(start, at_ - start)}};
    } else if (is_digit(c) || c == '-') {
        read_number();
    } else if (c == '"') {
        read_string();
    } else if (std::string_view{"!$&():=@[]{}|"}.find(c) != std::string_view::npos) {
        now_ = {token::kind::punctuator, std::string{c}};
        ++at_;
    } else if (text_.substr(at_).starts_with("...")) {
        throw syntax_error{"Syntax Error: fragments are not served here"};
    } else {
        throw syntax_error{"Syntax Error: Unexpected character: \"" + std::string{c} + "\"."};
    }
}

void reader::read_number()
{
    const auto start = at_;
    const auto digits = [&] {
        const auto first = at_;
        while (at_ < text_.size() && is_digit(text_[at_]))
            ++at_;
        if (at_ == first)
            throw syntax_error{"Syntax Error: Invalid number, expected digit."};
        return at_ - first;
    };
    if (text_[at_] == '-')
        ++at_;
    const bool zero = at_ < text_.size() && text_[at_] == '0';
    if (digits() > 1 && zero)
        throw syntax_error{"Syntax Error: Invalid number, unexpected digit after 0."};
    bool real = false;
    if (at_ < text_.size() && text_[at_] == '.') {
        real = true;
        ++at_;
        digits();
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
        real = true;
        ++at_;
        if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-'))
            ++at_;
        digits();
    }
    if (at_ < text_.size() && is_name_start(text_[at_]))
        throw syntax_error{"Syntax Error: Invalid number, expected digit but got a letter."};
    now_ = {real ? token::kind::real : token::kind::integer, std::string{text_.substr(start, at_ - start)}};
}

void reader::read_string()
{
    if (text_.substr(at_).starts_with("\"\"\""))
        throw syntax_error{"Syntax Error: block strings are not served here"};
    now_.is = token::kind::text;
    for (++at_; at_ < text_.size(); ++at_) {
        const char c = text_[at_];
        if (c == '"') {
            ++at_;
            return;
        }
        if (static_cast<unsigned char>(c) < 0x20)
            break;
        now_.text.push_back(c == '\\' ? read_escape() : c);
    }
    throw syntax_error{"Syntax Error: Unterminated string."};
}

// Only the one-character escapes: text beyond ASCII travels as UTF-8, and better still in variables.
char reader::read_escape()
{
    static constexpr std::string_view from = "\"\\/bfnrt";
    static constexpr std::string_view to = "\"\\/\b\f\n\r\t";
    const auto which = ++at_ < text_.size() ? from.find(text_[at_]) : from.npos;
    if (which == from.npos)
        throw syntax_error{"Syntax Error: Invalid character escape sequence."};
    return to[which];
}

void reader::unexpected() const
{
    throw syntax_error{now_.is == token::kind::end ? std::string{"Syntax Error: Unexpected <EOF>."}
                                                   : "Syntax Error: Unexpected \"" + now_.text + "\"."};
}

bool reader::take(std::string_view text)
{
    if (!at(text))
        return false;
    advance();
    return true;
}

void reader::need(std::string_view text)
{
    if (!take(text))
        unexpected();
}

std::string reader::need_name()
{
    if (now_.is != token::kind::name)
        unexpected();
    std::string name = std::move(now_.text);
    advance();
    return name;
}

std::string reader::read_type()
{
    if (++depth_ > depth_max)
        throw syntax_error{"Syntax Error: too deep"};
    std::string type;
    if (take("[")) {
        type = "[" + read_type() + "]";
        need("]");
    } else {
        type = need_name();
    }
    if (take("!"))
        type += "!";
    --depth_;
    return type;
}

literal reader::read_literal()
{
    if (++depth_ > depth_max)
        throw syntax_error{"Syntax Error: too deep"};
    literal v;
    v.text = now_.text;
    switch (now_.is) {
    case token::kind::integer:
        v.is = literal::kind::integer;
        advance();
        break;
    case token::kind::real:
        v.is = literal::kind::real;
        advance();
        break;
    case token::kind::text:
        v.is = literal::kind::text;
        advance();
        break;
    case token::kind::name:
        v.is = v.text == "true" || v.text == "false" ? literal::kind::boolean
               : v.text == "null"                    ? literal::kind::null
                                                     : literal::kind::name;
        advance();
        break;
    default:
        if (take("$")) {
            v.is = literal::kind::variable;
            v.text = need_name();
        } else if (take("[")) {
            v.is = literal::kind::list;
            while (!take("]"))
                v.items.push_back(read_literal());
        } else if (take("{")) {
            v.is = literal::kind::object;
            while (!take("}")) {
                std::string name = need_name();
                need(":");
                v.members.push_back({std::move(name), read_literal()});
            }
        } else {
            unexpected();
        }
    }
    --depth_;
    return v;
}

std::vector<selection> reader::read_selections()
{
    if (++depth_ > depth_max)
        throw syntax_error{"Syntax Error: too deep"};
    std::vector<selection> all;
    need("{");
    do {
        selection s;
        s.name = s.key = need_name();
        if (take(":"))
            s.name = need_name();
        if (take("(")) {
            do {
                std::string name = need_name();
                need(":");
                s.args.push_back({std::move(name), read_literal()});
            } while (!take(")"));
        }
        if (at("@"))
            throw syntax_error{"Syntax Error: directives are not served here"};
        if (at("{"))
            s.selections = read_selections();
        all.push_back(std::move(s));
    } while (!take("}"));
    --depth_;
    return all;
}

operation reader::read_operation()
{
    operation op;
    if (!at("{")) {
        if (!at("query") && !at("mutation"))
            unexpected();
        op.kind = need_name();
        if (now_.is == token::kind::name)
            op.name = need_name();
        if (take("(")) {
            do {
                variable v;
                need("$");
                v.name = need_name();
                need(":");
                v.type = read_type();
                if (take("="))
                    v.fallback = read_literal();
                op.variables.push_back(std::move(v));
            } while (!take(")"));
        }
    }
    op.selections = read_selections();
    return op;
}

document reader::read_document()
{
    document d;
    do {
        d.operations.push_back(read_operation());
    } while (now_.is != token::kind::end);
    return d;
}

input_fields reader::read_inputs(std::string_view end)
{
    input_fields all;
    while (!take(end)) {
        std::string name = need_name();
        need(":");
        input_def def{read_type()};
        if (take("=")) {
            def.has_default = true;
            read_literal();
        }
        all.emplace(std::move(name), std::move(def));
    }
    return all;
}

schema reader::read_schema()
{
    schema s;
    while (now_.is != token::kind::end) {
        const std::string kind = need_name();
        const std::string name = need_name();
        if (kind == "scalar") {
            s.scalars.insert(name);
            continue;
        }
        need("{");
        if (kind == "input") {
            s.inputs[name] = read_inputs("}");
        } else if (kind == "enum") {
            while (!take("}"))
                s.enums[name].insert(need_name());
        } else {
            object_def& fields = s.objects[name];
            while (!take("}")) {
                field_def& field = fields[need_name()];
                if (take("("))
                    field.args = read_inputs(")");
                need(":");
                field.type = read_type();
            }
        }
    }
    return s;
}

}  // namespace

document parse_document(std::string_view text)
{
    return reader{text}.read_document();
}

schema parse_schema(std::string_view text)
{
    return reader{text}.read_schema();
}

}  // namespace sandbox::graphql
