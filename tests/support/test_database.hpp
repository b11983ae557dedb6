#pragma once
// A database of its own for one test, cloned from a migrated template. RECLAIM_TEST_DATABASE names the cluster: the URI
// of a superuser. The template is built once per content of sql/ by psql, the way an administrator would.
#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"
#include "tests/support/repository.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <libpq-fe.h>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace reclaim::testing {

// Blocking, for tests to look at a database from outside of what is tested.
class sql_session {
public:
    explicit sql_session(const std::string& conninfo) : handle_(PQconnectdb(conninfo.c_str()), &PQfinish)
    {
        if (PQstatus(handle_.get()) != CONNECTION_OK)
            throw std::runtime_error(std::string("test database: ") + PQerrorMessage(handle_.get()));
        PQsetNoticeProcessor(handle_.get(), [](void*, const char*) {}, nullptr);
    }

    // Runs statements; the first column of the last one's first row, "" when there is none.
    std::string run(const std::string& sql)
    {
        const std::unique_ptr<PGresult, decltype(&PQclear)> got(PQexec(handle_.get(), sql.c_str()), &PQclear);
        const auto status = PQresultStatus(got.get());
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
            throw std::runtime_error(sql + ": " + PQerrorMessage(handle_.get()));
        return PQntuples(got.get()) > 0 ? PQgetvalue(got.get(), 0, 0) : "";
    }

private:
    std::unique_ptr<PGconn, decltype(&PQfinish)> handle_;
};

class test_database {
public:
    test_database()
    {
        static int count = 0;
        sql_session admin(conninfo_of("postgres", ""));
        name_ = "reclaim_test_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
        admin.run("drop database if exists " + name_ + " with (force)");
        admin.run("create database " + name_ + " template " + template_in(admin));
    }

    ~test_database()
    {
        try {
            sql_session(conninfo_of("postgres", "")).run("drop database if exists " + name_ + " with (force)");
        } catch (const std::exception&) {
            // The cluster is thrown away after the run; a test that stopped it has nothing to clean up.
        }
    }

    test_database(const test_database&) = delete;
    test_database& operator=(const test_database&) = delete;

    // As keyword=value text; empty user: the superuser.
    std::string conninfo(const std::string& user = "") const { return conninfo_of(name_, user); }
    // The same through another port, such as a tcp_gate's.
    std::string conninfo_by_port(std::uint16_t port, const std::string& user) const
    {
        return conninfo(user) + " host=127.0.0.1 port=" + std::to_string(port);
    }

    std::uint16_t port() const { return static_cast<std::uint16_t>(std::stoi(parameters().at("port"))); }

    std::string run(const std::string& sql) const { return sql_session(conninfo()).run(sql); }
    long number(const std::string& sql) const { return std::stol(run(sql)); }

    // Ends every other session of this database, as a restart of the server would.
    void cut_sessions() const
    {
        run("select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + name_ +
            "' and pid <> pg_backend_pid()");
    }

private:
    static std::map<std::string, std::string> parameters()
    {
        const char* uri = std::getenv("RECLAIM_TEST_DATABASE");
        if (!uri)
            throw std::runtime_error("set RECLAIM_TEST_DATABASE to the URI of a superuser of a private cluster");
        const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(uri, nullptr),
                                                                                   &PQconninfoFree);
        std::map<std::string, std::string> out{{"port", "5432"}};
        for (const auto* each = options.get(); each && each->keyword; ++each)
            if (each->val)
                out[each->keyword] = each->val;
        return out;
    }

    static std::string conninfo_of(const std::string& database, const std::string& user)
    {
        auto wanted = parameters();
        wanted["dbname"] = database;
        if (!user.empty())
            wanted["user"] = user;
        std::string out;
        for (const auto& [keyword, value] : wanted)
            out += keyword + "='" + value + "' ";
        return out;
    }

    static std::filesystem::path sql_folder() { return repository() / "sql"; }

    static std::string template_name()
    {
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(sql_folder()))
            if (entry.is_regular_file())
                files.push_back(entry.path());
        std::sort(files.begin(), files.end());
        std::ostringstream all;
        for (const auto& file : files)
            all << file.filename() << std::ifstream(file).rdbuf();
        return "reclaim_template_" + crypto::to_hex(crypto::as_bytes(crypto::sha256(all.str()))).substr(0, 16);
    }

    static std::string template_in(sql_session& admin)
    {
        static const std::string name = template_name();
        const std::string there = "select count(*) from pg_database where datname = '" + name + "'";
        // Several test programs may start at once; the lock ends with this session.
        admin.run("select pg_advisory_lock(hashtext('reclaim test template'))");
        if (admin.run(there) == "0") {
            const std::string draft = name + "_draft";
            admin.run("drop database if exists " + draft + " with (force)");
            admin.run("create database " + draft);
            const std::string command = "psql -X -q -v ON_ERROR_STOP=1 -f '" +
                                        (sql_folder() / "migrate.psql").string() + "' \"" + conninfo_of(draft, "") +
                                        "\" >/dev/null";
            if (std::system(command.c_str()) != 0)
                throw std::runtime_error("sql/migrate.psql failed; see psql's message above");
            // The name appears only when everything is in it.
            admin.run("alter database " + draft + " rename to " + name);
        }
        admin.run("select pg_advisory_unlock(hashtext('reclaim test template'))");
        return name;
    }

    std::string name_;
};

}  // namespace reclaim::testing
