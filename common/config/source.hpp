#pragma once
// A parsed file, what was asked of it and what was wrong. Only this folder includes toml++.
#include "common/config/reader.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <toml++/toml.h>

namespace reclaim::config {

struct file::impl {
    struct found {
        std::uint32_t line;
        std::string text;
    };
    struct visit {
        std::string path;
        std::set<std::string, std::less<>> asked;
    };

    toml::table root;
    std::string name;
    std::filesystem::path folder;  // relative secret paths start here
    std::vector<found> problems;
    std::map<const toml::table*, visit> visits;

    // key is the whole dotted path
    void add_problem(std::uint32_t line, const std::string& key, std::string_view what_and_fix);
};

}  // namespace reclaim::config
