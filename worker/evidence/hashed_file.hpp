#pragma once
// A file of an evidence pack while it is written: knows its length and SHA-256 at the end, for the manifest.
#include "common/crypto/digest.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace reclaim::worker::evidence {

// What the manifest says of one file.
struct file_facts {
    std::string name;
    std::uint64_t bytes = 0;
    std::string sha256;  // hexadecimal
};

class hashed_file {
public:
    // Below `folder`, which exists. Throws setup_error when it cannot be written.
    hashed_file(const std::filesystem::path& folder, std::string name);

    void write(std::string_view bytes);
    // Once, at the end. Throws setup_error when not everything reached the file: a full disk shows here.
    file_facts close();

private:
    std::string name_;
    std::ofstream file_;
    crypto::sha256_stream digest_;
    std::uint64_t bytes_ = 0;
};

}  // namespace reclaim::worker::evidence
