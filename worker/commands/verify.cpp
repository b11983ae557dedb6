#include "common/base/error.hpp"
#include "worker/commands/commands.hpp"
#include "worker/evidence/receipt.hpp"

#include <chrono>
#include <filesystem>
#include <iostream>

namespace reclaim::worker::commands {
namespace {

constexpr int not_judged = 2;

std::vector<evidence::verifier_key> parse_keys(const std::vector<std::string>& texts)
{
    std::vector<evidence::verifier_key> out;
    for (const auto& text : texts) {
        const auto key = evidence::verifier_key::parse(text);
        if (!key)
            throw evidence::unreadable("--key is not of the form ORIGIN+ID+KEY, as reclaim-worker seal --new-key "
                                       "prints it, or a character is wrong");
        out.push_back(*key);
    }
    return out;
}

void judge_pack(const verify_request& what, std::vector<evidence::verifier_key> keys,
                std::vector<evidence::noted_checkpoint> outside, evidence::report& to)
{
    const auto begun = std::chrono::steady_clock::now();
    evidence::pack_verifier pack(what.what, std::move(keys), std::move(outside), to);
    pack.verify();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    std::cout << "      " << pack.events() << " rows in " << took.count() << " s, "
              << static_cast<std::int64_t>(static_cast<double>(pack.events()) / took.count()) << " rows/s\n";
}

void judge_receipt(const verify_request& what, const std::vector<evidence::verifier_key>& keys,
                   const std::vector<evidence::noted_checkpoint>& outside, evidence::report& to)
{
    const evidence::mapped_file file(what.what);
    evidence::verify_receipt(evidence::receipt::parse(file.text()), keys, outside, to);
}

}  // namespace

int verify(const verify_request& what)
{
    evidence::report to(std::cout);
    try {
        auto keys = parse_keys(what.keys);
        std::vector<evidence::noted_checkpoint> outside;
        if (!what.checkpoints.empty())
            outside = evidence::read_checkpoints(what.checkpoints);
        if (std::filesystem::is_directory(what.what))
            judge_pack(what, std::move(keys), std::move(outside), to);
        else
            judge_receipt(what, keys, outside, to);
    } catch (const evidence::unreadable& e) {
        std::cout << "BAD   " << e.what() << '\n';
        if (to.findings() > 0)
            return 1;
        std::cout << "it could not be judged\n";
        return not_judged;
    }
    return to.end();
}

}  // namespace reclaim::worker::commands
