#pragma once
// Plain blocking SQL for commands that run once and end: whole files in the simple protocol. The programs that serve
// use connection.hpp.
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct pg_conn;

namespace reclaim::pg {

class script {
public:
    // Throws connection_lost with libpq's words.
    explicit script(const std::string& conninfo, const std::string& application_name);
    ~script();
    script(const script&) = delete;
    script& operator=(const script&) = delete;

    // Any number of statements. Throws pg::error naming `what`. A COMMIT inside counts only when its tag says so.
    void run(const std::string& sql, const std::string& what);
    // Rows as text; SQL null is nothing.
    std::vector<std::vector<std::optional<std::string>>> rows(const std::string& sql,
                                                              const std::vector<std::string>& with = {});

private:
    pg_conn* handle_ = nullptr;
};

}  // namespace reclaim::pg
