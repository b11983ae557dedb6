#include "common/base/overloaded.hpp"
#include "common/base/secret.hpp"

#include <catch2/catch.hpp>
#include <ostream>
#include <type_traits>
#include <variant>

using reclaim::secret;

namespace {

template <class T, class = void>
struct is_streamable : std::false_type {};
template <class T>
struct is_streamable<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<const T&>())>>
    : std::true_type {};

static_assert(is_streamable<std::string>::value, "the probe must recognise what can be streamed");

}  // namespace

TEST_CASE("a secret cannot be printed or turned into text by accident")
{
    STATIC_REQUIRE_FALSE(is_streamable<secret>::value);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<secret, std::string>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<secret, std::string_view>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<std::string, secret>);
}

TEST_CASE("a secret gives its bytes only when asked to reveal them")
{
    CHECK(secret("hunter2").reveal() == "hunter2");
    CHECK(secret().empty());
}

TEST_CASE("each alternative of a variant reaches its own lambda")
{
    const auto name = reclaim::overloaded{[](int) { return "number"; }, [](const std::string&) { return "text"; }};
    std::variant<int, std::string> either = 7;
    CHECK(std::visit(name, either) == std::string("number"));
    either = "seven";
    CHECK(std::visit(name, either) == std::string("text"));
}
