#include "call_log.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "json.hpp"

namespace sandbox {
namespace {

std::string_view name_of(effect e)
{
    switch (e) {
    case effect::none:
        return "none";
    case effect::applied:
        return "applied";
    case effect::refused:
        return "refused";
    }
    return "";
}

}  // namespace

void call::note(std::string_view name, bool value)
{
    fields.push_back({name, value ? "true" : "false", field::kind::literal});
}

void call::note(std::string_view name, std::int64_t value)
{
    fields.push_back({name, std::to_string(value), field::kind::literal});
}

const std::string* call::noted(std::string_view name) const
{
    for (const field& f : fields)
        if (f.name == name)
            return &f.value;
    return nullptr;
}

call_log::call_log(const std::string& path)
    : file_{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)}
{
    if (file_ < 0)
        throw std::system_error{errno, std::generic_category(), "cannot open the log " + path};
}

call_log::~call_log()
{
    ::close(file_);
}

void call_log::write(const call& c, const request& r, unsigned status)
{
    json::writer line;
    line.open()
        .put("call_no", c.no)
        .put("at_us", epoch_us())
        .put("arrived_us", c.arrived_us)
        .put("vendor", c.vendor)
        .put("op", c.op)
        .put("method", r.method)
        .put("path", r.target)
        .put("status", static_cast<std::int64_t>(status))
        .put("effect", name_of(c.did))
        .put("fault", c.fault);
    for (const field& f : c.fields) {
        if (f.is == field::kind::text)
            line.put(f.name, f.value);
        else if (f.value == "true" || f.value == "false")
            line.put(f.name, f.value == "true");
        else
            line.put(f.name, static_cast<std::int64_t>(std::strtoll(f.value.c_str(), nullptr, 10)));
    }
    line.close();
    append(line.take());
    ++counts_[{c.op, name_of(c.did), c.fault}];
}

void call_log::replied(std::int64_t call_no, bool in_full)
{
    append("{\"reply_of\":" + std::to_string(call_no) + ",\"replied\":" + (in_full ? "true" : "false") + "}");
}

// One write per line: O_APPEND keeps lines whole even for a reader that follows the file.
void call_log::append(std::string line)
{
    line.push_back('\n');
    std::string_view rest = line;
    while (!rest.empty()) {
        const auto wrote = ::write(file_, rest.data(), rest.size());
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            std::perror("reclaim-sandbox: the log cannot be written");
            std::abort();
        }
        rest.remove_prefix(static_cast<std::size_t>(wrote));
    }
}

std::string call_log::ledger() const
{
    std::int64_t total = 0;
    json::writer out;
    out.open().open_list("counts");
    for (const auto& [what, count] : counts_) {
        const auto& [op, did, fault] = what;
        out.open().put("op", op).put("effect", did).put("fault", fault).put("count", count).close();
        total += count;
    }
    out.close_list().put("total", total).close();
    return out.take();
}

}  // namespace sandbox
