#pragma once
// Certificates made for one test, in files of a directory that goes away with it.
#include <filesystem>
#include <fstream>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <string>

namespace http_test {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

struct certificate_wish {
    std::string common_name = "reclaim test";
    std::string alternative_names;  // "DNS:localhost,IP:127.0.0.1"; empty: none
    long starts_in_seconds = -3600;
    long ends_in_seconds = 3600;
    bool authority = false;
    unsigned rsa_bits = 0;  // 0: an elliptic key
    const EVP_MD* digest = EVP_sha256();

    static certificate_wish named(const std::string& name)
    {
        certificate_wish out;
        out.common_name = name;
        return out;
    }
    static certificate_wish for_names(const std::string& alternative_names)
    {
        certificate_wish out;
        out.alternative_names = alternative_names;
        return out;
    }
    static certificate_wish for_authority()
    {
        certificate_wish out = named("test authority");
        out.authority = true;
        return out;
    }
};

// A certificate and its key, signed by another identity or by itself.
class identity {
public:
    explicit identity(const certificate_wish& wish, const identity* signer = nullptr)
        : key_(wish.rsa_bits ? EVP_RSA_gen(wish.rsa_bits) : EVP_EC_gen("P-256"), EVP_PKEY_free),
          certificate_(X509_new(), X509_free)
    {
        static long serial = 1;
        X509* made = certificate_.get();
        X509_set_version(made, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made), serial++);
        X509_gmtime_adj(X509_getm_notBefore(made), wish.starts_in_seconds);
        X509_gmtime_adj(X509_getm_notAfter(made), wish.ends_in_seconds);
        X509_set_pubkey(made, key_.get());
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(wish.common_name.c_str()), -1, -1, 0);
        X509_set_issuer_name(made, X509_get_subject_name(signer ? signer->certificate_.get() : made));
        if (wish.authority)
            extend(NID_basic_constraints, "critical,CA:TRUE");
        if (!wish.alternative_names.empty())
            extend(NID_subject_alt_name, wish.alternative_names);
        if (X509_sign(made, (signer ? signer->key_ : key_).get(), wish.digest) == 0)
            throw std::runtime_error("cannot sign a test certificate");
    }

    void write(const std::filesystem::path& certificate, const std::filesystem::path& key) const
    {
        const std::unique_ptr<BIO, decltype(&BIO_free)> one(BIO_new_file(certificate.c_str(), "w"), BIO_free);
        const std::unique_ptr<BIO, decltype(&BIO_free)> two(BIO_new_file(key.c_str(), "w"), BIO_free);
        PEM_write_bio_X509(one.get(), certificate_.get());
        PEM_write_bio_PrivateKey(two.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    }

private:
    void extend(int kind, const std::string& value)
    {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
        X509_add_ext(certificate_.get(), extension, -1);
        X509_EXTENSION_free(extension);
    }

    key_ptr key_;
    certificate_ptr certificate_;
};

class certificate_folder {
public:
    certificate_folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "reclaim-tls-XXXXXX").string();
        if (!mkdtemp(name.data()))
            throw std::runtime_error("cannot make a temporary directory");
        path_ = name;
    }
    ~certificate_folder() { std::filesystem::remove_all(path_); }
    certificate_folder(const certificate_folder&) = delete;
    certificate_folder& operator=(const certificate_folder&) = delete;

    struct files {
        std::string certificate;
        std::string key;
    };
    files keep(const std::string& name, const identity& who) const
    {
        files out{(path_ / (name + ".pem")).string(), (path_ / (name + ".key")).string()};
        who.write(out.certificate, out.key);
        return out;
    }

private:
    std::filesystem::path path_;
};

}  // namespace http_test
