#pragma once
// The vendors' stand-in for C++ tests. RECLAIM_SANDBOX_BIN names the program, and each test starts its own; or
// RECLAIM_TEST_SANDBOX gives the URL of a running one.
#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace reclaim::testing {

// A sandbox of our own, ended and reaped with the test.
class sandbox_process {
public:
    explicit sandbox_process(const std::string& program)
    {
        int ends[2];
        REQUIRE(pipe(ends) == 0);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_addclose(&actions, ends[0]);
        posix_spawn_file_actions_addclose(&actions, ends[1]);
        std::string words[] = {program, "--listen", "127.0.0.1:0", "--log", "/dev/null"};
        char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                             words[3].data(), words[4].data(), nullptr};
        const int failed = posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
        close(ends[1]);
        INFO("RECLAIM_SANDBOX_BIN is " << program);
        REQUIRE(failed == 0);
        std::string line;
        for (char c = 0; read(ends[0], &c, 1) == 1 && c != '\n';)
            line += c;
        close(ends[0]);
        url_ = line.substr(std::min(line.find("http"), line.size()));
        REQUIRE_FALSE(url_.empty());
    }
    ~sandbox_process()
    {
        kill(pid_, SIGTERM);
        waitpid(pid_, nullptr, 0);
    }
    sandbox_process(const sandbox_process&) = delete;
    sandbox_process& operator=(const sandbox_process&) = delete;

    const std::string& url() const { return url_; }

private:
    pid_t pid_ = -1;
    std::string url_;
};

inline std::unique_ptr<sandbox_process> own_sandbox()
{
    const char* program = std::getenv("RECLAIM_SANDBOX_BIN");
    return program ? std::make_unique<sandbox_process>(program) : nullptr;
}

inline std::optional<std::string> url_of(const std::unique_ptr<sandbox_process>& own)
{
    if (own)
        return own->url();
    if (const char* url = std::getenv("RECLAIM_TEST_SANDBOX"))
        return url;
    WARN("skipped: set RECLAIM_SANDBOX_BIN to the reclaim-sandbox program, or RECLAIM_TEST_SANDBOX to its URL");
    return std::nullopt;
}

}  // namespace reclaim::testing
