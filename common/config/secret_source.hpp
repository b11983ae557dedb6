#pragma once
// Where a secret's bytes come from. Errors say what is wrong and the fix; they name neither the path nor the variable,
// since a secret put there by mistake would be printed with them.
#include "common/base/error.hpp"
#include "common/base/secret.hpp"

#include <filesystem>
#include <string>

namespace reclaim::config {

result<secret> read_secret_file(const std::filesystem::path& path);
// By the name that LoadCredential= gave it.
result<secret> read_secret_credential(const std::string& name);
result<secret> read_secret_environment(const std::string& name);

}  // namespace reclaim::config
