#include "contract_table.hpp"

#include "common/config/reader.hpp"

namespace reclaim::testing {

namespace {

http::headers read_headers(config::table at)
{
    http::headers made;
    for (auto& [name, value] : at.text_members())
        made.push_back({name, value});
    return made;
}

contract_row read_row(config::table at)
{
    contract_row made;
    made.got.status = static_cast<unsigned>(at.integer("status", 0, 100, 599));
    made.got.body = at.text("body", "");
    made.got.headers = read_headers(at.sub("headers"));
    made.pages = at.texts("pages");
    made.outcome = at.text("outcome");
    at.ignore("why");  // for the reader
    return made;
}

contract_call read_call(config::table at)
{
    contract_call made;
    made.request = at.text("request");
    made.next_requests = at.texts("next_requests");
    made.headers = read_headers(at.sub("headers"));
    made.body = at.text("body", "");
    made.well = at.text("well", "");
    for (const config::table& row : at.items("answers"))
        made.rows.push_back(read_row(row));
    if (made.rows.empty())
        at.problem("answers", "has no rows");
    return made;
}

}  // namespace

contract_table load_contract(const std::filesystem::path& path)
{
    config::file from = config::file::load(path.string());
    config::table root = from.root();
    contract_table made;
    made.name = path.stem().string();
    made.url = root.text("url", "https://vendor.test");
    for (auto& [name, value] : root.sub("vars").text_members())
        made.vars.emplace(name, value);
    made.check = read_call(root.sub("check"));
    made.revoke = read_call(root.sub("revoke"));
    made.health = read_call(root.sub("health"));
    from.finish();
    return made;
}

}  // namespace reclaim::testing
