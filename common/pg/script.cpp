#include "common/pg/script.hpp"

#include "common/pg/error.hpp"

#include <libpq-fe.h>

namespace reclaim::pg {
namespace {

using answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

std::string field(const PGresult* result, int which)
{
    const char* text = PQresultErrorField(result, which);
    return text ? text : "";
}

void check(const PGresult* result, PGconn* handle, const std::string& what)
{
    const auto status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
        return;
    if (PQstatus(handle) == CONNECTION_BAD)
        throw connection_lost(what + ": " + PQerrorMessage(handle));
    throw error(field(result, PG_DIAG_SQLSTATE), field(result, PG_DIAG_MESSAGE_PRIMARY), what);
}

}  // namespace

script::script(const std::string& conninfo, const std::string& application_name)
{
    const char* keywords[] = {"connect_timeout", "dbname", "application_name", nullptr};
    const char* values[] = {"5", conninfo.c_str(), application_name.c_str(), nullptr};
    handle_ = PQconnectdbParams(keywords, values, 1);
    if (PQstatus(handle_) != CONNECTION_OK) {
        const std::string why = PQerrorMessage(handle_);
        PQfinish(handle_);
        throw connection_lost(why.substr(0, why.find('\n')));
    }
    PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
}

script::~script()
{
    PQfinish(handle_);
}

void script::run(const std::string& sql, const std::string& what)
{
    const answer got(PQexec(handle_, sql.c_str()), PQclear);
    check(got.get(), handle_, what);
    if (sql == "commit" && std::string(PQcmdStatus(got.get())) != "COMMIT")
        throw error("", "the transaction was rolled back", what);
}

std::vector<std::vector<std::optional<std::string>>> script::rows(const std::string& sql,
                                                                  const std::vector<std::string>& with)
{
    std::vector<const char*> values;
    for (const auto& value : with)
        values.push_back(value.c_str());
    const answer got(PQexecParams(handle_, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                                  nullptr, nullptr, 0),
                     PQclear);
    check(got.get(), handle_, sql);
    std::vector<std::vector<std::optional<std::string>>> out;
    for (int row = 0; row < PQntuples(got.get()); ++row) {
        auto& cells = out.emplace_back();
        for (int column = 0; column < PQnfields(got.get()); ++column) {
            if (PQgetisnull(got.get(), row, column))
                cells.emplace_back();
            else
                cells.emplace_back(PQgetvalue(got.get(), row, column));
        }
    }
    return out;
}

}  // namespace reclaim::pg
