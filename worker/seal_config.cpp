#include "worker/seal_config.hpp"

#include "common/config/reader.hpp"
#include "common/queue/database.hpp"

namespace reclaim::worker {

seal_options read_seal_config(const std::string& path)
{
    using namespace std::chrono_literals;
    seal_options out;
    auto file = config::file::load(path);
    auto root = file.root();
    for (const auto* others : {"receiver", "worker", "proxy", "policy", "connectors", "apps", "linear", "confirmation"})
        root.ignore(others);
    out.database = queue::read_database(root.sub("database"), "reclaim-worker seal");
    auto section = root.sub("seal");
    out.key = section.required_secret("key");
    for (const auto& text : section.texts("former_keys")) {
        if (auto key = evidence::verifier_key::parse(text))
            out.former_keys.push_back(*key);
        else
            section.problem("former_keys", "holds something that is no key to verify by, such as --new-key prints");
    }
    if (const auto given = section.optional_path("checkpoints_file"))
        out.checkpoints_path = *given;
    else
        section.problem("checkpoints_file",
                        "is missing; name a file, and have it copied where the database's owner cannot write");
    out.every = section.duration("every", out.every, 50ms, 60s);
    auto ops = section.sub("ops");
    out.ops_address = ops.text("address", "127.0.0.1");
    out.ops_port = static_cast<std::uint16_t>(ops.integer("port", 0, 0, 65535));
    if (out.database.pooled)
        section.problem("key", "cannot be used behind a pooler: the sealer's lock is a session's. Give it a file whose "
                               "[database] is direct");
    file.finish();
    return out;
}

}  // namespace reclaim::worker
