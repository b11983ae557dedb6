#include "worker/evidence/mapped_file.hpp"

#include "worker/evidence/report.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace reclaim::worker::evidence {

mapped_file::mapped_file(const std::string& path)
{
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat facts{};
    const bool opened = file >= 0 && fstat(file, &facts) == 0;
    void* begin = nullptr;
    if (opened && facts.st_size > 0)
        begin = mmap(nullptr, static_cast<std::size_t>(facts.st_size), PROT_READ, MAP_PRIVATE, file, 0);
    const int why = errno;
    if (file >= 0)
        close(file);
    if (!opened || begin == MAP_FAILED)
        throw unreadable("cannot read " + path + ": " + std::strerror(why));
    if (begin)
        text_ = {static_cast<const char*>(begin), static_cast<std::size_t>(facts.st_size)};
}

mapped_file::~mapped_file()
{
    if (!text_.empty())
        munmap(const_cast<char*>(text_.data()), text_.size());
}

}  // namespace reclaim::worker::evidence
