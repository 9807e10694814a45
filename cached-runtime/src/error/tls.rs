//! Why no protected connection came about: one word for each cause that can be told apart.

use std::fmt;

/// Why there is no protected connection to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsFault {
    /// The server's certificate leads to no authority that we trust.
    Untrusted,
    /// The server's certificate is no longer valid.
    Expired,
    /// The server's certificate is not valid yet, or our clock is wrong.
    NotYetValid,
    /// The server's certificate is another host's.
    WrongName,
    /// The server's certificate cannot be used for another reason.
    BadCertificate,
    /// The server asks for a client certificate, and there is none.
    CertificateRequired,
    /// The server does not accept our client certificate.
    CertificateRefused,
    /// Server and client agree on no version or cipher, or the server broke off the handshake.
    Refused,
    /// The server answered with something else than TLS.
    NotSpoken,
    /// The server took the connection and did not answer the handshake in time. A port without TLS
    /// does that.
    Unanswered,
    /// The server speaks TLS, and the URL does not ask for it.
    Expected,
}

impl TlsFault {
    /// Returns the cause as one lower-case word with hyphens.
    ///
    /// ```
    /// use cached_runtime::TlsFault;
    /// assert_eq!(TlsFault::WrongName.as_str(), "tls-wrong-name");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Untrusted => "tls-untrusted",
            Self::Expired => "tls-expired",
            Self::NotYetValid => "tls-not-yet-valid",
            Self::WrongName => "tls-wrong-name",
            Self::BadCertificate => "tls-bad-certificate",
            Self::CertificateRequired => "tls-certificate-required",
            Self::CertificateRefused => "tls-certificate-refused",
            Self::Refused => "tls-refused",
            Self::NotSpoken => "tls-not-spoken",
            Self::Unanswered => "tls-unanswered",
            Self::Expected => "tls-expected",
        }
    }
}

impl fmt::Display for TlsFault {
    /// Writes the cause as a sentence, with the remedy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Untrusted => {
                "the server's certificate is signed by no trusted authority; name its authority's certificate"
            }
            Self::Expired => "the server's certificate has expired",
            Self::NotYetValid => {
                "the server's certificate is not valid yet; compare the clocks of both machines"
            }
            Self::WrongName => {
                "the server's certificate is for another host than the URL names; use a name that is in it"
            }
            Self::BadCertificate => "the server's certificate cannot be used",
            Self::CertificateRequired => {
                "the server asks for a client certificate; give one with its key"
            }
            Self::CertificateRefused => "the server does not accept the client certificate",
            Self::Refused => "the server broke off the TLS handshake",
            Self::NotSpoken => "the server's answer is not TLS; use a port that speaks it",
            Self::Unanswered => {
                "the server does not answer the TLS handshake; use a port that speaks TLS"
            }
            Self::Expected => "the server speaks TLS; use a URL that begins with rediss://",
        })
    }
}
