#include "common/http/certificate_names.hpp"

#include <memory>
#include <openssl/x509v3.h>

namespace reclaim::http {

namespace {

// Nothing for a name that holds a NUL: "good.test\0.evil.test" must not be read as its beginning.
void add(std::vector<std::string>& out, const ASN1_STRING* text)
{
    std::string name(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<std::size_t>(ASN1_STRING_length(text)));
    if (!name.empty() && name.find('\0') == std::string::npos)
        out.push_back(std::move(name));
}

}  // namespace

std::vector<std::string> certificate_names(const X509& certificate)
{
    std::vector<std::string> out;
    const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> alternatives(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)),
        GENERAL_NAMES_free);
    for (int i = 0; alternatives && i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
        int kind = 0;
        const void* const value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(alternatives.get(), i), &kind);
        if (kind == GEN_DNS || kind == GEN_URI)
            add(out, static_cast<const ASN1_STRING*>(value));
    }
    if (!out.empty())
        return out;
    X509_NAME* const subject = X509_get_subject_name(&certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at >= 0)
        add(out, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    return out;
}

}  // namespace reclaim::http
