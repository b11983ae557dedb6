#include "worker/evidence/pack_writer.hpp"

#include "common/base/error.hpp"

namespace reclaim::worker::evidence {
namespace {

std::filesystem::path made(const std::filesystem::path& folder)
{
    std::error_code failed;
    if (std::filesystem::exists(folder, failed) && !std::filesystem::is_empty(folder, failed))
        throw setup_error("--out " + folder.string() + " is there already and not empty: name a new folder");
    if (!failed)
        std::filesystem::create_directories(folder / pack_file::names_folder, failed);
    if (failed)
        throw setup_error("--out " + folder.string() + " cannot be made (" + failed.message() +
                          "): name a folder you may write to");
    return folder;
}

}  // namespace

pack_writer::table::table(const std::filesystem::path& folder, std::string_view plain, std::string_view named,
                          const std::vector<std::string>& first)
    : without_names(folder, std::string(plain)),
      with_names(folder, std::string(named))
{
    without_names.write(csv_head(names::left_out, first));
    with_names.write(csv_head(names::shown, first));
}

void pack_writer::table::write(const removal_row& row, const std::vector<std::string>& first)
{
    without_names.write(csv_line(row, names::left_out, first));
    with_names.write(csv_line(row, names::shown, first));
}

pack_writer::pack_writer(const std::filesystem::path& folder)
    : folder_(made(folder)),
      events_(folder_, std::string(pack_file::events)),
      unsealed_(folder_, std::string(pack_file::unsealed)),
      disclosures_(folder_, std::string(pack_file::disclosures)),
      checkpoints_(folder_, std::string(pack_file::checkpoints)),
      removals_(folder_, pack_file::removals, pack_file::named_removals, {})
{}

void pack_writer::checkpoint(std::string_view note)
{
    checkpoints_.write(note);
    checkpoints_.write("\n");
}

void pack_writer::event(std::string_view line)
{
    events_.write(line);
    events_.write("\n");
}

void pack_writer::opened(const disclosure& what)
{
    disclosures_.write(line(what) + '\n');
}

void pack_writer::unsealed(std::string_view line)
{
    unsealed_.write(line);
    unsealed_.write("\n");
}

void pack_writer::removal(const removal_row& row)
{
    removals_.write(row);
}

void pack_writer::sampled(const removal_row& row, std::string_view seed)
{
    if (!sample_)
        sample_.emplace(folder_, pack_file::sample, pack_file::named_sample, sample_columns());
    sample_->write(row, {std::to_string(++drawn_), draw(seed, row.front())});
}

void pack_writer::finish(manifest of)
{
    hashed_file readme(folder_, std::string(pack_file::readme));
    readme.write(readme_text(of));
    std::vector<hashed_file*> all{&readme, &events_, &unsealed_, &checkpoints_, &removals_.without_names};
    if (sample_)
        all.push_back(&sample_->without_names);
    all.insert(all.end(), {&disclosures_, &removals_.with_names});
    if (sample_)
        all.push_back(&sample_->with_names);
    for (auto* file : all)
        of.files.push_back(file->close());
    hashed_file manifest(folder_, std::string(pack_file::manifest));
    manifest.write(of.text());
    manifest.close();
}

}  // namespace reclaim::worker::evidence
