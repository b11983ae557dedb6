#include "common/config/secret_source.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace reclaim::config {

namespace {

constexpr std::size_t secret_bytes_max = 64 * 1024;

// Not a stream: the permissions must be those of the very file that is read.
class descriptor {
public:
    // O_NONBLOCK: opening a pipe nobody writes to must not hang the start.
    explicit descriptor(const std::filesystem::path& path)
        : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK))
    {}
    ~descriptor()
    {
        if (fd_ >= 0)
            ::close(fd_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;

    int get() const { return fd_; }

private:
    int fd_;
};

result<secret> refused(std::string why)
{
    return {boost::system::in_place_error, std::move(why)};
}

result<secret> refused_by_system(const char* what)
{
    return refused(std::string(what) + ": " + std::strerror(errno) + "; check the path and its permissions");
}

void strip_newline(std::string& bytes)
{
    for (const char end : {'\n', '\r'})
        if (!bytes.empty() && bytes.back() == end)
            bytes.pop_back();
}

// closed_to: the permission bits that must not be there.
result<secret> read_closed_file(const std::filesystem::path& path, mode_t closed_to)
{
    const descriptor file(path);
    struct stat status = {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
        return refused_by_system("the secret file cannot be opened");
    if (!S_ISREG(status.st_mode))
        return refused("this is not a file; name the file that holds the secret");
    if ((status.st_mode & closed_to) != 0)
        return refused("the secret file is open to group or others; run chmod 600 on it");

    std::string bytes;
    std::array<char, 4096> piece;
    for (;;) {
        const ssize_t count = ::read(file.get(), piece.data(), piece.size());
        if (count < 0)
            return refused_by_system("the secret file cannot be read");
        if (count == 0)
            break;
        bytes.append(piece.data(), static_cast<std::size_t>(count));
        if (bytes.size() > secret_bytes_max)
            return refused("the secret file is larger than 64 KiB; name the file that holds only the secret");
    }
    strip_newline(bytes);
    if (bytes.empty())
        return refused("the secret file is empty; write the secret into it");
    return secret(std::move(bytes));
}

}  // namespace

result<secret> read_secret_file(const std::filesystem::path& path)
{
    return read_closed_file(path, S_IRWXG | S_IRWXO);
}

result<secret> read_secret_credential(const std::string& name)
{
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (!folder || *folder == '\0')
        return refused(
            "no credentials were passed to this program; start it by systemd with LoadCredential=, or name a "
            "file instead");
    if (name.empty() || name.find('/') != name.npos || name.front() == '.')
        return refused("must be the name in LoadCredential=NAME:path, without a folder");
    // systemd opens it to the service's user by an access list, whose mask shows as bits of the group.
    return read_closed_file(std::filesystem::path(folder) / name, S_IRWXO);
}

result<secret> read_secret_environment(const std::string& name)
{
    const char* bytes = std::getenv(name.c_str());
    if (!bytes || *bytes == '\0')
        return refused("the environment variable is not set or empty; set it before the start");
    return secret(bytes);
}

}  // namespace reclaim::config
