#pragma once
// Reads one TOML file into the programs' structs. It collects every problem (missing, wrong type, out of range, unknown
// key) with file, line, key and the fix, and reports them together; a value is never echoed, since it may be a secret.
#include "common/base/error.hpp"
#include "common/base/secret.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reclaim::config {

class table;

class file {
public:
    // Throws setup_error naming line and column when the file is absent or is not TOML.
    static file load(const std::string& path);
    static file parse(std::string_view text, std::string name = "config");  // for tests
    file(file&&) noexcept;
    ~file();

    // The same text as it was read, for a reload: what the file says may have changed since, and would then be mixed
    // with what the program runs by. Only the secrets it names are read as they are now.
    file again() const;

    table root();
    // Throws setup_error listing every problem collected so far and every key nobody asked for, one per line.
    void finish();

private:
    friend class table;
    struct impl;
    explicit file(std::unique_ptr<impl> from);
    std::unique_ptr<impl> impl_;
};

// A view of one table of a file. A missing table reads as empty: its required keys are then reported as missing.
class table {
public:
    bool present() const;
    bool has(std::string_view key) const;  // looks only: reading it is still due

    std::string text(std::string_view key);  // required, not empty
    std::string text(std::string_view key, std::string_view fallback);
    std::optional<std::string> optional_text(std::string_view key);
    std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most);
    bool flag(std::string_view key, bool fallback);
    // "250ms", "15s", "10m", "72h", "7d"
    std::chrono::milliseconds duration(std::string_view key, std::chrono::milliseconds fallback,
                                       std::chrono::milliseconds least, std::chrono::milliseconds most);
    std::vector<std::string> texts(std::string_view key);  // array of strings, default empty
    // A secret by reference, never by value: key_file = "path" (trailing newline stripped; refused when readable by
    // others), key_credential = "name" (a credential that systemd passes) or key_env = "NAME". Reading `key` itself is
    // reported: secrets do not belong in the configuration.
    secret required_secret(std::string_view key);
    std::optional<secret> optional_secret(std::string_view key);
    // key_files = ["newest", "older"]: secrets in rotation, at least one. A single one may also be given as above.
    std::vector<secret> secrets(std::string_view key);

    table sub(std::string_view key);                                        // [parent.key]
    std::vector<std::pair<std::string, table>> subs(std::string_view key);  // every [parent.key.NAME], in file order
    std::vector<table> items(std::string_view key);                         // [[parent.key]]
    // The whole table as name -> text: free-form maps such as connector variables.
    std::vector<std::pair<std::string, std::string>> text_members();
    // A file path; relative ones are beside the configuration file, wherever the program was started.
    std::optional<std::string> optional_path(std::string_view key);
    void ignore(std::string_view key);  // another program's part of this file: known here, not read

    void problem(std::string_view key, std::string_view what_and_fix);  // adds a problem at this key's line

private:
    friend class file;
    table(file::impl* owner, const void* node, std::string path, std::uint32_t line);

    const void* find(std::string_view key) const;
    const void* ask(std::string_view key);  // find, and remember that somebody knows this key
    std::string path_of(std::string_view key) const;
    std::uint32_t line_of(std::string_view key) const;
    void refuse_inline_secret(std::string_view key);
    std::optional<secret> take_secret(std::string_view key, result<secret> read);

    file::impl* owner_;
    const void* node_;  // null: the table is not there
    std::string path_;
    std::uint32_t line_;  // of the table, or of the nearest one around it that exists
};

}  // namespace reclaim::config
