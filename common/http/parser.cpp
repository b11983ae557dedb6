#include "common/http/parser.hpp"

#include "common/http/text.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <optional>

namespace reclaim::http {

namespace {

namespace beast = boost::beast::http;
using boost::beast::error_code;
using text = boost::beast::string_view;

constexpr std::size_t answer_header_bytes_max = 32 * 1024;
constexpr int interim_answers_max = 8;

std::string_view view(text from)
{
    return {from.data(), from.size()};
}

// basic_parser's callbacks filling our own structs: Beast's message type would allocate a node per field, only to be
// copied.
template <bool IsRequest, class Message>
class filling_parser : public beast::basic_parser<IsRequest> {
public:
    Message message;

protected:
    void on_request_impl(beast::verb, text method, text target, int, error_code&) override
    {
        if constexpr (IsRequest) {
            message.method = view(method);
            message.target = view(target);
        }
    }
    void on_response_impl(int status, text, int, error_code&) override
    {
        if constexpr (!IsRequest)
            message.status = static_cast<unsigned>(status);
    }
    void on_field_impl(beast::field, text name, text value, error_code&) override
    {
        // A trailer comes after the header was judged; merging it would let it pose as a header.
        if (!this->is_header_done())
            message.headers.push_back({std::string(view(name)), std::string(view(value))});
    }
    void on_header_impl(error_code& error) override
    {
        if constexpr (!IsRequest) {
            const auto encodings = count(message.headers, "transfer-encoding");
            const auto lengths = count(message.headers, "content-length");
            if (encodings > 1 || (encodings == 1 && !same_text(*find(message.headers, "transfer-encoding"), "chunked")))
                error = beast::error::bad_transfer_encoding;
            else if (lengths + encodings > 1)
                error = beast::error::bad_content_length;
            else if (lengths == 1 && !all(*find(message.headers, "content-length"), digit_char))
                error = beast::error::bad_content_length;
        }
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override
    {
        // The parser has checked the length against body_limit. An answer may announce more than it sends: do not
        // set memory aside on its word alone.
        if (IsRequest && length)
            message.body.reserve(static_cast<std::size_t>(*length));
    }
    std::size_t on_body_impl(text body, error_code&) override
    {
        message.body.append(body.data(), body.size());
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code&) override
    {
        message.body.append(body.data(), body.size());
        return body.size();
    }
    void on_finish_impl(error_code&) override {}
};

using request_reader = filling_parser<true, request>;
using answer_reader = filling_parser<false, response>;

}  // namespace

std::optional<request> parse_request(std::string_view bytes, std::size_t fields, std::size_t body_bytes_max)
{
    request_reader reader;
    reader.eager(true);
    reader.body_limit(body_bytes_max);
    reader.message.headers.reserve(fields);
    error_code error;
    const std::size_t taken = reader.put({bytes.data(), bytes.size()}, error);
    if (error || !reader.is_done() || taken != bytes.size() || reader.message.headers.size() != fields)
        return std::nullopt;
    return std::move(reader.message);
}

struct answer_parser::impl {
    std::size_t body_bytes_max;
    body_rule rule;
    std::optional<answer_reader> reader;
    int interim = 0;

    void restart()
    {
        reader.emplace();
        reader->eager(true);
        reader->header_limit(answer_header_bytes_max);
        reader->body_limit(body_bytes_max);
        reader->skip(rule == body_rule::none);
    }
};

answer_parser::answer_parser(std::size_t body_bytes_max, body_rule rule)
    : impl_(std::make_unique<impl>(impl{body_bytes_max, rule, std::nullopt, 0}))
{
    impl_->restart();
}

answer_parser::~answer_parser() = default;

result<std::size_t> answer_parser::feed(std::string_view bytes)
{
    std::size_t taken = 0;
    while (taken < bytes.size() && !done()) {
        error_code error;
        taken += impl_->reader->put({bytes.data() + taken, bytes.size() - taken}, error);
        if (error == beast::error::need_more)
            break;
        if (error)
            return error.message();
        if (!impl_->reader->is_done() || impl_->reader->message.status >= 200)
            continue;
        if (impl_->reader->message.status == 101)
            return std::string("the answer switches protocols");
        if (++impl_->interim > interim_answers_max)
            return std::string("too many interim answers");
        impl_->restart();
    }
    return taken;
}

result<void> answer_parser::end_of_stream()
{
    if (!impl_->reader->is_header_done())
        return std::string("the connection closed before the answer");
    error_code error;
    if (!done())
        impl_->reader->put_eof(error);
    if (error)
        return error.message();
    return {};
}

bool answer_parser::done() const
{
    return impl_->reader->is_done();
}

bool answer_parser::reusable() const
{
    return done() && impl_->reader->keep_alive();
}

response answer_parser::take()
{
    return std::move(impl_->reader->message);
}

}  // namespace reclaim::http
