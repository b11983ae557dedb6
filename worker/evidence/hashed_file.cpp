#include "worker/evidence/hashed_file.hpp"

#include "common/base/error.hpp"
#include "common/crypto/encoding.hpp"

namespace reclaim::worker::evidence {

hashed_file::hashed_file(const std::filesystem::path& folder, std::string name)
    : name_(std::move(name)),
      file_(folder / name_, std::ios::binary | std::ios::trunc)
{
    if (!file_)
        throw setup_error("cannot write " + (folder / name_).string() + ": mend the folder's permissions");
}

void hashed_file::write(std::string_view bytes)
{
    digest_.add(bytes);
    bytes_ += bytes.size();
    file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

file_facts hashed_file::close()
{
    file_.close();
    if (!file_)
        throw setup_error("could not write all of " + name_ + ": is the disk full? Export again to another folder");
    return {name_, bytes_, crypto::to_hex(crypto::as_bytes(digest_.finish()))};
}

}  // namespace reclaim::worker::evidence
