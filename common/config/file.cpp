#include "common/config/source.hpp"

#include "common/base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <tuple>

namespace reclaim::config {

namespace {

// toml++ quotes what it stumbled over. Longer quotes may be a secret written without quotation marks.
std::string without_quotes(std::string_view description)
{
    constexpr std::size_t harmless = 4;  // one character, or an escape
    std::string text;
    for (std::size_t at = 0; at < description.size();) {
        const auto end = description[at] == '\'' ? description.find('\'', at + 1) : description.npos;
        if (end == description.npos) {
            text += description[at++];
            continue;
        }
        text += end - at > harmless ? "'...'" : description.substr(at, end + 1 - at);
        at = end + 1;
    }
    return text;
}

std::string read_text(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw setup_error(path + ": cannot be opened: " + std::strerror(errno) +
                          "; check the path and its permissions");
    if (std::filesystem::is_directory(path))
        throw setup_error(path + ": is a folder; name the configuration file in it");
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string unknown_key_advice(const std::set<std::string, std::less<>>& known)
{
    std::string text = "unknown key; remove it or correct its name";
    const char* separator = " (known here: ";
    for (const auto& key : known) {
        text += separator + key;
        separator = ", ";
    }
    return known.empty() ? text : text + ")";
}

}  // namespace

void file::impl::add_problem(std::uint32_t line, const std::string& key, std::string_view what_and_fix)
{
    std::string text = name + ":" + std::to_string(line) + ": " + key + ": ";
    problems.push_back({line, text.append(what_and_fix)});
}

file::file(std::unique_ptr<impl> from) : impl_(std::move(from)) {}
file::file(file&&) noexcept = default;
file::~file() = default;

file file::load(const std::string& path)
{
    file loaded = parse(read_text(path), path);
    loaded.impl_->folder = std::filesystem::path(path).parent_path();
    return loaded;
}

file file::parse(std::string_view text, std::string name)
{
    auto made = std::make_unique<impl>();
    try {
        made->root = toml::parse(text);
    } catch (const toml::parse_error& e) {
        const auto& at = e.source().begin;
        throw setup_error(name + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
                          ": this is not TOML: " + without_quotes(e.description()));
    }
    made->name = std::move(name);
    return file(std::move(made));
}

file file::again() const
{
    auto made = std::make_unique<impl>();
    made->root = impl_->root;
    made->name = impl_->name;
    made->folder = impl_->folder;
    return file(std::move(made));
}

table file::root()
{
    return {impl_.get(), &impl_->root, "", 1};
}

void file::finish()
{
    for (const auto& [node, visit] : impl_->visits) {
        for (const auto& [key, value] : *node) {
            const std::string name(key.str());
            if (!visit.asked.contains(name))
                impl_->add_problem(key.source().begin.line, visit.path.empty() ? name : visit.path + "." + name,
                                   unknown_key_advice(visit.asked));
        }
    }
    auto& problems = impl_->problems;
    if (problems.empty())
        return;
    std::sort(problems.begin(), problems.end(),
              [](const auto& a, const auto& b) { return std::tie(a.line, a.text) < std::tie(b.line, b.text); });
    std::string all;
    for (const auto& problem : problems)
        all += (all.empty() ? "" : "\n") + problem.text;
    throw setup_error(all);
}

}  // namespace reclaim::config
