#pragma once
// Redirects this process's stderr to a file while it lives: what a logger really wrote, not what it was asked to write.
#include <cstdio>
#include <string>
#include <unistd.h>

namespace reclaim::testing {

class captured_stderr {
public:
    captured_stderr() : file_(std::tmpfile()), original_(::dup(STDERR_FILENO))
    {
        ::dup2(::fileno(file_), STDERR_FILENO);
    }

    ~captured_stderr()
    {
        ::dup2(original_, STDERR_FILENO);
        ::close(original_);
        std::fclose(file_);
    }

    captured_stderr(const captured_stderr&) = delete;
    captured_stderr& operator=(const captured_stderr&) = delete;

    std::string text() const
    {
        std::string all;
        std::fflush(stderr);
        std::rewind(file_);
        for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_))
            all += static_cast<char>(c);
        return all;
    }

private:
    std::FILE* file_;
    int original_;
};

}  // namespace reclaim::testing
