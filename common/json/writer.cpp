#include "common/json/writer.hpp"

#include "common/json/rapidjson.hpp"
#include "common/json/text.hpp"

#include <cassert>
#include <cmath>

namespace reclaim::json {

namespace {

// The text itself, or a copy in room with U+FFFD for everything that our own reader would refuse.
std::string_view readable(std::string_view text, std::string& room)
{
    if (find_fault(text) == text_fault::none)
        return text.empty() ? std::string_view("") : text;  // RapidJSON wants an address, also for nothing
    while (!text.empty()) {
        const text_step step = first_step(text);
        room += step.fault == text_fault::none ? text.substr(0, step.length_bytes) : "\uFFFD";
        text.remove_prefix(step.length_bytes);
    }
    return room;
}

rapidjson::SizeType length_of(std::string_view text)
{
    return static_cast<rapidjson::SizeType>(text.size());
}

}  // namespace

struct writer::impl {
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> out{text};
};

writer::writer() : impl_(std::make_unique<impl>()) {}
writer::~writer() = default;

writer& writer::begin_object()
{
    impl_->out.StartObject();
    return *this;
}

writer& writer::end_object()
{
    impl_->out.EndObject();
    return *this;
}

writer& writer::begin_array()
{
    impl_->out.StartArray();
    return *this;
}

writer& writer::end_array()
{
    impl_->out.EndArray();
    return *this;
}

writer& writer::key(std::string_view name)
{
    std::string room;
    const std::string_view text = readable(name, room);
    impl_->out.Key(text.data(), length_of(text));
    return *this;
}

writer& writer::string(std::string_view text)
{
    std::string room;
    const std::string_view clean = readable(text, room);
    impl_->out.String(clean.data(), length_of(clean));
    return *this;
}

writer& writer::integer(std::int64_t number)
{
    impl_->out.Int64(number);
    return *this;
}

writer& writer::real(double number)
{
    // JSON has no word for NaN and infinity.
    if (std::isfinite(number))
        impl_->out.Double(number);
    else
        impl_->out.Null();
    return *this;
}

writer& writer::boolean(bool flag)
{
    impl_->out.Bool(flag);
    return *this;
}

writer& writer::null()
{
    impl_->out.Null();
    return *this;
}

writer& writer::raw(std::string_view json_text)
{
    assert(!json_text.empty());
    // The type only matters for keys, and no key is written raw.
    impl_->out.RawValue(json_text.data(), json_text.size(), rapidjson::kObjectType);
    return *this;
}

std::string writer::take()
{
    assert(impl_->out.IsComplete());
    std::string text(impl_->text.GetString(), impl_->text.GetSize());
    impl_->text.Clear();
    impl_->out.Reset(impl_->text);
    return text;
}

}  // namespace reclaim::json
