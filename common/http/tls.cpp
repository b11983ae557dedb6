#include "common/http/tls.hpp"

#include "common/base/error.hpp"

#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

namespace reclaim::http {

namespace {

namespace ssl = boost::asio::ssl;

// Level 2 refuses RSA below 2048 bits and SHA-1 signatures, whatever the machine's openssl.cnf says.
constexpr int security_level = 2;

void harden(ssl::context& context)
{
    SSL_CTX* raw = context.native_handle();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_security_level(raw, security_level);
    SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
}

void check(const boost::system::error_code& error, const char* what, const std::string& file)
{
    if (error)
        throw setup_error("cannot use " + file + " as " + what + ": " + error.message() +
                          "; it must be a readable PEM file that holds one");
}

void trust(ssl::context& context, const char* what, const std::string& ca_file)
{
    boost::system::error_code error;
    context.load_verify_file(ca_file, error);
    check(error, what, ca_file);
}

}  // namespace

std::shared_ptr<tls_context> client_tls(const std::optional<std::string>& ca_file)
{
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    harden(*context);
    context->set_verify_mode(ssl::verify_peer);
    if (ca_file)
        trust(*context, "the certificate authority", *ca_file);
    else
        context->set_default_verify_paths();
    return context;
}

std::shared_ptr<tls_context> server_tls(const std::string& certificate_file, const std::string& key_file,
                                        const std::optional<std::string>& client_ca_file)
{
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    harden(*context);
    boost::system::error_code error;
    context->use_certificate_chain_file(certificate_file, error);
    check(error, "the certificate chain", certificate_file);
    // OpenSSL compares the key with the certificate here: a pair that does not belong together stops the start.
    context->use_private_key_file(key_file, ssl::context::pem, error);
    check(error, "the private key of that certificate", key_file);
    if (client_ca_file) {
        trust(*context, "the authority of client certificates", *client_ca_file);
        context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
        // Without a name for its sessions OpenSSL fails every resumption once client certificates are asked for.
        static constexpr unsigned char session_name[] = "reclaim";
        SSL_CTX_set_session_id_context(context->native_handle(), session_name, sizeof session_name - 1);
    }
    return context;
}

}  // namespace reclaim::http
