#pragma once
// What ends a database operation. SQLSTATEs that a caller branches on (RC409 and its kin) are read from pg::error;
// whether the connection survived is asked of the connection.
#include <stdexcept>
#include <string>

namespace reclaim::pg {

struct error : std::runtime_error {
    error(std::string sqlstate_, const std::string& message, std::string statement_)
        : std::runtime_error(statement_ + ": " + message + " [" + sqlstate_ + "]"),
          sqlstate(std::move(sqlstate_)),
          statement(std::move(statement_))
    {}

    std::string sqlstate;  // "" when the failure is libpq's own
    std::string statement;

    // A fresh transaction may succeed: serialization failure, deadlock, lock timeout.
    bool worth_repeating() const { return sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03"; }
    // The data itself was refused (classes 22 and 23): repeating the same batch cannot help.
    bool about_data() const { return sqlstate.starts_with("22") || sqlstate.starts_with("23"); }
};

// The connection is gone or was never there. Nothing is known to have been committed and nothing was in doubt.
struct connection_lost : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// COMMIT was sent and its outcome is not known: the connection died inside it, its tag was not COMMIT, or a warning
// came with it (a cancelled wait for the synchronous standby says COMMIT and only warns). Never acknowledge after this.
struct commit_in_doubt : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace reclaim::pg
