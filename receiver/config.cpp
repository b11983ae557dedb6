#include "receiver/config.hpp"

#include "common/crypto/digest.hpp"
#include "common/queue/database.hpp"

#include <algorithm>

namespace reclaim::receiver {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t source_name_bytes_max = 64;
constexpr std::size_t status_token_bytes_min = 16;

http::server_options read_listener(config::table section, std::uint16_t default_port)
{
    http::server_options out;
    out.address = section.text("address", "127.0.0.1");
    out.port = static_cast<std::uint16_t>(section.integer("port", default_port, 0, 65535));
    return out;
}

void read_outward_options(config::table section, http::server_options& out)
{
    out.tls_certificate_file = section.optional_path("tls_certificate_file");
    out.tls_key_file = section.optional_path("tls_key_file");
    out.tls_client_ca_file = section.optional_path("tls_client_ca_file");
    if (out.tls_certificate_file && !out.tls_key_file)
        section.problem("tls_certificate_file", "has no key; add tls_key_file = \"path\"");
    if (!out.tls_certificate_file && (out.tls_key_file || out.tls_client_ca_file))
        section.problem(out.tls_key_file ? "tls_key_file" : "tls_client_ca_file",
                        "means nothing without a certificate; add tls_certificate_file = \"path\"");
    out.hosts = section.texts("hosts");
    out.connections_max = static_cast<std::size_t>(section.integer("connections_max", 2048, 1, 100000));
}

accept_options read_accept(config::table section)
{
    accept_options out;
    out.connections = static_cast<std::size_t>(section.integer("connections", 2, 1, 32));
    out.batch_max = static_cast<std::size_t>(section.integer("batch_max", 256, 1, 4096));
    out.waiting_max = static_cast<std::size_t>(section.integer("waiting_max", 4096, 1, 100000));
    out.wait_max = section.duration("wait_max", 200ms, 10ms, 5s);
    out.deadline = section.duration("deadline", 5s, 100ms, 60s);
    return out;
}

std::string read_public_url(config::table section)
{
    std::string url = section.text("public_url", "");
    while (url.ends_with('/'))
        url.pop_back();
    if (!url.empty() && !url.starts_with("https://") && !url.starts_with("http://"))
        section.problem("public_url", "must begin with https:// or http://, such as \"https://reclaim.example.com\"");
    return url;
}

log::level read_log_level(config::table section)
{
    const std::string word = section.text("log_level", "info");
    constexpr std::pair<std::string_view, log::level> levels[] = {{"debug", log::level::debug},
                                                                  {"info", log::level::info},
                                                                  {"warn", log::level::warn},
                                                                  {"error", log::level::error}};
    for (const auto& [name, level] : levels)
        if (word == name)
            return level;
    section.problem("log_level", "must be \"debug\", \"info\", \"warn\" or \"error\"");
    return log::level::info;
}

std::string known_events_text()
{
    std::string out;
    for (const event& each : known_events())
        out += (out.empty() ? "" : ", ") + std::string(each.type);
    return out;
}

mapping read_mapping(config::table section)
{
    mapping_options options;
    auto fields = section.sub("fields");
    for (auto& [name, pointer] : fields.text_members()) {
        if (name != "type" && !is_field(name))
            fields.problem(name, "is no field of ours; remove it or correct its name");
        if (!json::is_pointer(pointer))
            fields.problem(name, "must be a JSON Pointer (RFC 6901) such as \"/data/user/id\"");
        options.pointers.emplace(name, pointer);
    }
    auto types = section.sub("types");
    for (auto& [theirs, ours] : types.text_members()) {
        if (!find_event(ours))
            types.problem(theirs, "must be one of: " + known_events_text());
        options.types.emplace(theirs, ours);
    }
    options.events = section.texts("events");
    for (const auto& each : options.events)
        if (!find_event(each))
            section.problem("events", "must list only: " + known_events_text());
    options.json_in = section.texts("json_in");
    for (const auto& each : options.json_in)
        if (!json::is_pointer(each) || each.empty())
            section.problem("json_in", "must list JSON Pointers (RFC 6901) such as \"/actions/0/value\"");
    if (section.flag("unix_times", false))
        options.times = times::unix_too;
    options.bounds.members_max = static_cast<std::size_t>(section.integer("members_max", 256, 16, 4096));
    return mapping(options);
}

bool is_source_name(std::string_view name)
{
    return name.size() <= source_name_bytes_max && std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
           });
}

