// reclaim-worker: runs jobs (run), and carries the operator's commands (migrate, check, sample),
// and seals the log (seal).
#include "common/base/error.hpp"
#include "worker/commands/commands.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

int main(int argc, char** argv)
{
    namespace commands = reclaim::worker::commands;
    CLI::App app{"Reclaim worker: executes approved seat removals"};
    app.set_version_flag("--version", RECLAIM_VERSION);
    app.require_subcommand(1);
    std::string config_path = "/etc/reclaim/reclaim.toml";
    std::string conninfo;
    commands::sample_request sample;
    sample.approver = "sample-approver";

    auto* run = app.add_subcommand("run", "claim and run jobs until SIGTERM");
    auto* migrate = app.add_subcommand("migrate", "bring the database to this version");
    auto* check = app.add_subcommand("check", "say what is wrong with the configuration, the database and the vendors");
    auto* try_one = app.add_subcommand("sample", "show step by step what a live removal would do; changes nothing");
    auto* seal = app.add_subcommand("seal", "seal the log and sign it until SIGTERM");
    for (auto* one : {run, migrate, check, try_one, seal})
        one->add_option("--config", config_path, "the configuration file")->capture_default_str();
    migrate->add_option("--database", conninfo, "a connection string, instead of the configuration's");
    try_one->add_option("--app", sample.app, "the app, as in [apps.NAME]")->required();
    try_one->add_option("--seat", sample.seat, "the seat's id")->required();
    try_one->add_option("--approver", sample.approver, "who would approve")->capture_default_str();
    std::string key_path, origin;
    auto* new_key = seal->add_option("--new-key", key_path,
                                     "write a new signing key to this file, print the key to verify by, and end");
    auto* named =
        seal->add_option("--origin", origin, "the name of the log that the new key signs, such as example.com/reclaim");
    new_key->needs(named);
    named->needs(new_key);
    CLI11_PARSE(app, argc, argv);

    try {
        if (*run)
            return commands::run(config_path);
        if (*migrate)
            return commands::migrate(config_path, conninfo);
        if (*check)
            return commands::check(config_path);
        if (*seal)
            return key_path.empty() ? commands::seal(config_path) : commands::new_key(key_path, origin);
        return commands::sample(config_path, sample);
    } catch (const std::exception& e) {
        std::cerr << "reclaim-worker: " << e.what() << '\n';
        return 1;
    }
}
