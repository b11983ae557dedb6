#include "common/config/secret_source.hpp"
#include "common/config/source.hpp"

namespace reclaim::config {

namespace {

std::string with(std::string_view key, std::string_view ending)
{
    return std::string(key).append(ending);
}

}  // namespace

void table::refuse_inline_secret(std::string_view key)
{
    if (!has(key))
        return;
    ask(key);
    problem(key, "a secret does not belong in this file; use " + with(key, "_file") + " = \"path\" or " +
                     with(key, "_env") + " = \"NAME\", and replace the secret, since it was exposed");
}

std::optional<secret> table::take_secret(std::string_view key, result<secret> read)
{
    if (read)
        return std::move(*read);
    problem(key, read.error());
    return std::nullopt;
}

std::optional<secret> table::optional_secret(std::string_view key)
{
    refuse_inline_secret(key);
    const std::string file_key = with(key, "_file");
    const std::string credential_key = with(key, "_credential");
    const std::string environment_key = with(key, "_env");
    const auto path = optional_text(file_key);
    const auto passed = optional_text(credential_key);
    const auto variable = optional_text(environment_key);
    if (path.has_value() + passed.has_value() + variable.has_value() > 1) {
        problem(variable ? environment_key : credential_key,
                "the secret is given twice; remove this or " + path_of(path ? file_key : credential_key));
        return std::nullopt;
    }
    if (path)
        return take_secret(file_key, read_secret_file(owner_->folder / *path));
    if (passed)
        return take_secret(credential_key, read_secret_credential(*passed));
    if (variable)
        return take_secret(environment_key, read_secret_environment(*variable));
    return std::nullopt;
}

secret table::required_secret(std::string_view key)
{
    const std::string file_key = with(key, "_file");
    const std::string environment_key = with(key, "_env");
    if (!has(key) && !has(file_key) && !has(with(key, "_credential")) && !has(environment_key))
        problem(file_key, "missing; add " + file_key + " = \"path\" or " + environment_key + " = \"NAME\"");
    return optional_secret(key).value_or(secret());
}

std::vector<secret> table::secrets(std::string_view key)
{
    const std::string list_key = with(key, "_files");
    const auto paths = texts(list_key);
    std::vector<secret> all;
    if (!has(list_key)) {
        if (secret one = required_secret(key); !one.empty())
            all.push_back(std::move(one));
        return all;
    }
    refuse_inline_secret(key);
    const auto* list = static_cast<const toml::node*>(find(list_key))->as_array();
    if (list && list->empty())
        problem(list_key, "is empty; name at least one file");
    for (std::size_t at = 0; at < paths.size(); ++at) {
        auto read = read_secret_file(owner_->folder / paths[at]);
        if (read)
            all.push_back(std::move(*read));
        else
            problem(list_key, "entry " + std::to_string(at + 1) + ": " + read.error());
    }
    return all;
}

}  // namespace reclaim::config