std::unique_ptr<const schemes::scheme> read_scheme(config::table& section, const schemes::scheme_kind& kind,
                                                   const schemes::scheme_options& options, bool clients_are_known)
{
    if (kind.behind_client_certificates && !clients_are_known)
        section.problem("scheme", "\"" + std::string(kind.name) +
                                      "\" proves nothing about a request's body, so it is taken only from clients that "
                                      "show a certificate; set tls_client_ca_file in [receiver], or have the sender "
                                      "sign and choose another scheme");
    if (options.tolerance && !kind.signs_time)
        section.problem("tolerance",
                        "means nothing to \"" + std::string(kind.name) + "\", which signs no time; remove it");
    auto made = kind.make(options);
    if (made)
        return std::move(*made);
    section.problem(section.has("secret_files") ? "secret_files" : "secret_file", made.error());
    return nullptr;
}

source read_source(const std::string& name, config::table section, bool clients_are_known)
{
    source out;
    out.name = name;
    if (!is_source_name(name))
        section.problem("", "a source's name is part of its URL; use 1 to 64 of a-z, 0-9, '_' and '-'");
    schemes::scheme_options options;
    options.secrets = section.secrets("secret");
    if (section.has("tolerance"))
        options.tolerance =
            std::chrono::duration_cast<std::chrono::seconds>(section.duration("tolerance", 300s, 10s, 1h));
    if (const auto* const kind = schemes::find_scheme(section.text("scheme", "standard"))) {
        out.scheme = read_scheme(section, *kind, options, clients_are_known);
        out.accepted_status = kind->accepted_status;
    } else {
        section.problem("scheme", "must be one of: " + schemes::scheme_names());
    }
    out.client_names = section.texts("client_names");
    if (!out.client_names.empty() && !clients_are_known)
        section.problem("client_names",
                        "means nothing where clients show no certificate; set tls_client_ca_file in [receiver]");
    const auto form = body_form::parse(section.text("body", "json"));
    if (form)
        out.form = *form;
    else
        section.problem("body", "must be \"json\", or \"form:\" and the name of the field that holds the JSON");
    out.status_token = section.optional_secret("status_token");
    if (out.status_token && out.status_token->reveal().size() < status_token_bytes_min)
        section.problem("status_token_file", "holds fewer than 16 bytes; write a random token into it");
    out.mapping = read_mapping(section);
    return out;
}

// The token alone says who asks.
bool shares_token(const source& one, const std::vector<source>& others)
{
    return one.status_token && std::any_of(others.begin(), others.end(), [&](const source& other) {
               return other.status_token && other.status_token->reveal() == one.status_token->reveal();
           });
}

std::vector<source> read_sources(config::table section, bool clients_are_known)
{
    std::vector<source> out;
    for (auto& [name, each] : section.subs("sources")) {
        source made = read_source(name, each, clients_are_known);
        if (shares_token(made, out))
            each.problem("status_token_file", "holds the same token as another source; give each its own");
        out.push_back(std::move(made));
    }
    if (out.empty())
        section.problem("sources", "there is none; add [receiver.sources.NAME] with secret_file = \"path\"");
    return out;
}

}  // namespace

receiver_config read_config(config::file& from)
{
    receiver_config out;
    auto root = from.root();
    out.database = queue::read_database(root.sub("database"), "reclaim-receiver");
    auto section = root.sub("receiver");
    out.listener = read_listener(section, 8080);
    read_outward_options(section, out.listener);
    out.ops = read_listener(section.sub("ops"), 8081);
    out.accept = read_accept(section.sub("accept"));
    out.public_url = read_public_url(section);
    out.notify = section.flag("notify", true);
    out.log_level = read_log_level(section);
    out.sources = read_sources(section, out.listener.tls_client_ca_file.has_value());
    // The worker's part of the same file.
    for (const auto* section_name :
         {"worker", "proxy", "policy", "connectors", "apps", "linear", "confirmation", "seal"})
        root.ignore(section_name);
    from.finish();
    return out;
}

}  // namespace reclaim::receiver
