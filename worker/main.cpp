// reclaim-worker: runs jobs (run), and carries the operator's commands (migrate, check, sample),
// and seals the log (seal) and writes what auditors check it by (export), and
// checks that (verify).
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
    commands::export_request evidence;
    auto* write =
        app.add_subcommand("export", "write an evidence pack: the removals of a period and the proof of each");
    write->add_option("--database", evidence.database,
                      "a connection string for a login in reclaim_auditor; default: libpq's environment");
    write->add_option("--out", evidence.out, "a new folder to write to; with --receipt, a new file")->required();
    auto* from =
        write->add_option("--from", evidence.from, "first day or second, UTC: 2026-07-01 or 2026-07-01T09:30:00Z");
    auto* to = write->add_option("--to", evidence.to, "the day or second after the last one");
    auto* receipt =
        write->add_option("--receipt", evidence.receipt_of, "of this job alone: one file that proves its removal")
            ->check(CLI::PositiveNumber);
    receipt->excludes(from)->excludes(to);
    auto* drawn =
        write->add_option("--sample", evidence.sample, "draw so many removals at random")->check(CLI::Range(1, 100000));
    auto* seed =
        write->add_option("--seed", evidence.seed, "what the draw starts from: any text, kept to draw it again");
    drawn->needs(seed);
    seed->needs(drawn);
    receipt->excludes(drawn);
    commands::verify_request judged;
    auto* verify = app.add_subcommand("verify", "check an evidence pack or a receipt, offline");
    verify->add_option("what", judged.what, "the folder of a pack, or the file of a receipt")->required();
    verify->add_option("--key", judged.keys, "the sealer's public key, ORIGIN+ID+KEY; again for each former one")
        ->required();
    verify->add_option("--checkpoints", judged.checkpoints, "your copy of the signed checkpoints, from elsewhere");
    CLI11_PARSE(app, argc, argv);

    try {
        if (*run)
            return commands::run(config_path);
        if (*migrate)
            return commands::migrate(config_path, conninfo);
        if (*check)
            return commands::check(config_path);
        if (*verify)
            return commands::verify(judged);
        if (*write)
            return commands::export_evidence(evidence);
        if (*seal)
            return key_path.empty() ? commands::seal(config_path) : commands::new_key(key_path, origin);
        return commands::sample(config_path, sample);
    } catch (const std::exception& e) {
        std::cerr << "reclaim-worker: " << e.what() << '\n';
        return 1;
    }
}
