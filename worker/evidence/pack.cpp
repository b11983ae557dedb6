#include "worker/evidence/pack.hpp"

#include "common/crypto/encoding.hpp"
#include "common/json/document.hpp"
#include "common/json/writer.hpp"
#include "worker/evidence/report.hpp"

namespace reclaim::worker::evidence {
namespace {

constexpr std::size_t digest_bytes = 32;

void write_files(json::writer& out, const std::vector<file_facts>& files)
{
    out.key("files").begin_array();
    for (const auto& file : files)
        out.begin_object()
            .member("name", file.name)
            .member("bytes", static_cast<std::int64_t>(file.bytes))
            .member("sha256", file.sha256)
            .end_object();
    out.end_array();
}

// What a member must hold, or why it does not; the first fault is kept.
class member_reader {
public:
    std::string text(json::value from)
    {
        const auto found = from.string();
        ok_ = ok_ && found;
        return std::string(found.value_or(""));
    }
    std::int64_t count(json::value from)
    {
        const auto found = from.integer();
        ok_ = ok_ && found && *found >= 0;
        return found.value_or(0);
    }
    bool ok() const { return ok_; }

private:
    bool ok_ = true;
};

}  // namespace

std::string manifest::text() const
{
    json::writer out;
    out.begin_object()
        .member("format", pack_format)
        .member("exporter", "reclaim-worker " RECLAIM_VERSION)
        .member("exported_at", exported_at)
        .member("exported_by", exported_by);
    out.key("population").begin_object();
    out.member("query", population_query)
        .member("from", from)
        .member("to", to)
        .member("count", population)
        .end_object();
    if (sample_size > 0)
        out.key("sample").begin_object().member("size", sample_size).member("seed", sample_seed).end_object();
    out.key("tree").begin_object();
    out.member("first_leaf", static_cast<std::int64_t>(first_leaf)).key("frontier").begin_array();
    for (std::string_view rest = frontier; !rest.empty(); rest.remove_prefix(digest_bytes))
        out.string(crypto::to_hex(rest.substr(0, digest_bytes)));
    out.end_array().member("size", static_cast<std::int64_t>(tree_size)).member("settled_id", settled_id).end_object();
    write_files(out, files);
    out.end_object();
    return out.take() + '\n';
}

manifest manifest::parse(std::string_view text)
{
    const auto parsed = json::document::parse(text);
    if (!parsed)
        throw unreadable("manifest.json is no JSON: " + parsed.error().what);
    const auto root = parsed->root();
    if (root["format"].string() != pack_format)
        throw unreadable("manifest.json is of another format than this program knows");
    manifest out;
    member_reader read;
    out.exported_at = read.text(root["exported_at"]);
    out.exported_by = read.text(root["exported_by"]);
    out.from = read.text(root.at("/population/from"));
    out.to = read.text(root.at("/population/to"));
    out.population = read.count(root.at("/population/count"));
    if (const auto sample = root["sample"]) {
        out.sample_size = read.count(sample["size"]);
        out.sample_seed = read.text(sample["seed"]);
    }
    out.first_leaf = static_cast<std::uint64_t>(read.count(root.at("/tree/first_leaf")));
    out.tree_size = static_cast<std::uint64_t>(read.count(root.at("/tree/size")));
    out.settled_id = read.count(root.at("/tree/settled_id"));
    for (const auto& peak : root.at("/tree/frontier").elements())
        out.frontier += crypto::from_hex(read.text(peak)).value_or("");
    for (const auto& file : root["files"].elements())
        out.files.push_back({read.text(file["name"]), static_cast<std::uint64_t>(read.count(file["bytes"])),
                             read.text(file["sha256"])});
    if (!read.ok())
        throw unreadable("manifest.json lacks a member, or one is of another type than FORMAT.md says");
    return out;
}

std::string readme_text(const manifest& of)
{
    std::string out =
        "Evidence pack of Reclaim: seat removals from " + of.from + " up to " + of.to + " (exclusive)\n\n";
    out +=
        "Population: " + std::to_string(of.population) + " removals, by the query and parameters in manifest.json.\n";
    out += "Exported " + of.exported_at + " by the login " + of.exported_by + ".\n\n";
    out += "removals.csv              the population, one line per removal, without names\n"
           "names/removals.csv        the same with seat, subject, approver and requester\n";
    if (of.sample_size > 0)
        out += "sample.csv, names/sample.csv  the random sample, in the order drawn\n";
    out +=
        "events.ndjson             every event of the log from place " + std::to_string(of.first_leaf) + " to " +
        std::to_string(of.tree_size) +
        " (exclusive),\n"
        "                          line by line the very bytes that were sealed; they name nobody\n"
        "unsealed.ndjson           events that have no place in the sealed log: nothing is proven of them\n"
        "names/disclosures.ndjson  names and salts, which fit the commitments in the events\n"
        "checkpoints.txt           signed states of the log: the first, the last of each hour, the last\n"
        "manifest.json             what this is, and the SHA-256 of each file\n\n"
        "Delete the folder names before you hand the pack to somebody who may not see names: the rest still "
        "verifies.\n\n"
        "Verify, with the key to verify by and the checkpoints that you have from elsewhere than from the database:\n\n"
        "    python3 verify.py FOLDER --key 'ORIGIN+ID+KEY' --checkpoints YOUR_COPY.txt\n"
        "    reclaim-worker verify FOLDER --key 'ORIGIN+ID+KEY' --checkpoints YOUR_COPY.txt\n\n";
    if (of.sample_size > 0)
        out += "The sample: " + std::to_string(of.sample_size) +
               " removals, drawn with the seed in manifest.json. To draw it again, take for each line of\n"
               "removals.csv SHA-256 of the text SEED:LEAF_INDEX, in hexadecimal, and sort: the least are the sample. "
               "For one line:\n\n"
               "    printf '%s' 'SEED:LEAF_INDEX' | sha256sum\n\n";
    out += "verify.py and FORMAT.md, which says each file byte by byte, come with Reclaim in docs/verify.\n";
    return out;
}

}  // namespace reclaim::worker::evidence
