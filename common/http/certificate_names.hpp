#pragma once
// Whom a certificate is made out to. That it is genuine has been settled in the handshake.
#include <openssl/x509.h>
#include <string>
#include <vector>

namespace reclaim::http {

// Its DNS names and URIs; the common name counts only where it has none of these, as browsers once did.
std::vector<std::string> certificate_names(const X509& certificate);

}  // namespace reclaim::http
