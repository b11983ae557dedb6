#pragma once
// Stands between RapidJSON's reader and the document it fills, and refuses what the reader lets through.
#include "common/json/document.hpp"
#include "common/json/rapidjson.hpp"
#include "common/json/text.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace reclaim::json {

class strict_builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, strict_builder> {
public:
    strict_builder(rapidjson::Document& target, limits bounds) : target_(target), bounds_(bounds) {}

    // Why the reader was told to stop; null when it stopped by itself.
    const char* refusal() const { return refusal_; }

    bool Null() { return count_value() && target_.Null(); }
    bool Bool(bool flag) { return count_value() && target_.Bool(flag); }

    // Numbers come as text, since RapidJSON 1.1 overflows on long negative exponents ("0.0000000001e-2147483639") and
    // reads outside its table of powers.
    bool RawNumber(const char* text, rapidjson::SizeType length, bool)
    {
        if (!count_value())
            return false;
        if (const auto whole = read_all<std::int64_t>(text, length))
            return target_.Int64(*whole);
        if (const auto whole = read_all<std::uint64_t>(text, length))
            return target_.Uint64(*whole);
        if (const auto real = read_all<double>(text, length))
            return target_.Double(*real);
        return refuse("a number is out of range");
    }

    bool String(const char* text, rapidjson::SizeType length, bool)
    {
        return count_value() && check_text({text, length}) && target_.String(text, length, true);
    }

    bool Key(const char* text, rapidjson::SizeType length, bool)
    {
        if (!check_text({text, length}))
            return false;
        keys_.push_back({key_bytes_.size(), length});
        key_bytes_.append(text, length);
        return target_.Key(text, length, true);
    }

    bool StartObject() { return count_value() && descend() && target_.StartObject(); }
    bool StartArray() { return count_value() && descend() && target_.StartArray(); }

    bool EndObject(rapidjson::SizeType members)
    {
        --depth_;
        return check_unique(members) && target_.EndObject(members);
    }

    bool EndArray(rapidjson::SizeType elements)
    {
        --depth_;
        return target_.EndArray(elements);
    }

    // The reader's own number events, which never come: see RawNumber.
    bool Default() { return refuse("a number of unknown form"); }

private:
    // Keys of the objects still open lie one after another in key_bytes_, so reading a key allocates nothing.
    struct key {
        std::size_t begins_at;
        std::size_t length_bytes;
    };

    template <class T>
    static std::optional<T> read_all(const char* text, std::size_t length)
    {
        T number{};
        const auto [end, failure] = std::from_chars(text, text + length, number);
        if (failure != std::errc{} || end != text + length)
            return std::nullopt;
        return number;
    }

    bool refuse(const char* why)
    {
        refusal_ = why;
        return false;
    }

    // Every member and every element has one value; only the root belongs to neither.
    bool count_value() { return values_++ <= bounds_.members_max || refuse("too many members and elements"); }

    bool descend() { return ++depth_ <= bounds_.depth_max || refuse("nested too deeply"); }

    bool check_text(std::string_view text)
    {
        switch (find_fault(text)) {
        case text_fault::none:
            return true;
        case text_fault::not_utf8:
            return refuse("a string is not valid UTF-8 or holds half a surrogate pair");
        case text_fault::nul:
            return refuse("a string holds NUL");
        case text_fault::non_character:
            return refuse("a string holds a Unicode non-character");
        }
        return false;
    }

    // Sorting keeps this cheap for any keys; a hash set could be made slow by chosen ones.
    bool check_unique(std::size_t members)
    {
        if (members == 0)
            return true;
        const auto first = keys_.end() - static_cast<std::ptrdiff_t>(members);
        const std::size_t object_begins_at = first->begins_at;
        const auto text = [this](key k) { return std::string_view(key_bytes_).substr(k.begins_at, k.length_bytes); };
        std::sort(first, keys_.end(), [&](key a, key b) { return text(a) < text(b); });
        const bool unique =
            std::adjacent_find(first, keys_.end(), [&](key a, key b) { return text(a) == text(b); }) == keys_.end();
        keys_.erase(first, keys_.end());
        key_bytes_.resize(object_begins_at);
        return unique || refuse("an object has the same key twice");
    }

    rapidjson::Document& target_;
    limits bounds_;
    const char* refusal_ = nullptr;
    std::size_t values_ = 0;
    std::size_t depth_ = 0;
    std::vector<key> keys_;
    std::string key_bytes_;
};

}  // namespace reclaim::json
