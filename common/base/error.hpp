#pragma once
// The two channels of failure. result<T> carries an answer the caller's next line branches on; exceptions end the
// operation whatever the caller thinks. What a vendor did is neither: see worker/connectors/outcome.hpp.
#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>

namespace reclaim {

template <class T, class E = std::string>
using result = boost::system::result<T, E>;

// A configuration or a start-up condition a person must mend. what() names the thing, its shape and the fix.
struct setup_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace reclaim
