#include "common/config/duration.hpp"
#include "common/config/source.hpp"

#include <algorithm>
#include <tuple>

namespace reclaim::config {

namespace {

const toml::node* as_node(const void* node)
{
    return static_cast<const toml::node*>(node);
}

}  // namespace

table::table(file::impl* owner, const void* node, std::string path, std::uint32_t line)
    : owner_(owner),
      node_(node),
      path_(std::move(path)),
      line_(line)
{
    if (node_)
        owner_->visits[as_node(node_)->as_table()].path = path_;
}

bool table::present() const
{
    return node_ != nullptr;
}

bool table::has(std::string_view key) const
{
    return find(key) != nullptr;
}

const void* table::find(std::string_view key) const
{
    return node_ ? as_node(node_)->as_table()->get(key) : nullptr;
}

void table::ignore(std::string_view key)
{
    ask(key);
}

const void* table::ask(std::string_view key)
{
    if (node_)
        owner_->visits[as_node(node_)->as_table()].asked.emplace(key);
    return find(key);
}

std::string table::path_of(std::string_view key) const
{
    if (path_.empty() || key.empty())
        return path_ + std::string(key);
    return path_ + "." + std::string(key);
}

std::uint32_t table::line_of(std::string_view key) const
{
    if (!has(key))
        return line_;
    return as_node(node_)->as_table()->find(key)->first.source().begin.line;
}

void table::problem(std::string_view key, std::string_view what_and_fix)
{
    owner_->add_problem(line_of(key), path_of(key), what_and_fix);
}

std::optional<std::string> table::optional_text(std::string_view key)
{
    const auto* node = as_node(ask(key));
    if (!node)
        return std::nullopt;
    if (const auto* text = node->as_string())
        return text->get();
    problem(key, "must be text; put it in quotation marks");
    return std::nullopt;
}

std::string table::text(std::string_view key, std::string_view fallback)
{
    return optional_text(key).value_or(std::string(fallback));
}

std::string table::text(std::string_view key)
{
    auto text = optional_text(key);
    if (!has(key))
        problem(key, "missing; add " + std::string(key) + " = \"...\"");
    else if (text && text->empty())
        problem(key, "is empty; give it a value");
    return text.value_or("");
}

std::int64_t table::integer(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most)
{
    const auto* node = as_node(ask(key));
    if (!node)
        return fallback;
    const auto* number = node->as_integer();
    if (number && number->get() >= least && number->get() <= most)
        return number->get();
    problem(key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return fallback;
}

bool table::flag(std::string_view key, bool fallback)
{
    const auto* node = as_node(ask(key));
    if (!node)
        return fallback;
    if (const auto* flag = node->as_boolean())
        return flag->get();
    problem(key, "must be true or false, without quotation marks");
    return fallback;
}

std::chrono::milliseconds table::duration(std::string_view key, std::chrono::milliseconds fallback,
                                          std::chrono::milliseconds least, std::chrono::milliseconds most)
{
    const auto* node = as_node(ask(key));
    if (!node)
        return fallback;
    const auto* text = node->as_string();
    const auto parsed = text ? parse_duration(text->get()) : std::nullopt;
    if (parsed && *parsed >= least && *parsed <= most)
        return *parsed;
    problem(key, "must be a duration like \"250ms\", \"15s\", \"10m\", \"72h\" or \"7d\", from " + to_text(least) +
                     " to " + to_text(most));
    return fallback;
}

std::vector<std::string> table::texts(std::string_view key)
{
    const auto* node = as_node(ask(key));
    if (!node)
        return {};
    std::vector<std::string> all;
    if (const auto* list = node->as_array())
        for (const auto& element : *list)
            if (const auto* text = element.as_string())
                all.push_back(text->get());
    if (!node->is_array() || all.size() != node->as_array()->size()) {
        problem(key, "must be a list of texts; write [\"first\", \"second\"]");
        return {};
    }
    return all;
}

table table::sub(std::string_view key)
{
    const auto* node = as_node(ask(key));
    if (node && !node->is_table()) {
        problem(key, "must be a table; write [" + path_of(key) + "] above its keys");
        node = nullptr;
    }
    return {owner_, node, path_of(key), line_of(key)};
}

std::vector<std::pair<std::string, table>> table::subs(std::string_view key)
{
    table parent = sub(key);
    std::vector<std::pair<std::string, table>> all;
    if (!parent.present())
        return all;
    for (const auto& [name, node] : *as_node(parent.node_)->as_table())
        if (table child = parent.sub(name.str()); child.present())
            all.emplace_back(name.str(), std::move(child));
    // toml++ keeps keys sorted by name.
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return std::tie(a.second.line_, a.first) < std::tie(b.second.line_, b.first);
    });
    return all;
}

std::vector<table> table::items(std::string_view key)
{
    const auto* node = as_node(ask(key));
    if (!node)
        return {};
    std::vector<table> all;
    const auto* list = node->as_array();
    if (!list || !std::all_of(list->begin(), list->end(), [](const auto& element) { return element.is_table(); })) {
        problem(key, "must be a list of tables; write [[" + path_of(key) + "]] above each one's keys");
        return all;
    }
    for (const auto& element : *list)
        all.push_back(
            {owner_, &element, path_of(key) + "[" + std::to_string(all.size()) + "]", element.source().begin.line});
    return all;
}

std::vector<std::pair<std::string, std::string>> table::text_members()
{
    std::vector<std::pair<std::string, std::string>> all;
    if (!node_)
        return all;
    for (const auto& [name, node] : *as_node(node_)->as_table())
        if (auto text = optional_text(name.str()))
            all.emplace_back(name.str(), std::move(*text));
    return all;
}

std::optional<std::string> table::optional_path(std::string_view key)
{
    auto named = optional_text(key);
    if (named)
        named = (owner_->folder / *named).string();
    return named;
}

}  // namespace reclaim::config
