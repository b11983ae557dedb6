#pragma once
// TLS 1.2+ contexts. Asio's own defaults verify nothing and speak TLS 1.0, so every setting that matters is made here.
// All throw setup_error naming the file and what is wrong with it.
#include <memory>
#include <optional>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace reclaim::http {

using tls_context = boost::asio::ssl::context;

// Verifies the peer against ca_file (PEM), or the system's roots. The host name is bound per connection, see channel.
std::shared_ptr<tls_context> client_tls(const std::optional<std::string>& ca_file);

// client_ca_file: when set, a client without a certificate signed by it is refused in the handshake.
std::shared_ptr<tls_context> server_tls(const std::string& certificate_file, const std::string& key_file,
                                        const std::optional<std::string>& client_ca_file);

}  // namespace reclaim::http
